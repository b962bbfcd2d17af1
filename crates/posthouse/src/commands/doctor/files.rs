//! The files that a configuration names: who may read the secret ones, and how long certificates
//! hold. Files of this machine, so this looks at the services' only where they run here.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use posthouse_domain::Timestamp;
use posthouse_runtime::config::Config;
use x509_cert::Certificate;

use super::finding::Finding;

/// A certificate that ends sooner than this, in days, is worth a look.
const DAYS_WARN: i64 = 30;
/// A certificate that ends sooner than this, in days, is a problem.
const DAYS_PROBLEM: i64 = 7;
/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600_000;
/// The bits of a file's mode that let anybody but its owner read or write it. A group may read:
/// that is how secrets are handed to a service.
const OTHERS: u32 = 0o037;

/// Looks at every file that the configuration names.
pub(super) fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let bus = &config.bus;
    let secrets = [
        ("bus.credentials_file", &bus.credentials_file),
        ("bus.password_file", &bus.password_file),
        ("bus.token_file", &bus.token_file),
        ("bus.key_file", &bus.key_file),
        ("links.keys_file", &config.links.keys_file),
        ("telemetry.headers_file", &config.telemetry.headers_file),
    ];
    let certificates = [
        ("bus.ca_file", &bus.ca_file),
        ("bus.cert_file", &bus.cert_file),
    ];
    let secrets = secrets
        .into_iter()
        .filter_map(|(setting, path)| Some(secret(setting, path.as_deref()?)));
    let certificates = certificates
        .into_iter()
        .filter_map(|(setting, path)| Some(certificate(setting, path.as_deref()?, now)));
    secrets.chain(certificates).collect()
}

/// Whether only those can read a secret who have to.
fn secret(setting: &str, path: &Path) -> Finding {
    let what = format!("secret {setting}");
    match path.metadata() {
        Ok(metadata) => of_mode(what, path, mode(&metadata)),
        Err(error) => {
            let found = format!("failed to read {}: {error}", path.display());
            Finding::problem(what, found, "say where it is, and let this user read it")
        }
    }
}

fn of_mode(what: String, path: &Path, mode: u32) -> Finding {
    if mode & OTHERS == 0 {
        return Finding::ok(what, format!("mode {mode:03o}"));
    }
    let found = format!("{} has mode {mode:03o}: others may use it", path.display());
    let advice = format!("chmod 600 {0}, or 640 for a group", path.display());
    Finding::warn(what, found, advice)
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o777
}

/// How long the certificates of a file hold: as long as the first that ends.
fn certificate(setting: &str, path: &Path, now: Timestamp) -> Finding {
    let what = format!("certificate {setting}");
    let read = std::fs::read(path).map_err(|error| error.to_string());
    let chain = read.and_then(|pem| {
        Certificate::load_pem_chain(&pem).map_err(|error| format!("it is no PEM: {error}"))
    });
    match chain {
        Ok(chain) if !chain.is_empty() => of_chain(what, &chain, now),
        Ok(_) => unreadable(what, path, "there is no certificate in it"),
        Err(why) => unreadable(what, path, &why),
    }
}

fn unreadable(what: String, path: &Path, why: &str) -> Finding {
    let found = format!("failed to read {}: {why}", path.display());
    Finding::problem(what, found, "give a file with certificates in PEM")
}

fn of_chain(what: String, chain: &[Certificate], now: Timestamp) -> Finding {
    let validity = |certificate: &Certificate| certificate.tbs_certificate.validity;
    let begins = chain
        .iter()
        .map(|it| instant(validity(it).not_before))
        .max();
    let ends = chain.iter().map(|it| instant(validity(it).not_after)).min();
    let advice = "renew it, and restart the processes that use it";
    if let Some(begins) = begins.filter(|begins| *begins > now) {
        let advice = "wait, use another, or set the clock";
        return Finding::problem(what, format!("it does not hold before {begins}"), advice);
    }
    let Some(ends) = ends else {
        return Finding::problem(what, "it never holds", advice);
    };
    let days = ends.millis_since(now).div_euclid(DAY_MS);
    let found = format!("it holds until {ends}, {days} days from now");
    match days {
        ..0 => Finding::problem(what, format!("it ended on {ends}"), advice),
        0..DAYS_PROBLEM => Finding::problem(what, found, advice),
        DAYS_PROBLEM..DAYS_WARN => Finding::warn(what, found, advice),
        _ => Finding::ok(what, found),
    }
}

fn instant(time: x509_cert::time::Time) -> Timestamp {
    let ms = time.to_unix_duration().as_millis();
    Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    /// A certificate of a test, from 2026-01-01 to 2027-01-01; its key was thrown away.
    const PEM: &str = include_str!("certificate.pem");

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn grade(now: &str) -> Grade {
        let chain = Certificate::load_pem_chain(PEM.as_bytes()).unwrap();
        of_chain(String::new(), &chain, at(now)).grade
    }

    #[test]
    fn certificates_are_judged_by_how_long_they_hold() {
        assert_eq!(grade("2025-12-31T00:00:00Z"), Grade::Problem);
        assert_eq!(grade("2026-06-01T00:00:00Z"), Grade::Ok);
        assert_eq!(grade("2026-12-10T00:00:00Z"), Grade::Warn);
        assert_eq!(grade("2026-12-28T00:00:00Z"), Grade::Problem);
        assert_eq!(grade("2027-01-02T00:00:00Z"), Grade::Problem);
    }

    #[test]
    fn a_file_without_certificates_is_a_problem() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let now = at("2026-06-01T00:00:00Z");
        let judged = |setting| certificate(setting, &path, now);
        assert_eq!(judged("bus.ca_file").grade, Grade::Problem);
        std::fs::write(&path, "nothing").unwrap();
        assert_eq!(judged("bus.ca_file").grade, Grade::Problem);
        std::fs::write(&path, [PEM, PEM].concat()).unwrap();
        assert_eq!(judged("bus.ca_file").grade, Grade::Ok);
    }

    #[test]
    fn a_secret_is_for_its_owner_and_perhaps_a_group() {
        let judged = |mode| of_mode(String::new(), Path::new("secret"), mode).grade;
        assert_eq!(judged(0o600), Grade::Ok);
        assert_eq!(judged(0o400), Grade::Ok);
        assert_eq!(judged(0o640), Grade::Ok);
        assert_eq!(judged(0o644), Grade::Warn);
        assert_eq!(judged(0o660), Grade::Warn);
        let missing = secret("bus.token_file", Path::new("/nowhere/at/all"));
        assert_eq!(missing.grade, Grade::Problem);
    }
}
