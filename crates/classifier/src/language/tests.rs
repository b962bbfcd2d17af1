//! What holds for language.

use super::*;

fn language(text: &str) -> String {
    tell(&[text], "", "").language
}

#[test]
fn the_short_words_are_sorted() {
    assert!(SHORT_WORDS.is_sorted());
}

#[test]
fn scripts_tell() {
    let cases = [
        ("zh", "服务器无法连接，请尽快处理"),
        ("ja", "サーバーに接続できません。至急対応をお願いします"),
        ("ja", "東京リージョン接続障害の件、至急確認願います"),
        ("ko", "서버에 접속할 수 없습니다"),
        ("ar", "لا يمكن الوصول إلى الخادم"),
        ("ru", "Сервер недоступен"),
        ("th", "เซิร์ฟเวอร์ล่ม"),
        ("he", "השרת לא זמין"),
        ("el", "Ο διακομιστής δεν λειτουργεί"),
        ("hi", "सर्वर काम नहीं कर रहा"),
    ];
    for (expected, text) in cases {
        assert_eq!(language(text), expected, "{text}");
    }
}

#[test]
fn latin_prose_is_told_by_its_words() {
    let cases = [
        (
            "en",
            "The database has been slow since this morning, please help us",
        ),
        (
            "de",
            "Seit heute Morgen ist unsere Datenbank nicht mehr erreichbar",
        ),
        ("fr", "Notre base de données ne répond plus depuis ce matin"),
        (
            "es",
            "Desde esta mañana no podemos conectarnos a la base de datos",
        ),
        (
            "it",
            "Da questa mattina il nostro server non risponde più alle richieste",
        ),
        (
            "pt",
            "Desde hoje de manhã não conseguimos acessar o nosso servidor",
        ),
    ];
    for (expected, text) in cases {
        assert_eq!(language(text), expected, "{text}");
    }
}

#[test]
fn chinese_with_latin_in_it_is_chinese() {
    let log = "ERROR 2003 (HY000): Can't connect to MySQL server on 'rm-x.example' (110)\n";
    let cases = [
        "ECS 挂了".to_owned(),
        "用 kubectl apply deployment 之后 Pod 一直 CrashLoopBackOff，麻烦看一下".to_owned(),
        format!("数据库连不上，日志如下：\n{}", log.repeat(5)),
        "RDS MySQL connection timeout, CPU 100%, 求助".to_owned(),
    ];
    for text in cases {
        assert_eq!(language(&text), "zh", "{text}");
    }
}

#[test]
fn english_that_quotes_chinese_is_english() {
    let text = "When I click the button 确认提交 in the console it says 系统繁忙 and then \
                nothing happens. We have tried this with two accounts, what can we do?";
    assert_eq!(language(text), "en");
}

#[test]
fn too_little_text() {
    assert_eq!(tell(&["VPN down"], "", "zh").rule, "latin");
    assert_eq!(tell(&["VPN down"], "", "zh").language, "en");
    assert_eq!(tell(&["VPN"], "", "de-DE").language, "de");
    assert_eq!(tell(&["503 !!"], "", "zh-CN").language, "zh");
    assert_eq!(tell(&["", ""], "", "").language, "und");
}

#[test]
fn what_was_declared_is_kept_while_plausible() {
    let german = "Seit heute Morgen ist unsere Datenbank nicht mehr erreichbar";
    assert_eq!(tell(&[german], "de-AT", "en").language, "de");
    assert_eq!(tell(&["VPN tunnel"], "fr", "zh").language, "fr");
    assert_eq!(tell(&["至急確認願"], "ja", "zh").language, "ja");
    // Polish is none of the languages whichlang knows.
    let polish = "Od dzisiaj rano nasza baza danych nie odpowiada na zapytania";
    assert_eq!(tell(&[polish], "pl", "en").language, "pl");
    assert_eq!(tell(&["?"], "ko", "zh").rule, "declared_without_text");
}

#[test]
fn what_was_declared_is_overruled_by_the_text() {
    let told = tell(&["服务器无法连接"], "en", "en");
    assert_eq!((told.language.as_str(), told.rule), ("zh", "script"));
    assert_eq!(told.evidence, "not en: 7 of 7 letters are Chinese");
    let german = "Seit heute Morgen ist unsere Datenbank nicht mehr erreichbar";
    assert_eq!(tell(&[german], "en", "en").language, "de");
    assert_eq!(tell(&["The server is down"], "zh", "zh").language, "en");
}

#[test]
fn letters_tell_languages_that_nobody_else_knows() {
    let cases = [
        (
            "pl",
            "Od wczoraj nasz serwer nie odpowiada, proszę o szybką pomoc, błąd się powtarza",
        ),
        (
            "cs",
            "Náš server od včera neodpovídá, prosíme o řešení, děkujeme za pomoc při výpadku",
        ),
        (
            "hu",
            "Tegnap óta nem működik a szerverünk, kérjük sürgősen segítsenek, időtúllépés",
        ),
        ("uk", "Наш сервер не відповідає, допоможіть"),
        ("fa", "سرور ما از دیروز کار نمی‌کند، لطفاً کمک کنید"),
    ];
    for (expected, text) in cases {
        assert_eq!(language(text), expected, "{text}");
    }
    // A name is no language.
    let text = "Our colleague Łukasz Gęśla cannot log in since yesterday, please help him with it";
    assert_eq!(language(text), "en");
}

#[test]
fn a_greek_letter_is_no_greek() {
    let text = "Latency went up by 40 µs and the β release of our agent does not start";
    assert_eq!(language(text), "en");
}

#[test]
fn few_words_with_accents_are_told() {
    assert_eq!(language("Server läuft nicht für Kunden"), "de");
    assert_eq!(language("Échec réseau"), "fr");
}

#[test]
fn confidence_grows_with_what_there_is() {
    let sure = |text: &str| tell(&[text], "", "").confidence_permille;
    assert_eq!(sure(""), 0);
    assert_eq!(sure("5"), 0);
    assert_eq!(sure("宕"), 333);
    assert!(sure("VPN down") <= 200);
    assert!(sure("服务器无法连接") > sure("无法连接"));
    assert!(sure("服务器无法连接，麻烦尽快看一下") > 800);
    let german = "Seit heute Morgen ist unsere Datenbank nicht mehr erreichbar und die Kunden \
                  beschweren sich bei uns über den Ausfall der Anwendung";
    assert!(sure(german) > 800, "{}", sure(german));
    let english = "The database has been slow since this morning and our customers are \
                   complaining about it, please have a look at the instance";
    assert!(sure(&format!("{german} {english}")) < sure(german));
}

#[test]
fn a_wrong_declaration_is_told_in_the_evidence() {
    let told = tell(&["Наш сервер недоступен с утра"], "en", "en");
    assert_eq!((told.language.as_str(), told.rule), ("ru", "script"));
    assert!(told.evidence.starts_with("not en: "), "{}", told.evidence);
    let polish = "Od wczoraj nasz serwer nie odpowiada, proszę o szybką pomoc, błąd się powtarza";
    let told = tell(&[polish], "en", "en");
    assert_eq!((told.language.as_str(), told.rule), ("pl", "letters"));
    assert!(told.evidence.starts_with("not en: "), "{}", told.evidence);
}
