//! How a receiver is reached: the keys of each channel.
//!
//! Secrets have no place in a bundle: it is stored in the log, shown by commands and copied
//! between regions. Each secret is named by a file, `NAME_file`, or by an environment variable,
//! `NAME_env`; one that is written here all the same is found, and so is an address that looks as
//! if it held one.

use posthouse_domain::notify::{
    Address, Aliyun, Apprise, Channel, Email, Gateway, HttpGateway, Login, Messenger, Nats, Relay,
    Robot, SECRET_VARIABLE_PREFIX, Secret, Sms, Tls, Twilio, Webhook,
};

use crate::diagnostic::Code;
use crate::limits::RECEIVER_ITEMS_MAX;
use crate::read::{Table, Value};
use crate::report::suggestion;

/// Each channel with its keys, beside those that all receivers have.
const CHANNELS: &[(&str, &[&str])] = &[
    ("console", &[]),
    (
        "webhook",
        &["url", "url_file", "url_env", "secret_file", "secret_env"],
    ),
    (
        "email",
        &[
            "relay",
            "tls",
            "ca_file",
            "user",
            "password_file",
            "password_env",
            "from",
            "to",
            "reply_to",
        ],
    ),
    (
        "dingtalk",
        &["url_file", "url_env", "secret_file", "secret_env"],
    ),
    ("wecom", &["url_file", "url_env"]),
    (
        "feishu",
        &["url_file", "url_env", "secret_file", "secret_env"],
    ),
    ("slack", &["url_file", "url_env"]),
    (
        "sms",
        &[
            "gateway",
            "to",
            "url",
            "url_file",
            "url_env",
            "from",
            "account",
            "token_file",
            "token_env",
            "key_id_file",
            "key_id_env",
            "key_secret_file",
            "key_secret_env",
            "sign_name",
            "template_code",
        ],
    ),
    (
        "apprise",
        &[
            "url",
            "url_file",
            "url_env",
            "services_file",
            "services_env",
            "tag",
        ],
    ),
    ("nats", &["subject"]),
];
const GATEWAYS: &[&str] = &["aliyun", "twilio", "http"];
const WAYS_OF_TLS: &[&str] = &["starttls", "implicit", "none"];
/// Names of secrets: as keys of their own they would hold one.
const SECRETS: &[&str] = &[
    "secret",
    "password",
    "token",
    "key_id",
    "key_secret",
    "services",
];
/// What the values of these parameters of an address are to whoever reads them.
const SECRET_PARAMETERS: &[&str] = &[
    "access_token",
    "api_key",
    "apikey",
    "key",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
];
const ALIYUN: &str = "https://dysmsapi.aliyuncs.com";
const TWILIO: &str = "https://api.twilio.com";

/// Whether a key belongs to some channel.
pub(super) fn is_key(key: &str) -> bool {
    SECRETS.contains(&key) || CHANNELS.iter().any(|(_, keys)| keys.contains(&key))
}

/// The channel of a receiver; `None` where it was not understood, which is told.
pub(super) fn read(table: Table<'_>) -> Option<Channel> {
    let value = table.need("channel")?;
    let word = value.text()?;
    let Some((_, keys)) = CHANNELS.iter().find(|(known, _)| *known == word) else {
        let hint = suggestion(word, CHANNELS.iter().map(|(known, _)| *known));
        let message = format!("there is no channel `{word}`");
        value.add(Code::WordUnknown, message, hint);
        return None;
    };
    check_keys(table, word, keys);
    match word {
        "console" => Some(Channel::Console),
        "webhook" => webhook(table).map(Channel::Webhook),
        "email" => email(table).map(Channel::Email),
        "sms" => sms(table).map(Channel::Sms),
        "apprise" => apprise(table).map(Channel::Apprise),
        "nats" => nats(table).map(Channel::Nats),
        "dingtalk" => robot(table, Messenger::DingTalk).map(Channel::Robot),
        "wecom" => robot(table, Messenger::WeCom).map(Channel::Robot),
        "feishu" => robot(table, Messenger::Feishu).map(Channel::Robot),
        _ => robot(table, Messenger::Slack).map(Channel::Robot),
    }
}

/// Reports secrets that are written out, and keys of other channels.
fn check_keys(table: Table<'_>, channel: &str, keys: &[&str]) {
    for (key, spot, _) in table.entries() {
        let robots_address = key == "url" && !keys.contains(&key) && keys.contains(&"url_file");
        if SECRETS.contains(&key) || robots_address {
            let message = format!("`{key}` is a secret, and bundles are no place for one");
            let hint = format!("write {key}_file = \"/run/secrets/…\" or {key}_env = \"…\"");
            table
                .report()
                .add(Code::SecretInBundle, &spot, message, Some(hint));
        } else if is_key(key) && !keys.contains(&key) {
            let message = if channel == "console" {
                format!("`{key}` has no effect on the console")
            } else {
                format!("`{key}` has no effect on the channel `{channel}`")
            };
            table.report().add(Code::KeyUnknown, &spot, message, None);
        }
    }
}

fn webhook(table: Table<'_>) -> Option<Webhook> {
    let files = texts(table, "secret_file").into_iter();
    let variables = texts(table, "secret_env").into_iter();
    let secrets = files
        .filter_map(|(text, value)| file(text, value))
        .chain(variables.filter_map(|(name, value)| variable(name, value)));
    Some(Webhook {
        secrets: secrets.collect(),
        url: address(table)?,
    })
}

fn robot(table: Table<'_>, messenger: Messenger) -> Option<Robot> {
    Some(Robot {
        messenger,
        secret: secret(table, "secret"),
        url: need_secret(table, "url")?,
    })
}

fn email(table: Table<'_>) -> Option<Email> {
    let tls = tls(table);
    let login = table.get("user").and_then(|user| {
        Some(Login {
            user: user.text()?.to_owned(),
            password: need_secret(table, "password")?,
        })
    });
    if let (Some(user), Tls::None) = (table.get("user"), tls) {
        let message = "the password would travel in the clear";
        let hint = "write tls = \"starttls\" or tls = \"implicit\", or leave the user out";
        user.add(Code::PasswordInClear, message, Some(hint.to_owned()));
    }
    if table.get("user").is_none()
        && let Some(password) = secret_value(table, "password")
    {
        let message = "a password without a `user` has no effect";
        password.add(Code::KeyUnknown, message, None);
    }
    let to = texts(table, "to");
    if to.is_empty() && table.need("to").is_some() {
        let message = "the list `to` names nobody";
        table
            .report()
            .add(Code::OutOfRange, &table.spot(), message, None);
    }
    let to = to
        .into_iter()
        .filter_map(|(text, value)| mailbox(text, value));
    let to = to.collect();
    let from = table.need("from").and_then(one_mailbox);
    let (host, port) = relay(table.need("relay")?, tls)?;
    Some(Email {
        relay: Relay {
            host,
            port,
            tls,
            ca_file: text(table, "ca_file"),
            login,
        },
        to,
        reply_to: table.get("reply_to").and_then(one_mailbox),
        from: from?,
    })
}

fn tls(table: Table<'_>) -> Tls {
    match word(table.get("tls"), "way of TLS", WAYS_OF_TLS) {
        Some("implicit") => Tls::Implicit,
        Some("none") => Tls::None,
        _ => Tls::Starttls,
    }
}

/// `host` or `host:port`; the port is the usual one.
fn relay(value: Value<'_>, tls: Tls) -> Option<(String, u16)> {
    let usual = match tls {
        Tls::Implicit => 465,
        Tls::Starttls => 587,
        Tls::None => 25,
    };
    let text = value.text()?;
    let parted = match text.rsplit_once(':') {
        // An IPv6 address stands in brackets, so a colon outside of them parts the port.
        Some((host, port)) if !port.ends_with(']') => port.parse().ok().map(|port| (host, port)),
        _ => Some((text, usual)),
    };
    let may = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':');
    match parted {
        Some((host, port)) if !host.is_empty() && host.chars().all(may) => {
            Some((host.to_owned(), port))
        }
        _ => {
            let hint = "write smtp.example.com or smtp.example.com:587".to_owned();
            let message = format!("`{text}` is no relay");
            value.add(Code::AddressInvalid, message, Some(hint));
            None
        }
    }
}

fn sms(table: Table<'_>) -> Option<Sms> {
    let to = table.need("to").and_then(number);
    let gateway = match word(table.need("gateway"), "gateway", GATEWAYS)? {
        "aliyun" => Gateway::Aliyun(Aliyun {
            url: table
                .get("url")
                .map_or_else(|| Some(ALIYUN.to_owned()), url)?,
            key_id: need_secret(table, "key_id")?,
            key_secret: need_secret(table, "key_secret")?,
            sign_name: table.need_text("sign_name")?.to_owned(),
            template: table.need_text("template_code")?.to_owned(),
        }),
        "twilio" => Gateway::Twilio(Twilio {
            url: table
                .get("url")
                .map_or_else(|| Some(TWILIO.to_owned()), url)?,
            account: table.need_text("account")?.to_owned(),
            token: need_secret(table, "token")?,
            from: table.need_text("from")?.to_owned(),
        }),
        _ => Gateway::Http(HttpGateway {
            token: secret(table, "token"),
            url: address(table)?,
        }),
    };
    Some(Sms { to: to?, gateway })
}

fn apprise(table: Table<'_>) -> Option<Apprise> {
    Some(Apprise {
        services: secret(table, "services"),
        tag: text(table, "tag"),
        url: address(table)?,
    })
}

fn nats(table: Table<'_>) -> Option<Nats> {
    let value = table.need("subject")?;
    let subject = value.text()?;
    if !Nats::is_foreign(subject) {
        let message = format!("`{subject}` is no subject of another system");
        let hint = "subjects of Posthouse begin with `ph.`, those of the server with `$` or `_`; \
                    wildcards cannot be published on";
        value.add(Code::AddressInvalid, message, Some(hint.to_owned()));
    }
    Some(Nats {
        subject: subject.to_owned(),
    })
}

/// `url`, or the place where it lies.
fn address(table: Table<'_>) -> Option<Address> {
    match table.get("url") {
        Some(value) => url(value).map(Address::Plain),
        None if secret_value(table, "url").is_some() => secret(table, "url").map(Address::Secret),
        None => {
            table.need("url");
            None
        }
    }
}

/// Whoever posts to it finds out whether the host exists; here only the slips are caught.
fn url(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .unwrap_or_default();
    let blank = text.chars().any(|c| c.is_whitespace() || c.is_control());
    if host.is_empty() || blank {
        let hint = "write https://host/path, or http:// inside your own network".to_owned();
        let message = format!("`{text}` is no webhook address");
        value.add(Code::WebhookUrl, message, Some(hint));
    } else if host.contains('@') || holds_secret(text) {
        let message = "the address holds a secret, and bundles are no place for one";
        let hint = "put it into a file and write url_file = \"/run/secrets/…\"".to_owned();
        value.add(Code::SecretInBundle, message, Some(hint));
    }
    Some(text.to_owned())
}

fn holds_secret(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut names = query
        .split(['&', '#'])
        .filter_map(|pair| Some(pair.split_once('=')?.0));
    names.any(|name| SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()))
}

/// The key that names the place of a secret, if one does.
fn secret_value<'d>(table: Table<'d>, name: &str) -> Option<Value<'d>> {
    let file = table.get(&format!("{name}_file"));
    file.or_else(|| table.get(&format!("{name}_env")))
}

/// Where a secret lies, by `NAME_file` or `NAME_env`.
fn secret(table: Table<'_>, name: &str) -> Option<Secret> {
    let by_file = table.get(&format!("{name}_file"));
    let by_variable = table.get(&format!("{name}_env"));
    if let (Some(_), Some(second)) = (&by_file, &by_variable) {
        let message = format!("`{name}_env` has no effect beside `{name}_file`");
        second.add(Code::KeyUnknown, message, None);
    }
    match (by_file, by_variable) {
        (Some(value), _) => file(value.text()?, value),
        (None, Some(value)) => variable(value.text()?, value),
        (None, None) => None,
    }
}

fn need_secret(table: Table<'_>, name: &str) -> Option<Secret> {
    // One that was written out was told already.
    if secret_value(table, name).is_none() && table.get(name).is_none() {
        table.need(&format!("{name}_file"));
        return None;
    }
    secret(table, name)
}

fn file(text: &str, value: Value<'_>) -> Option<Secret> {
    if !text.starts_with('/') || text.chars().any(char::is_control) {
        let message = "this is no path of a file, and would be a secret in a bundle";
        let hint = "write the whole path, such as /run/secrets/operations".to_owned();
        value.add(Code::SecretInBundle, message, Some(hint));
        return None;
    }
    Some(Secret::File(text.to_owned()))
}

fn variable(name: &str, value: Value<'_>) -> Option<Secret> {
    if !Secret::is_variable(name) {
        let message = format!("`{name}` is no variable for a secret");
        let hint = format!("its name begins with {SECRET_VARIABLE_PREFIX}, then A-Z, 0-9 and _");
        value.add(Code::NameInvalid, message, Some(hint));
        return None;
    }
    Some(Secret::Variable(name.to_owned()))
}

fn one_mailbox(value: Value<'_>) -> Option<String> {
    mailbox(value.text()?, value)
}

/// `name@host`, or `Name <name@host>`.
fn mailbox(text: &str, value: Value<'_>) -> Option<String> {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let parts = address.rsplit_once('@');
    let blank = |text: &str| text.chars().any(|c| c.is_whitespace() || c.is_control());
    let sound = parts.is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !user.contains('@') && !blank(address)
    });
    if !sound || text.chars().any(char::is_control) {
        let message = format!("`{text}` is no mailbox");
        let hint = "write name@example.com or Name <name@example.com>".to_owned();
        value.add(Code::AddressInvalid, message, Some(hint));
        return None;
    }
    Some(text.to_owned())
}

/// E.164: `+`, then seven to fifteen digits.
fn number(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let digits = text.strip_prefix('+').unwrap_or_default();
    if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        let message = format!("`{text}` is no telephone number");
        let hint = "write + and the country, then digits only: +8613800138000".to_owned();
        value.add(Code::AddressInvalid, message, Some(hint));
        return None;
    }
    Some(text.to_owned())
}

fn word(
    value: Option<Value<'_>>,
    what: &str,
    known: &'static [&'static str],
) -> Option<&'static str> {
    let value = value?;
    let text = value.text()?;
    let found = known.iter().find(|known| **known == text);
    if found.is_none() {
        let hint = suggestion(text, known.iter().copied());
        let message = format!("there is no {what} `{text}`");
        value.add(Code::WordUnknown, message, hint);
    }
    found.copied()
}

fn text(table: Table<'_>, key: &str) -> Option<String> {
    let text = table.get(key)?.text()?;
    Some(text.to_owned())
}

/// A text, or a list of them.
fn texts<'d>(table: Table<'d>, key: &str) -> Vec<(&'d str, Value<'d>)> {
    let Some(value) = table.get(key) else {
        return Vec::new();
    };
    if value.is_text() {
        return value.text().map(|text| (text, value)).into_iter().collect();
    }
    let texts = value.texts().unwrap_or_default();
    if texts.len() > RECEIVER_ITEMS_MAX {
        let message = format!("more than {RECEIVER_ITEMS_MAX} in one list");
        value.add(Code::OutOfRange, message, None);
    }
    texts
}
