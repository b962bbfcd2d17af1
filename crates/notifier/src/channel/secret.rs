//! Secrets, read when they are needed: one that is replaced is used from the next attempt on.

use std::collections::BTreeMap;
use std::fmt;

use posthouse_domain::notify::{SECRET_VARIABLE_PREFIX, Secret};
use tokio::io::AsyncReadExt;

use super::Error;
use crate::limits;

/// The secrets of one call.
#[derive(Default)]
pub(crate) struct Keys(BTreeMap<Secret, String>);

impl Keys {
    /// Reads secrets; blanks around them do not count.
    pub(crate) async fn read(secrets: &[&Secret]) -> Result<Self, Error> {
        let mut keys = BTreeMap::new();
        for secret in secrets {
            let value = match secret {
                Secret::File(path) => from_file(path).await?,
                Secret::Variable(name) => from_variable(name)?,
            };
            keys.insert((*secret).clone(), value.trim().to_owned());
        }
        Ok(Self(keys))
    }

    /// The value of a secret. One that is not there is empty: adapters name all that they use.
    pub(crate) fn of(&self, secret: &Secret) -> &str {
        self.0.get(secret).map_or("", String::as_str)
    }

    /// A text of the other side without what it repeats of these secrets.
    pub(crate) fn hidden(&self, text: String) -> String {
        let known = self.0.values().filter(|value| !value.is_empty());
        known.fold(text, |text, value| text.replace(value, "[SECRET]"))
    }

    #[cfg(test)]
    pub(crate) fn with(mut self, secret: &Secret, value: &str) -> Self {
        self.0.insert(secret.clone(), value.to_owned());
        self
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

async fn from_file(path: &str) -> Result<String, Error> {
    let unusable = |why: String| Error::Misconfigured(format!("read secret file {path}: {why}"));
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| unusable(error.to_string()))?;
    let mut text = String::new();
    file.take(limits::SECRET_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .await
        .map_err(|error| unusable(error.to_string()))?;
    if text.len() as u64 > limits::SECRET_BYTES_MAX {
        return Err(unusable(format!(
            "it has more than {} bytes",
            limits::SECRET_BYTES_MAX
        )));
    }
    if text.trim().is_empty() {
        return Err(unusable("it is empty".to_owned()));
    }
    Ok(text)
}

fn from_variable(name: &str) -> Result<String, Error> {
    let unusable = |why: &str| Error::Misconfigured(format!("read variable {name}: {why}"));
    // The policy was checked, but it came through the log: this is the place that reads.
    if !Secret::is_variable(name) {
        return Err(unusable(&format!(
            "only those that begin with {SECRET_VARIABLE_PREFIX} are read"
        )));
    }
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        _ => Err(unusable("it is not set")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(secret: Secret) -> String {
        let keys = Keys::read(&[&secret]).await;
        keys.map_or_else(
            |error| error.to_string(),
            |keys| keys.of(&secret).to_owned(),
        )
    }

    #[tokio::test]
    async fn files_are_read_anew_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        let file = || Secret::File(path.display().to_string());
        assert!(said(file()).await.contains("NTF0002: read secret file"));
        std::fs::write(&path, " first\n").unwrap();
        assert_eq!(said(file()).await, "first");
        std::fs::write(&path, "second").unwrap();
        assert_eq!(said(file()).await, "second");
        std::fs::write(&path, " \n").unwrap();
        assert!(said(file()).await.ends_with("it is empty"));
        std::fs::write(&path, "x".repeat(70_000)).unwrap();
        assert!(said(file()).await.ends_with("more than 65536 bytes"));
    }

    /// A bundle must not be able to send the environment of the process somewhere.
    #[tokio::test]
    async fn only_variables_for_secrets_are_read() {
        let path = said(Secret::Variable("PATH".to_owned())).await;
        assert!(path.ends_with("only those that begin with POSTHOUSE_SECRET_ are read"));
        let unset = said(Secret::Variable("POSTHOUSE_SECRET_OF_NOBODY".to_owned())).await;
        assert!(unset.ends_with("it is not set"), "{unset}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = Secret::File("/run/secrets/a".to_owned());
        let keys = Keys::default().with(&secret, "hunter2");
        let shown = format!("{keys:?}");
        assert!(shown.contains("/run/secrets/a") && !shown.contains("hunter2"));
        let said = keys.hidden("no such token: hunter2".to_owned());
        assert_eq!(said, "no such token: [SECRET]");
    }
}
