//! Short messages by Alibaba Cloud, signed with ACS3-HMAC-SHA256.
//!
//! Texts are templates that were approved there; a message gives their parameters `number`,
//! `severity` and `title`. Older examples sign with HMAC-SHA1 and other names; this is version 3.
//!
//! # Source
//!
//! Request structure and signature V3, and `SendSms` 2017-05-25, help.aliyun.com. The worked
//! example of that page is a test below.

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Aliyun, Secret};
use reqwest::Url;
use serde::Deserialize;
use serde_json::json;

use super::sign::{form, hex, hmac, sha256_hex};
use super::{Adapter, Answer, Call, Error, HttpCall, Keys, url};
use crate::limits;
use crate::parcel::Parcel;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const SIGNED: &str =
    "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
/// The number is none, is blocked, or does not want any more.
const REJECTED: [&str; 4] = [
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.INVALID_PARAMETERS",
    "isv.BLACK_KEY_CONTROL_LIMIT",
    "isv.PRODUCT_UNSUBSCRIBE",
];

/// A message to a number.
pub(super) struct Text<'a>(pub(super) &'a str, pub(super) &'a Aliyun);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    code: String,
    #[serde(default)]
    biz_id: String,
}

/// What is signed beside the query.
struct Head<'a> {
    action: &'a str,
    version: &'a str,
    date: String,
    nonce: &'a str,
}

impl Adapter for Text<'_> {
    fn secrets(&self) -> Vec<&Secret> {
        vec![&self.1.key_id, &self.1.key_secret]
    }

    fn prepare(&self, parcel: &Parcel, keys: &Keys, now: Timestamp) -> Result<Call, Error> {
        let Self(to, aliyun) = self;
        let cut =
            |text: &str| -> String { text.chars().take(limits::SMS_VALUE_CHARS_MAX).collect() };
        let values = json!({
            "number": cut(parcel.number()),
            "severity": parcel.severity(),
            "title": cut(&parcel.rendered().subject),
        });
        // Sorted by name, as the signature wants them.
        let query = form(&[
            ("OutId", parcel.id()),
            ("PhoneNumbers", to.trim_start_matches('+')),
            ("SignName", &aliyun.sign_name),
            ("TemplateCode", &aliyun.template),
            ("TemplateParam", &values.to_string()),
        ]);
        let mut url = url(&aliyun.url)?;
        url.set_path("/");
        url.set_query(Some(&query));
        // A nonce is for one attempt: what is known is refused.
        let nonce = format!("{}-{}", parcel.id(), parcel.attempt());
        let head = Head {
            action: "SendSms",
            version: "2017-05-25",
            date: seconds_utc(now),
            nonce: &nonce,
        };
        let (id, secret) = (keys.of(&aliyun.key_id), keys.of(&aliyun.key_secret));
        Ok(Call::Http(signed(url, &query, &head, id, secret)))
    }

    fn judge(&self, answer: &Answer) -> Result<String, Error> {
        // Refusals come with 200 and with 4xx; the code in them tells more than the status.
        let said = match answer.json::<Said>() {
            Ok(said) => said,
            Err(unreadable) => return Err(answer.by_status().err().unwrap_or(unreadable)),
        };
        match said.code.as_str() {
            "OK" => Ok(format!("Aliyun {}", said.biz_id)),
            code if REJECTED.contains(&code) => Err(answer.rejected()),
            code if code.contains("LIMIT_CONTROL") || code.starts_with("Throttling") => {
                Err(answer.busy())
            }
            _ => Err(answer.refused()),
        }
    }
}

/// A `POST` without a body, signed.
fn signed(url: Url, query: &str, head: &Head<'_>, id: &str, secret: &str) -> HttpCall {
    let body_hash = sha256_hex(b"");
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let canonical = [
        "POST",
        "/",
        query,
        &format!("host:{host}"),
        &format!("x-acs-action:{}", head.action),
        &format!("x-acs-content-sha256:{body_hash}"),
        &format!("x-acs-date:{}", head.date),
        &format!("x-acs-signature-nonce:{}", head.nonce),
        &format!("x-acs-version:{}", head.version),
        "",
        SIGNED,
        &body_hash,
    ]
    .join("\n");
    let to_sign = format!("{ALGORITHM}\n{}", sha256_hex(canonical.as_bytes()));
    let signature = hex(&hmac(secret, &to_sign));
    let authorization =
        format!("{ALGORITHM} Credential={id},SignedHeaders={SIGNED},Signature={signature}");
    HttpCall {
        url,
        headers: vec![
            ("authorization", authorization),
            ("x-acs-action", head.action.to_owned()),
            ("x-acs-content-sha256", body_hash),
            ("x-acs-date", head.date.clone()),
            ("x-acs-signature-nonce", head.nonce.to_owned()),
            ("x-acs-version", head.version.to_owned()),
        ],
        body: Vec::new(),
    }
}

/// `2026-11-22T06:30:00Z`.
fn seconds_utc(at: Timestamp) -> String {
    format!("{:.0}", at.to_jiff())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the page about signatures.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let query =
            "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
        let mut url = Url::parse("https://ecs.cn-shanghai.aliyuncs.com/").unwrap();
        url.set_query(Some(query));
        let head = Head {
            action: "RunInstances",
            version: "2014-05-26",
            date: seconds_utc("2023-10-26T10:22:32Z".parse().unwrap()),
            nonce: "3156853299f313e23d1673dc12e1703d",
        };
        let call = signed(url, query, &head, "YourAccessKeyId", "YourAccessKeySecret");
        assert_eq!(
            call.headers[0].1,
            format!(
                "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={SIGNED},\
                 Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
            )
        );
    }
}
