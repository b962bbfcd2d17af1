//! A letter, taken by a relay that others wrote and read by Python's mail parser: aiosmtpd, with
//! STARTTLS and a login. It is fetched by pip; without Python or an index the test says so and
//! ends, except where `CI` is set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod python;
#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use posthouse_domain::Timestamp;
use posthouse_notifier::{Client, Parcel, Post, Reach};
use posthouse_runtime::config::Webhooks;
use posthouse_testkit::smtp::{CA_PEM, CERTIFICATE_PEM, KEY_PEM};
use python::Script;

/// aiosmtpd and what it stands on.
const PACKAGES: [&str; 3] = ["aiosmtpd==1.4.6", "atpublic", "attrs"];

/// Prints its port, then one line of JSON for each letter.
const RELAY: &str = r#"
import asyncio, email, email.policy, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

class Letters:
    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = lambda kind: letter.get_body((kind,)).get_content()
        names = ["From", "To", "Subject", "Reply-To", "Message-ID", "References", "Auto-Submitted"]
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos,
            "headers": {name: str(letter[name]) for name in names},
            "defects": [str(defect) for defect in letter.defects],
            "plain": body("plain"), "html": body("html"), "tls": session.ssl is not None,
        }), flush=True)
        return "250 2.0.0 taken"

def known(server, session, envelope, mechanism, data):
    right = data.login == b"posthouse" and data.password == b"correct horse"
    return AuthResult(success=right)

async def main(folder):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    smtp = lambda: SMTP(Letters(), tls_context=context, require_starttls=True,
                        authenticator=known, auth_required=True)
    server = await asyncio.get_running_loop().create_server(smtp, "127.0.0.1", 0)
    print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)
    await server.serve_forever()

asyncio.run(main(sys.argv[1]))
"#;

#[tokio::test]
async fn a_letter_is_read_by_others_as_it_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    file("ca.pem", CA_PEM);
    file("cert.pem", CERTIFICATE_PEM);
    file("key.pem", KEY_PEM);
    file("password", "correct horse\n");
    let Some(mut relay) = Script::run(dir.path(), &PACKAGES, RELAY).await else {
        return;
    };
    let port = relay.said().await;

    let folder = dir.path().display();
    let receivers = format!(
        "[receiver.it]\nchannel = \"email\"\nrelay = \"localhost:{port}\"\n\
         ca_file = \"{folder}/ca.pem\"\nuser = \"posthouse\"\npassword_file = \"{folder}/password\"\n\
         from = \"值班 <support@example.com>\"\nto = \"ops@example.com\"\n\
         reply_to = \"support@example.com\"\n\n\
         [[rule]]\nname = \"tell\"\nabout = [\"routed\"]\nreceivers = [\"it\"]\n"
    );
    let source = scenario::bundle("aiosmtpd", &[("receivers.toml", &receivers)]);
    let (policy, _) = posthouse_policy::compile(&source).unwrap();
    let receiver = &policy.receivers.receivers["it"];
    let client = Client::within(Reach::of(&Webhooks {
        allow_addresses: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        ..Webhooks::default()
    }))
    .unwrap();
    let parcel = Parcel::test(receiver, Timestamp::from_millis(1_795_424_400_000));
    let receipt = client.post(receiver, &parcel).await.unwrap();
    assert_eq!(receipt, "SMTP 250 2.0.0 taken");

    let letter = relay.said().await;
    assert_eq!(letter["tls"], true, "{letter}");
    assert_eq!(letter["defects"], serde_json::json!([]), "{letter}");
    assert_eq!(letter["from"], "support@example.com");
    assert_eq!(letter["to"], serde_json::json!(["ops@example.com"]));
    let headers = &letter["headers"];
    assert_eq!(headers["From"], "值班 <support@example.com>");
    assert_eq!(headers["Subject"], parcel.rendered().subject.as_str());
    assert_eq!(
        headers["Message-ID"],
        format!("<{}@example.com>", parcel.id())
    );
    assert_eq!(headers["Auto-Submitted"], "auto-generated");
    assert_eq!(headers["Reply-To"], "support@example.com");
    let plain = letter["plain"].as_str().unwrap();
    assert_eq!(plain.trim_end(), parcel.rendered().text.trim_end());
    let html = letter["html"].as_str().unwrap();
    assert!(html.contains("This is a test."), "{html}");
}
