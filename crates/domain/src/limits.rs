//! Every bound of the domain, with its unit. What is beyond a bound is refused at the edge.

/// Longest subject of a ticket, in bytes of UTF-8.
pub const SUBJECT_BYTES_MAX: usize = 1_000;
/// Longest body of a ticket or a reply, in bytes of UTF-8.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Longest customer, product, channel, tier, region, agent or other key, in bytes of UTF-8.
pub const KEY_BYTES_MAX: usize = 200;
/// Most attributes of a ticket.
pub const ATTRIBUTES_MAX: usize = 64;
/// Longest value of an attribute, in bytes of UTF-8.
pub const ATTRIBUTE_BYTES_MAX: usize = 2_000;
/// Longest name, e-mail address or telephone number of a contact, in bytes of UTF-8. The longest
/// e-mail address that RFC 5321 allows: 64 before the sign, the sign, 255 after it.
pub const CONTACT_BYTES_MAX: usize = 320;
/// Most tags of a classification.
pub const TAGS_MAX: usize = 32;
/// Most places with personal data that a classification names.
pub const PERSONAL_SPANS_MAX: usize = 500;
/// Most similar tickets that a classification names.
pub const SIMILAR_MAX: usize = 16;
/// Most signals of urgency or risk of a classification.
pub const SIGNALS_MAX: usize = 32;
/// Most questions that a customer is asked at once.
pub const QUESTIONS_MAX: usize = 16;
/// Most answers to choose from, for one question.
pub const CHOICES_MAX: usize = 16;
/// Longest excerpt of a subject that derived facts carry along, in characters.
pub const EXCERPT_CHARS_MAX: usize = 120;
/// Most facts of one ticket that are counted; later ones are void. Keeps a ticket that is
/// replied to for ever from growing without end.
pub const FACTS_PER_TICKET_MAX: usize = 10_000;
/// Most dead letters an operator's page lists.
pub const DEAD_LETTER_BYTES_MAX: usize = 512 * 1024;
/// Most agents, or tickets, beside the chosen one that an offer tells of.
pub const RUNNERS_UP_MAX: usize = 2;
/// Most parts of one score that an offer tells of.
pub const COMPONENTS_MAX: usize = 16;
/// Most masks that an offer tells of.
pub const MASKS_MAX: usize = 16;
/// Most pauses of one clock; once reached, the clock runs on. A ticket that is handed back and
/// forth more often than this needs a person, not a calendar.
pub const CLOCK_PAUSES_MAX: usize = 1_000;
/// Most matchers of a silence.
pub const MATCHERS_MAX: usize = 16;
/// Most values of one matcher.
pub const MATCHER_VALUES_MAX: usize = 64;
/// Most channels, and most kinds of fact, that a customer names who prefers something.
pub const PREFERRED_WORDS_MAX: usize = 64;
/// Longest text of a notification, in characters.
pub const NOTICE_CHARS_MAX: usize = 4_000;

/// Most named values of a notification.
pub const NOTICE_FIELDS_MAX: usize = 32;
/// Most requests to tell somebody of one hand-over of a ticket whose outcomes its minutes wait
/// for; further ones are not looked at.
pub const HANDOVER_REQUESTS_MAX: usize = 16;

/// The first `chars_max` characters of a text.
#[must_use]
pub fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
