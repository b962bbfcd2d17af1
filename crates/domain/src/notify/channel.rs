//! How receivers are reached, as a policy says it.
//!
//! Everything here is an address or the name of a place where a secret lies. No secret stands in
//! a policy: bundles are stored in the log, shown by commands and copied between regions.

use serde::{Deserialize, Serialize};

use crate::limits::KEY_BYTES_MAX;

/// What the subjects of Posthouse begin with.
const OWN_SUBJECTS: &str = "ph";

/// The words of all channels, as policies and customers name them.
pub const CHANNELS: &[&str] = &[
    "console", "webhook", "email", "dingtalk", "wecom", "feishu", "slack", "sms", "apprise", "nats",
];

/// What the names of environment variables begin with that a policy may name. Others are none
/// of its business: a bundle could send them anywhere.
pub const SECRET_VARIABLE_PREFIX: &str = "POSTHOUSE_SECRET_";

/// Where a secret lies, for the process that tells receivers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Secret {
    /// In a file of its own, blanks around it not counted.
    File(String),
    /// In an environment variable; its name begins with [`SECRET_VARIABLE_PREFIX`].
    Variable(String),
}

/// An address that may hold a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Address {
    /// It holds none, and stands in the policy.
    Plain(String),
    /// It does, or may.
    Secret(Secret),
}

/// How a receiver is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// The live console stream of this deployment: nothing leaves the system.
    Console,
    /// An HTTP endpoint of another system, signed after Standard Webhooks.
    Webhook(Webhook),
    /// E-mail, through a relay.
    Email(Email),
    /// A robot in a group of a messenger.
    Robot(Robot),
    /// A short message to a telephone.
    Sms(Sms),
    /// A server of Apprise, which passes it on to the services that it knows.
    Apprise(Apprise),
    /// A subject of the NATS server that carries this deployment.
    Nats(Nats),
}

/// An HTTP endpoint of another system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where to post.
    pub url: Address,
    /// The signing secrets (`whsec_` and base64). Each signs, so that one can be replaced by
    /// another while the other side still knows only one of them; none: nothing is signed.
    pub secrets: Vec<Secret>,
}

/// E-mail to one or more mailboxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// Who takes it on.
    pub relay: Relay,
    /// Whom it is from, `Name <name@host>` or the address alone.
    pub from: String,
    /// Whom it is to; one message to all.
    pub to: Vec<String>,
    /// Where replies go. Where the deployment has keys for that, the ticket is added behind a `+`
    /// (RFC 5233), signed, so that they find it.
    pub reply_to: Option<String>,
}

/// A mail server that takes messages on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: Tls,
    /// A file of certificates (PEM) to trust instead of the platform's, for a relay of one's own.
    pub ca_file: Option<String>,
    /// How one proves who one is, if it asks.
    pub login: Option<Login>,
}

/// How a connection to a relay is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314), usually port 465.
    Implicit,
    /// STARTTLS, and nothing is sent when the relay does not offer it; usually port 587.
    Starttls,
    /// Not at all: for a relay on this machine.
    None,
}

/// Name and password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// A robot in a group of a messenger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Robot {
    /// Which messenger.
    pub messenger: Messenger,
    /// Its address. Whoever has it can write to the group, so it is a secret as a whole.
    pub url: Secret,
    /// What messages are signed with, where the messenger has such a thing.
    pub secret: Option<Secret>,
}

/// Messengers whose robots can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Messenger {
    /// DingTalk.
    DingTalk,
    /// WeCom.
    WeCom,
    /// Feishu, called Lark outside of China.
    Feishu,
    /// Slack.
    Slack,
}

/// A short message to one telephone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sms {
    /// The number, E.164: `+` and digits.
    pub to: String,
    /// Who carries it.
    pub gateway: Gateway,
}

/// Who carries short messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gateway {
    /// Alibaba Cloud.
    Aliyun(Aliyun),
    /// Twilio, or whoever has the same form.
    Twilio(Twilio),
    /// Any that takes JSON with `id`, `to` and `text`.
    Http(HttpGateway),
}

/// Alibaba Cloud, by a template that was approved there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aliyun {
    /// Its address.
    pub url: String,
    /// The name of the access key.
    pub key_id: Secret,
    /// The access key.
    pub key_secret: Secret,
    /// The signature that stands before the text.
    pub sign_name: String,
    /// The template's code.
    pub template: String,
}

/// Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twilio {
    /// Its address.
    pub url: String,
    /// The account.
    pub account: String,
    /// The account's token.
    pub token: Secret,
    /// The number it is from.
    pub from: String,
}

/// A gateway of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpGateway {
    /// Where to post.
    pub url: Address,
    /// What is sent as a bearer token, if it asks for one.
    pub token: Option<Secret>,
}

/// A server of Apprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apprise {
    /// Where to post, `…/notify` or `…/notify/KEY`.
    pub url: Address,
    /// The addresses of the services, for `…/notify`. They hold keys.
    pub services: Option<Secret>,
    /// Which services of a `KEY`.
    pub tag: Option<String>,
}

/// A subject of the NATS server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nats {
    /// The subject. A stream must store it.
    pub subject: String,
}

impl Channel {
    /// Its word in policies.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Webhook(_) => "webhook",
            Self::Email(_) => "email",
            Self::Robot(robot) => robot.messenger.as_str(),
            Self::Sms(_) => "sms",
            Self::Apprise(_) => "apprise",
            Self::Nats(_) => "nats",
        }
    }

    /// Whether what is sent has an identity by which the other side can recognise a repeat. What
    /// has none says in its text when it may be one.
    #[must_use]
    pub const fn carries_identity(&self) -> bool {
        match self {
            Self::Console | Self::Webhook(_) | Self::Email(_) | Self::Nats(_) => true,
            Self::Sms(sms) => matches!(sms.gateway, Gateway::Http(_)),
            Self::Robot(_) | Self::Apprise(_) => false,
        }
    }

    /// What it shares with other receivers: when one of them finds it dead, it is dead for all.
    /// `None` where that is the receiver itself.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        match self {
            Self::Email(email) => Some(format!("{}:{}", email.relay.host, email.relay.port)),
            Self::Sms(sms) => sms.gateway.endpoint(),
            Self::Console
            | Self::Webhook(_)
            | Self::Robot(_)
            | Self::Apprise(_)
            | Self::Nats(_) => None,
        }
    }
}

impl Messenger {
    /// Its word in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DingTalk => "dingtalk",
            Self::WeCom => "wecom",
            Self::Feishu => "feishu",
            Self::Slack => "slack",
        }
    }
}

impl Gateway {
    /// What all numbers share that are told through it. `None` where it is not known here.
    fn endpoint(&self) -> Option<String> {
        match self {
            Self::Aliyun(aliyun) => Some(aliyun.url.clone()),
            Self::Twilio(twilio) => Some(twilio.url.clone()),
            Self::Http(http) => match &http.url {
                Address::Plain(url) => Some(url.clone()),
                Address::Secret(_) => None,
            },
        }
    }
}

impl Secret {
    /// The name of an environment variable that a policy may name: [`SECRET_VARIABLE_PREFIX`],
    /// then capitals, digits and `_`.
    #[must_use]
    pub fn is_variable(name: &str) -> bool {
        let rest = name.strip_prefix(SECRET_VARIABLE_PREFIX);
        rest.is_some_and(|rest| {
            let may = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            !rest.is_empty() && rest.bytes().all(may)
        })
    }
}

impl Nats {
    /// Whether others than Posthouse and the server itself may own a subject: a policy must not
    /// be able to write facts. Wildcards are no subjects to publish on.
    #[must_use]
    pub fn is_foreign(subject: &str) -> bool {
        let first = subject.split('.').next().unwrap_or_default();
        let may = |b: u8| b.is_ascii_graphic() && !matches!(b, b'*' | b'>');
        let plain = |token: &str| !token.is_empty() && token.bytes().all(may);
        subject.len() <= KEY_BYTES_MAX
            && subject.split('.').all(plain)
            && first != OWN_SUBJECTS
            && !first.starts_with(['$', '_'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_the_house_and_of_the_server_are_not_for_others() {
        for foreign in ["pager.team-a", "phone", "a", "ph-mirror.x"] {
            assert!(Nats::is_foreign(foreign), "{foreign}");
        }
        for own in [
            "ph.cn-north.00.opened",
            "ph",
            "$JS.API.STREAM.DELETE.X",
            "_INBOX.x",
            "a.*",
            "a.>",
            "a..b",
            "",
            "a b",
        ] {
            assert!(!Nats::is_foreign(own), "{own}");
        }
    }

    #[test]
    fn variables_of_the_process_are_not_for_policies() {
        assert!(Secret::is_variable("POSTHOUSE_SECRET_SMTP_2"));
        for other in [
            "PATH",
            "POSTHOUSE_SECRET_",
            "POSTHOUSE_SECRET_a",
            "posthouse_secret_A",
        ] {
            assert!(!Secret::is_variable(other), "{other}");
        }
    }
}
