//! Links by which a person acts on a ticket from the channel that told them: signed, for one
//! action on one ticket, by one receiver, until an instant, once.
//!
//! A link holds all that is to be done, and a message authentication code over it (HMAC-SHA-256,
//! RFC 2104, cut to 128 bits as RFC 2104 §5 allows). Nothing is stored about it: what makes it
//! work once is that the command it becomes has the identity of the link, so a second use is a
//! repeat of the first.
//!
//! Whoever has the link can use it, as with a link to reset a password. Therefore it does one
//! thing, ends soon, and a look at it does nothing: programs that fetch every link of an e-mail
//! to look for harm would otherwise resolve tickets.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac_sha256::HMAC;
use posthouse_domain::notify::LinkAction;
use posthouse_domain::{FactId, TicketId, Timestamp};

use crate::limits::{KEY_CHARS_MIN, KEYS_MAX, TOKEN_BYTES_MAX};

/// The first byte of what is signed: what follows is laid out as this file says.
const LAYOUT: u8 = 1;
/// What the code is made over, before the link itself: a code for something else is none here.
const PURPOSE: &[u8] = b"posthouse/link/1";
/// Bytes of the code.
const CODE_BYTES: usize = 16;
/// Bytes before the bearer: layout, action, end, ticket, request.
const HEAD_BYTES: usize = 1 + 1 + 8 + 16 + 16;

/// The byte for an action in links; it never changes.
const fn byte(action: LinkAction) -> u8 {
    match action {
        LinkAction::Acknowledge => 1,
        LinkAction::TakeOver => 2,
        LinkAction::Snooze => 3,
        LinkAction::Resolve => 4,
    }
}

/// The keys by which links are signed: the first signs, all are accepted.
#[derive(Clone)]
pub struct Keys(Vec<String>);

/// Why a text holds no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// There is no key in it.
    #[error("read the keys of links: there is none")]
    None,
    /// A key is too short to withstand guessing.
    #[error("read the keys of links: line {0} has less than {KEY_CHARS_MIN} characters")]
    Short(usize),
    /// There are more keys than are ever needed at once.
    #[error("read the keys of links: more than {KEYS_MAX}")]
    TooMany,
}

impl KeysError {
    /// The stable code, under which `docs/errors/` explains what to do.
    pub const CODE: &'static str = "NTF0020";
}

impl Keys {
    /// Reads the text of a file of keys: one a line, the newest first; empty lines and those
    /// that begin with `#` are passed over.
    ///
    /// # Errors
    ///
    /// [`KeysError`] where there is none, one is too short, or there are too many.
    pub fn read(text: &str) -> Result<Self, KeysError> {
        let lines = text.lines().map(str::trim).enumerate();
        let mut keys = Vec::new();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            if line.chars().count() < KEY_CHARS_MIN {
                return Err(KeysError::Short(index + 1));
            }
            keys.push(line.to_owned());
        }
        match keys.len() {
            0 => Err(KeysError::None),
            1..=KEYS_MAX => Ok(Self(keys)),
            _ => Err(KeysError::TooMany),
        }
    }

    /// The code for something by the key that signs.
    pub(crate) fn code(&self, purpose: &[u8], signed: &[u8]) -> [u8; CODE_BYTES] {
        code(&self.0[0], purpose, signed)
    }

    /// Whether the code, cut to `bytes` bytes (at most [`CODE_BYTES`]), is right by any key. How
    /// long this takes tells nothing of the code.
    pub(crate) fn accept(&self, purpose: &[u8], signed: &[u8], given: &[u8], bytes: usize) -> bool {
        self.0.iter().fold(false, |accepted, key| {
            let right = code(key, purpose, signed);
            let differing = right
                .iter()
                .zip(given)
                .fold(0, |differing, (right, given)| differing | (right ^ given));
            accepted | ((given.len() == bytes) & (differing == 0))
        })
    }
}

impl fmt::Debug for Keys {
    /// How many there are, and no more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

fn code(key: &str, purpose: &[u8], signed: &[u8]) -> [u8; CODE_BYTES] {
    let mut mac = HMAC::new(key.as_bytes());
    mac.update(purpose);
    mac.update(signed);
    let whole = mac.finalize();
    std::array::from_fn(|at| whole[at])
}

/// What a link offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it does.
    pub action: LinkAction,
    /// To which ticket.
    pub ticket: TicketId,
    /// The request that told of it: with the action, the identity of what is done.
    pub request: FactId,
    /// The receiver that was told, in whose name it is done; at most 255 bytes.
    pub bearer: String,
    /// The ticket's number, for people.
    pub number: String,
    /// Until when.
    pub ends_at: Timestamp,
}

/// Why a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is no link of ours, or not all of it.
    #[error("follow the link: it is not ours, or not whole")]
    Forged,
    /// Its time is over.
    #[error("follow the link: it has expired")]
    Expired,
}

impl Invalid {
    /// The stable code, under which `docs/errors/` explains what to do.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Forged => "NTF0021",
            Self::Expired => "NTF0022",
        }
    }
}

impl Offer {
    /// The link as it stands in an address.
    #[must_use]
    pub fn token(&self, keys: &Keys) -> String {
        let mut bytes = vec![LAYOUT, byte(self.action)];
        bytes.extend(self.ends_at.as_millis().to_be_bytes());
        bytes.extend(self.ticket.0.as_bytes());
        bytes.extend(self.request.0.as_bytes());
        let bearer = self.bearer.as_bytes();
        let bearer_bytes = u8::try_from(bearer.len()).unwrap_or(u8::MAX);
        bytes.push(bearer_bytes);
        bytes.extend(&bearer[..usize::from(bearer_bytes)]);
        bytes.extend(self.number.as_bytes());
        let code = keys.code(PURPOSE, &bytes);
        bytes.extend(code);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a link at `now`. The code is looked at before anything else.
    ///
    /// # Errors
    ///
    /// [`Invalid::Forged`] where it was not signed by one of the keys, [`Invalid::Expired`]
    /// where its time is over.
    pub fn read(token: &str, keys: &Keys, now: Timestamp) -> Result<Self, Invalid> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Invalid::Forged);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Invalid::Forged)?;
        let signed = bytes.len().checked_sub(CODE_BYTES).ok_or(Invalid::Forged)?;
        let (signed, code) = bytes.split_at(signed);
        if !keys.accept(PURPOSE, signed, code, CODE_BYTES) {
            return Err(Invalid::Forged);
        }
        let offer = Self::parse(signed).ok_or(Invalid::Forged)?;
        if now >= offer.ends_at {
            return Err(Invalid::Expired);
        }
        Ok(offer)
    }

    /// What makes two uses of a link one: the same for all links of a request that do the same.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("link:{}:{}", self.request, self.action.as_str())
    }

    fn parse(signed: &[u8]) -> Option<Self> {
        let (head, names) = signed.split_at_checked(HEAD_BYTES)?;
        let (bearer_bytes, names) = names.split_first()?;
        let (bearer, number) = names.split_at_checked(usize::from(*bearer_bytes))?;
        let (layout, action) = (head[0], head[1]);
        let action = LinkAction::ALL
            .into_iter()
            .find(|one| byte(*one) == action)?;
        let ends_at = i64::from_be_bytes(head[2..10].try_into().ok()?);
        let id = |bytes: &[u8]| uuid::Uuid::from_slice(bytes).ok();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let offer = Self {
            action,
            ticket: TicketId(id(&head[10..26])?),
            request: FactId(id(&head[26..42])?),
            bearer: text(bearer)?,
            number: text(number)?,
            ends_at: Timestamp::from_millis(ends_at),
        };
        (layout == LAYOUT).then_some(offer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const NEW: &str = "a key of thirty-two characters!!";
    const OLD: &str = "an older key that is still known";

    fn keys(text: &str) -> Keys {
        Keys::read(text).unwrap()
    }

    fn offer() -> Offer {
        Offer {
            action: LinkAction::TakeOver,
            ticket: TicketId(Uuid::from_u128(7)),
            request: FactId(Uuid::from_u128(8)),
            bearer: "duty".to_owned(),
            number: "CN-2026-000042".to_owned(),
            ends_at: Timestamp::from_millis(1_000),
        }
    }

    #[test]
    fn a_link_is_read_as_it_was_made_until_it_ends() {
        let token = offer().token(&keys(NEW));
        let read = |ms| Offer::read(&token, &keys(NEW), Timestamp::from_millis(ms));
        assert_eq!(read(999), Ok(offer()));
        assert_eq!(read(1_000), Err(Invalid::Expired));
    }

    #[test]
    fn links_outlive_a_change_of_keys_as_long_as_the_old_key_is_known() {
        let token = offer().token(&keys(OLD));
        let now = Timestamp::from_millis(0);
        let both = keys(&format!("# newest first\n{NEW}\n\n{OLD}\n"));
        assert_eq!(Offer::read(&token, &both, now), Ok(offer()));
        assert_eq!(Offer::read(&token, &keys(NEW), now), Err(Invalid::Forged));
    }

    #[test]
    fn a_code_for_an_address_is_none_for_a_link() {
        let keys = keys(NEW);
        let token = offer().token(&keys);
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
        let (signed, code) = bytes.split_at(bytes.len() - CODE_BYTES);
        assert!(keys.accept(PURPOSE, signed, code, CODE_BYTES));
        assert!(!keys.accept(b"posthouse/reply/1", signed, code, CODE_BYTES));
        assert!(!keys.accept(PURPOSE, signed, &code[1..], CODE_BYTES));
    }

    #[test]
    fn keys_that_can_be_guessed_are_refused() {
        assert_eq!(Keys::read("# none\n").unwrap_err(), KeysError::None);
        assert_eq!(Keys::read("\nshort").unwrap_err(), KeysError::Short(2));
        let many = format!("{NEW}\n").repeat(KEYS_MAX + 1);
        assert_eq!(Keys::read(&many).unwrap_err(), KeysError::TooMany);
        assert_eq!(format!("{:?}", keys(NEW)), "Keys(1)");
    }

    proptest! {
        #[test]
        fn any_changed_byte_makes_a_link_invalid(at in 0_usize..200, flip in 1_u8..=255) {
            let keys = keys(NEW);
            let mut bytes = URL_SAFE_NO_PAD.decode(offer().token(&keys)).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let token = URL_SAFE_NO_PAD.encode(bytes);
            let read = Offer::read(&token, &keys, Timestamp::from_millis(0));
            prop_assert_eq!(read, Err(Invalid::Forged));
        }

        #[test]
        fn no_text_makes_it_panic(token in ".{0,200}") {
            let read = Offer::read(&token, &keys(NEW), Timestamp::from_millis(0));
            prop_assert_eq!(read, Err(Invalid::Forged));
        }
    }
}
