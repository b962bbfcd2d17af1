//! How to reach the servers of a region.

use std::fmt;
use std::path::PathBuf;

use async_nats::{ConnectOptions, ServerAddr};
use posthouse_bus::Error;

use super::settings;

/// How to reach the servers of a region, and as whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The servers, as `nats://host:port` or `tls://host:port`; at least one.
    pub urls: Vec<String>,
    /// The name under which the server lists the connection.
    pub name: Option<String>,
    /// As whom.
    pub login: Login,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// The first token or tokens of subjects on which answers are received, `_INBOX` if none.
    /// A prefix of one's own lets the server's permissions keep roles apart.
    pub inbox_prefix: Option<String>,
    /// Return at once and connect in the background, if no server is there yet.
    pub wait_for_server: bool,
}

/// As whom to connect.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Login {
    /// As nobody in particular, or as the address says.
    #[default]
    Anonymous,
    /// With a credentials file: a JWT and its key.
    Credentials(PathBuf),
    /// With the seed of an nkey.
    Nkey(String),
    /// With a name and a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// With a token.
    Token(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Credentials(path) => f.debug_tuple("Credentials").field(path).finish(),
            Self::Nkey(_) => f.write_str("Nkey(…)"),
            Self::Password { user, .. } => write!(f, "Password({user}, …)"),
            Self::Token(_) => f.write_str("Token(…)"),
        }
    }
}

/// How the connection is encrypted. A `tls://` address needs none of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Refuse a server without encryption.
    pub required: bool,
    /// Certificates of authorities to trust, beside the machine's.
    pub authorities: Option<PathBuf>,
    /// Our certificate and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl Options {
    /// Options for servers that let everybody in.
    #[must_use]
    pub fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            urls: urls.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// The addresses, parsed.
    pub(super) fn addresses(&self) -> Result<Vec<ServerAddr>, Error> {
        if self.urls.is_empty() {
            return Err(refused("no address was given"));
        }
        self.urls
            .iter()
            .map(|url| {
                let address = url.parse::<ServerAddr>();
                // The address is not repeated: it may hold a password.
                address.map_err(|why| refused(format!("not the address of a server: {why}")))
            })
            .collect()
    }

    /// What the client library is told, except what to do with events.
    pub(super) async fn to_connect_options(&self) -> Result<ConnectOptions, Error> {
        let mut options = ConnectOptions::new()
            .ping_interval(settings::PING_EVERY)
            .connection_timeout(settings::CONNECT_WAIT)
            .request_timeout(Some(settings::API_WAIT))
            .reconnect_delay_callback(|n| settings::pause(n, settings::RECONNECT_PAUSE_MAX));
        if let Some(name) = &self.name {
            options = options.name(name);
        }
        if let Some(prefix) = &self.inbox_prefix {
            options = options.custom_inbox_prefix(prefix);
        }
        if self.wait_for_server {
            options = options.retry_on_initial_connect();
        }
        self.login.apply(self.tls.apply(options)).await
    }
}

impl Login {
    async fn apply(&self, options: ConnectOptions) -> Result<ConnectOptions, Error> {
        Ok(match self {
            Self::Anonymous => options,
            Self::Credentials(path) => options
                .credentials_file(path)
                .await
                .map_err(|why| refused(format!("credentials file {}: {why}", path.display())))?,
            Self::Nkey(seed) => options.nkey(seed.clone()),
            Self::Password { user, password } => {
                options.user_and_password(user.clone(), password.clone())
            }
            Self::Token(token) => options.token(token.clone()),
        })
    }
}

impl Tls {
    fn apply(&self, mut options: ConnectOptions) -> ConnectOptions {
        options = options.require_tls(self.required);
        if let Some(path) = &self.authorities {
            options = options.add_root_certificates(path.clone());
        }
        if let Some((certificate, key)) = &self.identity {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        options
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::Refused {
        doing: "connect to the bus".to_owned(),
        code: 0,
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        for login in [
            Login::Nkey("SECRET".into()),
            Login::Token("SECRET".into()),
            Login::Password {
                user: "anna".into(),
                password: "SECRET".into(),
            },
        ] {
            let shown = format!(
                "{:?}",
                Options {
                    login,
                    ..Options::new(["nats://a"])
                }
            );
            assert!(!shown.contains("SECRET"), "{shown}");
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        let refused = Options::new(["ftp://anna:SECRET@host"])
            .addresses()
            .unwrap_err();
        assert_eq!(refused.code(), "BUS0002");
        assert!(!refused.to_string().contains("SECRET"), "{refused}");
        assert!(Options::default().addresses().is_err());
    }
}
