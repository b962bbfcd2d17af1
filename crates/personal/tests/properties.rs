//! What holds for every text.

use posthouse_personal::{Kind, Span, find, mask, masked};
use proptest::prelude::*;

/// Pieces of tickets that are, or nearly are, personal data, and what stands between them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "13800138000",
        "+86-138-0000-6140",
        "010-62345678",
        "+1 (202) 555-0181",
        "1",
        "42",
        "0",
        "2026-01-31",
        "12:30:45.123",
        "4111111111111111",
        "4111 1111",
        "11010519491231002X",
        "GB82WEST12345698765432",
        "DE89 3704 0044",
        "203.0.113.120",
        "1.2.3.4.5",
        "2001:db8::1",
        "::",
        "a@b.example",
        "@",
        "a@",
        "AKIAIOSFODNN7EXAMPLE",
        "AKIA",
        "ghp_",
        "password",
        "=",
        ":",
        "：",
        "密码",
        "是",
        "hunter2",
        "token",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.x",
        "eyJ",
        "://",
        "u:p@h",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "-----END",
        "先生",
        "张",
        "王小明",
        "Mr. ",
        "John",
        "様",
        "님",
        " ",
        "\n",
        "-",
        ".",
        "/",
        "(",
        ")",
        "_",
        "，",
        "。",
        "１３８",
        "٣",
        "é",
        "e\u{301}",
        "👩‍👩‍👧",
        "\u{202e}",
        "\u{feff}",
        "order",
        "订单号",
        "call",
        "phone",
        "护照",
        "passport",
        "id",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn assert_valid(text: &str, spans: &[Span]) {
    let points = text.chars().count();
    let mut end = 0;
    for span in spans {
        assert!(
            end <= span.start && span.start < span.end && span.end <= points,
            "{spans:?}"
        );
        end = span.end;
    }
}

/// Whether nothing that could belong to it stands directly before or behind.
fn stands_alone(points: &[char], span: Span) -> bool {
    let is_free = |c: Option<&char>| c.is_none_or(|c| c.is_whitespace() || "，。".contains(*c));
    is_free(points[..span.start].last()) && is_free(points.get(span.end))
}

proptest! {
    #[test]
    fn spans_of_any_text_are_valid(text in any::<String>(), name in any::<String>()) {
        assert_valid(&text, &find(&text, &[&name]));
    }

    #[test]
    fn spans_of_tickets_are_valid(text in pieces(), name in "张伟|John|a|") {
        let spans = find(&text, &[&name]);
        assert_valid(&text, &spans);
        prop_assert_eq!(&spans, &find(&text, &[&name]));
        // Each hides at least two bytes, so there are never more than that.
        prop_assert!(spans.len() <= text.len() / 2);
    }

    /// What was part of something longer, as in `John4111111111111111`, may come to light beside a
    /// mask; what stands alone was found.
    #[test]
    fn what_has_a_checksum_is_gone_from_the_masked_text(text in pieces()) {
        let masked = masked(&text, &[]).into_owned();
        let checked = [Kind::CreditCard, Kind::IbanCode, Kind::IdCard];
        let points: Vec<char> = masked.chars().collect();
        let left: Vec<Span> = find(&masked, &[])
            .into_iter()
            .filter(|span| checked.contains(&span.kind) && stands_alone(&points, *span))
            .collect();
        prop_assert_eq!(left, [], "{:?} became {:?}", text, masked);
    }

    #[test]
    fn masking_takes_any_spans(text in any::<String>(), spans in prop::collection::vec((0_usize..50, 0_usize..50), 0..8)) {
        let spans: Vec<Span> = spans
            .into_iter()
            .map(|(start, end)| Span { start, end, kind: Kind::Phone })
            .collect();
        let masked = mask(&text, &spans);
        prop_assert!(masked.chars().count() <= text.chars().count() + spans.len() * "[PHONE]".len());
    }

    #[test]
    fn full_width_is_as_good_as_half(text in "[ -~]{0,60}") {
        let wide: String = text
            .chars()
            .map(|c| if c == ' ' { '\u{3000}' } else { char::from_u32(u32::from(c) + 0xfee0).unwrap() })
            .collect();
        prop_assert_eq!(find(&text, &[]), find(&wide, &[]));
    }

    #[test]
    fn logs_hold_no_cards_and_no_identities(
        time in 1_600_000_000_000_u64..1_800_000_000_000,
        version in "[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,3}",
        order in "[0-9]{8}[A-F]{2}[0-9]{6}",
        size in 0_u64..1_000_000_000,
    ) {
        let text = format!(
            "2026-01-31T12:30:45.123Z {time} app/{version} v{version} order={order} size={size} took {size}us i-{order}"
        );
        prop_assert_eq!(find(&text, &[]), [], "{}", text);
    }
}

/// Texts of 256 KiB made to be searched again and again.
#[test]
fn the_longest_texts_are_done_with() {
    let hostile = [
        "1",
        "1 ",
        "1-",
        "0123 ",
        "1.1",
        "1.2.3.",
        "a@",
        "@",
        ":",
        "::",
        "1:",
        "eyJ",
        "_eyJaaaaaaaa",
        "eyJaaaaaaaa.eyJaaaa",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY",
        "://a:",
        "://",
        "password=",
        "password: a ",
        "bearer ",
        "AKIA",
        "AK-1a",
        "先生",
        "张",
        "联系人",
        "Mr. J",
        "(0",
        "+1 ",
        "GB82",
        "GB82 WEST ",
        "4111",
        "passport ",
        "护照",
        "\u{301}",
        "é",
        "𠀀",
    ];
    for piece in hostile {
        let text = piece.repeat((256 << 10) / piece.len());
        let spans = find(&text, &["张", "aa"]);
        assert_valid(&text, &spans);
        assert!(spans.len() <= text.len() / 2, "{piece:?}");
    }
}
