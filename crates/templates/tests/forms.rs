//! One notice in the forms of channels, with values that would like to be more than values.

use posthouse_templates::{Dialect, Encoding, Field, Link, Notice, Rendered};
use proptest::prelude::*;

/// What a customer could write to be more than text.
const EVIL: &str = "</p><script>x</script> [a](http://evil) ![i](http://evil/p.png) *b* `c` # h \
                    <!channel> <@U1> <at id=all></at> <font color=\"red\">r</font>";

fn notice(text: &str) -> Notice {
    Notice {
        language: "en".to_owned(),
        subject: format!("[P1] {text}"),
        text: format!("First.\n\n{text}\nLast line."),
        fields: vec![Field {
            label: "Customer".to_owned(),
            value: text.to_owned(),
        }],
        links: vec![Link {
            label: "Take over".to_owned(),
            url: "https://example.com/v1/links/AbC-_".to_owned(),
        }],
    }
}

fn rendered(text: &str) -> Rendered {
    Rendered::new(notice(text))
}

#[test]
fn html_holds_values_as_text() {
    let html = rendered(EVIL).html.unwrap_or_default();
    assert!(!html.contains("<script"), "{html}");
    assert!(!html.contains("<font") && !html.contains("<at "), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
    assert!(html.contains("href=\"https://example.com/v1/links/AbC-_\""));
    assert_eq!(html.matches("<a ").count(), 1);
}

#[test]
fn markdown_holds_values_as_text() {
    for dialect in Dialect::ALL {
        let text = rendered(EVIL).markdown(dialect);
        for markup in [
            "<!channel>",
            "<@U1>",
            "<at ",
            "<font",
            "](http://evil",
            "<script",
        ] {
            // To Slack, brackets and parentheses are no link.
            let harmless = dialect == Dialect::Slack && markup.starts_with(']');
            assert!(
                harmless || !text.contains(markup),
                "{dialect:?}: {markup} in {text}"
            );
        }
        let link = match dialect {
            Dialect::Slack => "<https://example.com/v1/links/AbC-_|Take over>",
            _ => "[Take over](https://example.com/v1/links/AbC-_)",
        };
        assert!(text.ends_with(link), "{dialect:?}: {text}");
    }
    // Identifiers can still be copied.
    assert!(
        rendered("data_loss_2")
            .markdown(Dialect::Slack)
            .contains("data_loss_2")
    );
}

#[test]
fn what_is_too_long_is_cut_and_the_link_stays() {
    let long = "丢包严重。\n".repeat(8_000);
    for dialect in Dialect::ALL {
        let text = rendered(&long).markdown(dialect);
        assert!(
            text.len() <= dialect.bytes_max(),
            "{dialect:?}: {}",
            text.len()
        );
        assert!(text.contains("AbC-_") && text.contains('…'), "{dialect:?}");
    }
}

#[test]
fn an_sms_takes_the_cheapest_alphabet_and_the_parts_allowed() {
    let sms = |text: &str, parts| {
        let mut notice = notice(text);
        notice.fields.clear();
        Rendered::new(notice).sms(parts)
    };
    let short = sms("It’s slow – “very”…", 1);
    assert_eq!((short.encoding, short.parts), (Encoding::Gsm7, 1));
    assert!(short.text.contains("It's slow - \"very\"..."), "{short:?}");
    assert!(short.text.ends_with("AbC-_"));
    let chinese = sms("支付接口超时", 2);
    assert_eq!((chinese.encoding, chinese.parts), (Encoding::Ucs2, 2));
    assert!(chinese.text.ends_with("AbC-_"), "{chinese:?}");
    let long = sms(&"slow ".repeat(200), 2);
    assert_eq!((long.encoding, long.parts), (Encoding::Gsm7, 2));
    assert!(long.text.contains("...\nhttps://"), "{long:?}");
    // Characters of the extension count twice.
    let braces = sms(&"{".repeat(80), 3);
    assert_eq!((braces.encoding, braces.parts), (Encoding::Gsm7, 3));
}

#[test]
fn a_subject_is_one_line() {
    let rendered = rendered("a\r\nBcc: all@example.com\u{0}");
    assert_eq!(rendered.subject, "[P1] a Bcc: all@example.com");
}

proptest! {
    #[test]
    fn no_text_makes_a_form_panic_or_grow_beyond_its_bound(text in "\\PC{0,400}", parts in 0_usize..4) {
        let rendered = rendered(&text);
        for dialect in Dialect::ALL {
            prop_assert!(rendered.markdown(dialect).len() <= dialect.bytes_max());
        }
        prop_assert!(rendered.sms(parts).parts <= parts.max(1));
        prop_assert!(!rendered.subject.contains(['\n', '\r']));
    }
}
