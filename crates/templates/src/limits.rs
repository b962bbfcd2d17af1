//! Every bound of texts, with its unit.

/// Longest subject, in characters: what mail programs and chats show of one.
pub const SUBJECT_CHARS_MAX: usize = 200;
/// Most bytes of Markdown for a DingTalk robot: 20,000 bytes a message.
pub const DINGTALK_BYTES_MAX: usize = 18_000;
/// Most bytes of Markdown for a WeCom robot: 4,096 bytes a message.
pub const WECOM_BYTES_MAX: usize = 4_000;
/// Most bytes of Markdown for a Feishu robot: 20 KB a request, with its frame.
pub const FEISHU_BYTES_MAX: usize = 16_000;
/// Most bytes of mrkdwn for Slack: a section holds 3,000 characters.
pub const SLACK_BYTES_MAX: usize = 2_900;
/// Units of one SMS alone and of one part of a longer one, in the GSM alphabet (septets) and in
/// UCS-2 (16-bit units): 3GPP TS 23.038 and 23.040.
pub const SMS_GSM_UNITS: (usize, usize) = (160, 153);
/// As [`SMS_GSM_UNITS`], for texts outside the GSM alphabet.
pub const SMS_UCS2_UNITS: (usize, usize) = (70, 67);
/// Fewest characters of a key by which links are signed: 128 bits and more where they are random.
pub const KEY_CHARS_MIN: usize = 32;
/// Most keys at once: one that signs, and earlier ones until their links have expired.
pub const KEYS_MAX: usize = 8;
/// Longest link that is looked at, in bytes: the longest key of a receiver, the longest number
/// and what is around them, in base 64.
pub const TOKEN_BYTES_MAX: usize = 700;
/// Longest local part of an e-mail address, in octets (RFC 5321 §4.5.3.1.1).
pub const LOCAL_PART_BYTES_MAX: usize = 64;
/// Longest e-mail address that is looked at, in bytes: local part, sign, domain (RFC 5321).
pub const ADDRESS_BYTES_MAX: usize = 320;
/// Most languages of a browser that are asked, in its order.
pub const LANGUAGES_MAX: usize = 10;
