//! What stands above several notices, in every shipped language.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use expect_test::expect;
use posthouse_domain::notify::Audience;
use posthouse_templates::check::{self, Uses};
use posthouse_templates::{Digest, Templates};

const LANGUAGES: [&str; 8] = ["ar", "de", "en", "es", "fr", "ja", "ko", "zh"];

fn text(language: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policies/default");
    std::fs::read_to_string(folder.join(format!("templates/{language}.ftl"))).unwrap()
}

fn digest<'a>(audience: Audience, tickets: usize, languages: &'a [&'a str]) -> Digest<'a> {
    Digest {
        audience,
        count: 3,
        tickets,
        subject: "CN-1",
        languages,
    }
}

/// Marks that keep the direction of what they enclose, made visible.
fn shown(text: &str) -> String {
    text.replace('\u{2068}', "‹").replace('\u{2069}', "›")
}

#[test]
fn every_language_says_how_many_there_are() {
    let mut said = String::new();
    for language in LANGUAGES {
        let templates = Templates::new([(language, text(language).as_str())]);
        for (audience, tickets) in [
            (Audience::Staff, 1),
            (Audience::Staff, 3),
            (Audience::Customer, 2),
        ] {
            let notice = templates.digest(&digest(audience, tickets, &[language]));
            assert_eq!(notice.language, language);
            said.push_str(&format!(
                "{language} {} | {}\n",
                shown(&notice.subject),
                shown(&notice.text)
            ));
        }
    }
    expect![[r#"
        ar ‹3› إشعارات: ‹CN-1› | جميعها تخص تذكرة واحدة.
        ar ‹3› إشعارات: ‹CN-1› | وهي تخص ‹3› تذاكر.
        ar ‹3› رسائل بشأن طلباتكم: ‹CN-1› | هناك مستجدات بشأن اثنين من طلباتكم.
        de 3 Meldungen: CN-1 | Alle betreffen dasselbe Ticket.
        de 3 Meldungen: CN-1 | Sie betreffen 3 Tickets.
        de 3 Nachrichten zu Ihren Anfragen: CN-1 | Es gibt 3 Neuigkeiten zu 2 Ihrer Anfragen.
        en 3 notifications: CN-1 | All of them are about one ticket.
        en 3 notifications: CN-1 | They are about 3 tickets.
        en 3 messages about your requests: CN-1 | There are 3 pieces of news about 2 of your requests.
        es 3 notificaciones: CN-1 | Todas tratan del mismo ticket.
        es 3 notificaciones: CN-1 | Tratan de 3 tickets.
        es 3 mensajes sobre sus solicitudes: CN-1 | Hay 3 novedades sobre 2 de sus solicitudes.
        fr 3 notifications : CN-1 | Toutes concernent le même ticket.
        fr 3 notifications : CN-1 | Elles concernent 3 tickets.
        fr 3 messages concernant vos demandes : CN-1 | Il y a 3 nouvelles concernant 2 de vos demandes.
        ja 通知 3 件：CN-1 | 以下の通知は 1 件のチケットに関するものです。
        ja 通知 3 件：CN-1 | 以下の通知は 3 件のチケットに関するものです。
        ja お問い合わせに関するお知らせ 3 件：CN-1 | 2 件のお問い合わせについて、3 件のお知らせがあります。
        ko 알림 3건: CN-1 | 다음 알림은 티켓 1건에 관한 것입니다.
        ko 알림 3건: CN-1 | 다음 알림은 티켓 3건에 관한 것입니다.
        ko 문의 관련 안내 3건: CN-1 | 고객님의 문의 2건에 대해 안내가 3건 있습니다.
        zh 3 条通知：CN-1 | 以下通知涉及 1 张工单。
        zh 3 条通知：CN-1 | 以下通知涉及 3 张工单。
        zh 您的服务请求有 3 条消息：CN-1 | 您的 2 个服务请求共有 3 条新进展。
    "#]].assert_eq(&said);
}

/// A language without them takes those of English; without any, the count has to do.
#[test]
fn where_there_is_no_template_the_count_has_to_do() {
    let english = text("en");
    let templates = Templates::new([("it", "field-number = Numero\n"), ("en", english.as_str())]);
    let notice = templates.digest(&digest(Audience::Staff, 3, &["it"]));
    assert_eq!(notice.subject, "3 notifications: CN-1");
    let none = Templates::new([("it", "")]).digest(&digest(Audience::Staff, 3, &["it"]));
    assert_eq!(none.subject, "×3: CN-1");
}

#[test]
fn what_is_wrong_with_them_is_found() {
    let faults = |text: &str| {
        let problems = check::check(text, &Uses::default()).into_iter();
        problems
            .map(|it| format!("{:?}", it.fault))
            .collect::<Vec<_>>()
    };
    let half = faults("staff-digest = { $count }: { $subject }\n");
    assert_eq!(half, [r#"Half("staff-digest")"#]);
    let wrong = faults("customer-digest = { $number }\n    .text = { $tickets }\n");
    assert!(wrong[0].contains(r#"name: "number""#), "{wrong:?}");
    assert!(check::needed().contains("staff-digest"));
}
