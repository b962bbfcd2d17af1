//! The phrases beside templates, by name: what links do, and what their pages say.

/// What the link to acknowledge is called; the others likewise.
pub(crate) const LINKS: [&str; 4] = [
    "link-acknowledge",
    "link-take_over",
    "link-snooze",
    "link-resolve",
];
/// What the page of a link says, in the order of the road through it.
pub(crate) const PAGES: [&str; 7] = [
    "page-ask",
    "page-confirm",
    "page-done",
    "page-again",
    "page-late",
    "page-wrong",
    "page-away",
];

/// All of them.
pub(crate) const ALL: [&str; 11] = [
    LINKS[0], LINKS[1], LINKS[2], LINKS[3], PAGES[0], PAGES[1], PAGES[2], PAGES[3], PAGES[4],
    PAGES[5], PAGES[6],
];
