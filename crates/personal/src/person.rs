//! Names of people, where something announces them.
//!
//! The names that the caller knows; a Chinese, Japanese or Korean name before its form of address
//! (先生, 様, 님); a name in Latin letters behind one (`Mr`, `Frau`); a name behind a label
//! (`Name:`, `my name is`, 联系人, 我叫). Chinese names begin with one of the common surnames:
//! without that, half a sentence would be taken for a name.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::Kind;
use crate::found::Found;
use crate::limits::{NAME_CHARS_MIN, NAMES_MAX};
use crate::text::{Text, pattern};

/// A capitalised word, and up to two more of them or initials.
macro_rules! latin_name {
    () => {
        r"([A-Z\u{c0}-\u{de}\u{100}-\u{17f}][a-z'’\u{c0}-\u{24f}-]{1,30}(?: [A-Z\u{c0}-\u{de}\u{100}-\u{17f}](?:[a-z'’\u{c0}-\u{24f}-]{1,30}|\.)){0,2})"
    };
}

static ADDRESSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?-u:\b)(?:[Mm](?:r|rs|s|me|lle)|Miss|[Dd]r|Prof|Herr|Herrn|Frau|Sra?|Se[nñ]ora?)\.? ",
        latin_name!()
    ))
});
static LABELLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:[Mm]y name is|[Nn]ame on the account\? User:|(?:[Cc]ontact|[Ff]ull|[Cc]ustomer) name:|[Cc]ontact person:?|[Ii]ch hei(?:ß|ss)e|[Jj]e m'appelle|[Mm]e llamo) {1,4}",
        latin_name!(),
    ))
});
/// The words before a name in Chinese characters, and its first character.
static LABELLED_HAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern("(?:联系人|聯繫人|姓名|经办人|收件人|我叫|担当者|氏名)(?:姓名)?(?:是|为)?[: ]{0,3}")
});
static TITLES: LazyLock<Regex> =
    LazyLock::new(|| pattern("先生|女士|小姐|太太|老师|経理|经理|様|さん|님|씨"));

/// Common Chinese surnames, by far most of the people: those of one character.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝張陳劉楊黃趙吳孫馬鄭謝許韓馮鄧蕭";
/// Those of two.
const LONG_SURNAMES: [&str; 8] = [
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "令狐",
];
/// Characters that stand before a name and belong to none.
const BEFORE_NAMES: &str = "请找给和与叫是的为人系向问让由对找您及跟位";
/// Words in capitals behind a form of address that are no names.
const NO_NAMES: [&str; 10] = [
    "Team", "Support", "Sir", "Madam", "All", "Customer", "Service", "There", "Everyone", "Not",
];

pub(crate) fn find(text: &Text<'_>, names: &[&str], found: &mut Found) {
    let known = names
        .iter()
        .filter(|name| name.chars().count() >= NAME_CHARS_MIN);
    for name in known.take(NAMES_MAX) {
        for (at, name) in text.as_str().match_indices(*name) {
            let place = at..at + name.len();
            if text.is_whole(&place) {
                found.claim(place, Kind::Person);
            }
        }
    }
    for announced in [&ADDRESSED, &LABELLED] {
        text.each_group(announced, |groups| {
            groups.get(1).is_some_and(|name| {
                let first = name.as_str().split(' ').next().unwrap_or_default();
                let is_name = !NO_NAMES.contains(&first) && !is_measure(text, groups);
                is_name && found.claim(name.range(), Kind::Person)
            })
        });
    }
    if !text.as_str().is_ascii() {
        text.each(&LABELLED_HAN, |label| {
            let name = behind_label(text.as_str(), label.end);
            name.is_some_and(|name| found.claim(name, Kind::Person))
        });
        text.each(&TITLES, |title| {
            let name = before_title(text.as_str(), &title);
            name.is_some_and(|name| found.claim(name, Kind::Person))
        });
    }
}

/// Whether the form of address is a unit behind a number: `94 ms. Through the balancer`.
fn is_measure(text: &Text<'_>, groups: &Captures<'_>) -> bool {
    let start = groups.get(0).map_or(0, |whole| whole.start());
    let before = text.as_str()[..start].trim_end_matches(' ');
    before.ends_with(|c: char| c.is_ascii_digit())
}

/// Two to four Chinese characters that begin with a surname and end where other text begins.
fn behind_label(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let han = rest.chars().take_while(|c| is_han(*c)).take(5);
    let name: Vec<char> = han.collect();
    let is_name = (2..=4).contains(&name.len()) && begins_with_surname(&name);
    let bytes = name.iter().map(|c| c.len_utf8()).sum::<usize>();
    is_name.then(|| at..at + bytes)
}

/// The name that ends where `title` begins.
fn before_title(text: &str, title: &Range<usize>) -> Option<Range<usize>> {
    let before = &text[..title.start];
    let mut last: Vec<char> = before
        .chars()
        .rev()
        .take_while(|c| is_name_char(*c))
        .take(4)
        .collect();
    last.reverse();
    let is_chinese = !matches!(&text[title.clone()], "様" | "さん" | "님" | "씨");
    let many = if is_chinese {
        chinese_name(&last)?
    } else {
        // The whole run, if it is short enough to be a name; guests (お客様) have none.
        Some(last.len()).filter(|many| (1..=4).contains(many) && last.last() != Some(&'客'))?
    };
    let bytes: usize = last[last.len() - many..].iter().map(|c| c.len_utf8()).sum();
    Some(title.start - bytes..title.start)
}

/// How many characters at the end of `last` are a name: the longest that something other than a
/// name stands before, otherwise the shortest.
fn chinese_name(last: &[char]) -> Option<usize> {
    let fits =
        |many: &usize| *many <= last.len() && begins_with_surname(&last[last.len() - *many..]);
    let is_bounded = |many: &usize| {
        let before = last.len().checked_sub(many + 1).map(|at| last[at]);
        before.is_none_or(|c| !is_han(c) || BEFORE_NAMES.contains(c))
    };
    (1..=3)
        .rev()
        .filter(fits)
        .find(is_bounded)
        .or_else(|| (1..=3).find(fits))
}

fn begins_with_surname(name: &[char]) -> bool {
    let is_long = |surname: &&str| surname.chars().eq(name.iter().copied().take(2));
    name.first().is_some_and(|first| SURNAMES.contains(*first)) || LONG_SURNAMES.iter().any(is_long)
}

const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// Characters of names before a title: Chinese characters and Korean syllables.
const fn is_name_char(c: char) -> bool {
    is_han(c) || matches!(c, '\u{ac00}'..='\u{d7a3}')
}
