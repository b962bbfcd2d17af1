//! Calendars of a bundle: holidays from files, seasons, spans of exceptions, modes, and what
//! is said when they are wrong.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use expect_test::{Expect, expect};
use posthouse_domain::Timestamp;
use posthouse_domain::sla::{Calendar, Kind};
use posthouse_policy::{Change, Code, Source, compile, diff, render};

/// The default bundle with a calendar `tried`, and a file of holidays for it.
fn bundle(calendar: &str, holidays: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let calendars = source.files.get_mut("calendars.toml").unwrap();
    *calendars = format!("{calendar}\n{calendars}");
    if !holidays.is_empty() {
        let text = holidays.replace('\n', "\r\n");
        source.files.insert("holidays/tried.ics".into(), text);
    }
    source
}

/// A calendar of working days in Berlin with these keys.
fn tried(keys: &str) -> String {
    format!("[calendar.tried]\nzone = \"Europe/Berlin\"\nweekdays = [\"09:00-17:00\"]\n{keys}\n")
}

fn compiled(source: &Source) -> Calendar {
    match compile(source) {
        Ok((policy, _)) => policy.slas.calendars["tried"].clone(),
        Err(found) => panic!("{}", render(&found, source, false)),
    }
}

/// What is said about the files of calendars only.
fn said(source: &Source) -> String {
    let mut found = match compile(source) {
        Ok((_, warnings)) => warnings,
        Err(found) => found,
    };
    found.retain(|one| one.file == "calendars.toml" || one.file.ends_with(".ics"));
    let lines: Vec<String> = found
        .iter()
        .map(|one| match &one.hint {
            Some(hint) => format!("{one}\n  {hint}\n"),
            None => format!("{one}\n"),
        })
        .collect();
    lines.concat()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "expectations are written in the call"
)]
fn check(source: &Source, expected: Expect) {
    expected.assert_eq(&said(source));
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A file with these lines in one event.
fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

const FROM_FILE: &str = "holidays_from = \"holidays/tried.ics\"";

#[test]
fn holidays_come_from_a_file() {
    let file = "BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Europe/Berlin
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Tag der Arbeit\\, in
  ganz Deutschland
DTSTART;VALUE=DATE:20200501
RRULE:FREQ=YEARLY
BEGIN:VALARM
TRIGGER:-PT15M
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
END:VEVENT
BEGIN:VEVENT
DTSTART:20261228
DURATION:P1W
EXDATE;VALUE=DATE:20261228
RDATE;VALUE=DATE:20270104
END:VEVENT
BEGIN:VEVENT
STATUS:CANCELLED
DTSTART:20260601T090000Z
END:VEVENT
END:VCALENDAR
";
    let calendar = compiled(&bundle(&tried(FROM_FILE), file));
    let open = |date: &str| calendar.is_open(at(&format!("{date}T12:00:00Z")));
    assert!(!open("2026-05-01") && open("2026-04-30") && !open("2028-05-01"));
    assert!(!open("2026-12-24") && !open("2026-12-25"));
    assert!(open("2026-12-28"), "left out by EXDATE");
    assert!(!open("2027-01-04") && !open("2027-01-08") && open("2027-01-11"));
    assert!(open("2026-06-01"), "cancelled");
}

#[test]
fn several_files_and_dates_add_up() {
    let keys = "holidays = [2026-11-27]\nholidays_from = [\"holidays/tried.ics\", \
                \"holidays/cn-2026.ics\"]";
    let calendar = compiled(&bundle(&tried(keys), &event("DTSTART:20261126")));
    for closed in ["2026-11-26", "2026-11-27", "2026-10-01"] {
        assert!(
            !calendar.is_open(at(&format!("{closed}T12:00:00Z"))),
            "{closed}"
        );
    }
}

#[test]
fn what_is_wrong_in_a_file_of_holidays_is_shown_there() {
    let file = |text: &str| bundle(&tried(FROM_FILE), text);
    check(
        &file("no calendar at all\n"),
        expect![[r#"
        holidays/tried.ics:1:1: error POL0060: this is no iCalendar text
          every line is NAME:VALUE, and each BEGIN:X has its END:X
    "#]],
    );
    check(
        &file("BEGIN:VCARD\nEND:VCARD\n"),
        expect![[r#"
        holidays/tried.ics:1:1: error POL0060: the file does not begin with BEGIN:VCALENDAR
    "#]],
    );
    check(
        &file("BEGIN:VCALENDAR\nEND:VCALENDAR\n"),
        expect![[r#"
        holidays/tried.ics:1:1: error POL0060: the file has no all-day event
    "#]],
    );
    check(
        &file("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VTODO\nEND:VCALENDAR\n"),
        expect![[r#"
            holidays/tried.ics:3:5: error POL0060: this is no iCalendar text
              every line is NAME:VALUE, and each BEGIN:X has its END:X
        "#]],
    );
    check(
        &file(&event("SUMMARY:nothing")),
        expect![[r#"
        holidays/tried.ics:3:7: error POL0060: the event has no DTSTART
          for example DTSTART;VALUE=DATE:20261001
    "#]],
    );
    check(
        &file(&event(
            "SUMMARY:x\nDTSTART;TZID=Europe/Berlin:20260501T\n 090000",
        )),
        expect![[r#"
            holidays/tried.ics:5:1: error POL0060: `20260501T090000` has a time of day
              a holiday is a whole day, such as DTSTART;VALUE=DATE:20261001; hours for a date are an exception of the calendar
        "#]],
    );
    check(
        &file(&event("DTSTART:20260231")),
        expect![[r#"
        holidays/tried.ics:4:1: error POL0060: `20260231` is no date
          a holiday is a whole day, such as DTSTART;VALUE=DATE:20261001; hours for a date are an exception of the calendar
    "#]],
    );
    check(
        &file(&event("DTSTART:20260501\nDTEND:20260501")),
        expect![[r#"
        holidays/tried.ics:5:1: error POL0060: the event takes 0 days, which is not from 1 to 366
          DTEND is the day after the last: one day from 20261001 ends on 20261002
    "#]],
    );
    check(
        &file(&event("DTSTART:20260501\nDTEND:20280501")),
        expect![[r#"
        holidays/tried.ics:5:1: error POL0060: the event takes 731 days, which is not from 1 to 366
          DTEND is the day after the last: one day from 20261001 ends on 20261002
    "#]],
    );
    check(
        &file(&event("DTSTART:20260501\nDURATION:PT8H")),
        expect![[r#"
        holidays/tried.ics:5:1: error POL0060: `PT8H` are no whole days
          a holiday is a whole day, such as DTSTART;VALUE=DATE:20261001; hours for a date are an exception of the calendar
    "#]],
    );
    check(
        &file(&event("DTSTART:20260501\nRRULE:FREQ=WEEKLY;BYDAY=MO")),
        expect![[r#"
            holidays/tried.ics:5:1: error POL0060: the recurrence `FREQ=WEEKLY` is not read
              yearly rules are read: FREQ=YEARLY with INTERVAL, COUNT, UNTIL, and BYMONTH with BYMONTHDAY or a BYDAY such as 1MO; write other dates out
        "#]],
    );
    check(
        &file(&event("DTSTART:20260501\nRECURRENCE-ID:20260501")),
        expect![[r#"
            holidays/tried.ics:5:1: error POL0060: a change to one recurrence of an event is not read
              leave it out with EXDATE and write it as an event of its own
        "#]],
    );
    let deep = format!("{}{}", "BEGIN:X\n".repeat(50_000), "END:X\n".repeat(50_000));
    check(
        &file(&deep),
        expect![[r#"
        holidays/tried.ics:9:1: error POL0060: components are nested deeper than 8
    "#]],
    );
}

#[test]
fn files_are_found_and_used_or_told_of() {
    check(
        &bundle(&tried(FROM_FILE), ""),
        expect![[r#"
        calendars.toml:4:17: error POL0014: the bundle has no file `holidays/tried.ics`
          known are: holidays/cn-2026.ics
    "#]],
    );
    check(
        &bundle(&tried("holidays_from = \"holidays/cn-2062.ics\""), ""),
        expect![[r#"
            calendars.toml:4:17: error POL0014: the bundle has no file `holidays/cn-2062.ics`
              did you mean `holidays/cn-2026.ics`?
        "#]],
    );
    check(
        &bundle(&tried(""), &event("DTSTART:20260501")),
        expect![[r#"
        holidays/tried.ics:0:0: warning POL0062: no calendar names this file
          write holidays_from = "holidays/tried.ics" in a calendar
    "#]],
    );
    let mut source = bundle(&tried(""), "");
    source
        .files
        .insert("holidays/../tried.ics".into(), event("DTSTART:20260501"));
    let found = compile(&source).unwrap_err();
    assert_eq!(found[0].code, Code::FileUnknown);
}

#[test]
fn folders_with_holidays_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let shipped = bundle(&tried(FROM_FILE), &event("DTSTART:20260501"));
    for (name, text) in &shipped.files {
        let file = dir.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    std::fs::write(dir.path().join("holidays/README.md"), "left alone").unwrap();
    std::fs::write(dir.path().join("stray.ics"), "left alone").unwrap();
    let read = Source::read(dir.path()).unwrap();
    assert_eq!(read.files, shipped.files);
    assert_eq!(read.version(), shipped.version());
    assert_ne!(
        read.version(),
        Source::shipped("default").unwrap().version()
    );
}

#[test]
fn a_moved_holiday_is_a_difference() {
    let old = bundle(&tried(FROM_FILE), &event("SUMMARY:Eid\nDTSTART:20260320"));
    let new = bundle(&tried(FROM_FILE), &event("SUMMARY:Eid\nDTSTART:20260321"));
    let told: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "- holidays/tried.ics 2026-03-20: \"Eid\"",
            "+ holidays/tried.ics 2026-03-21: \"Eid\"",
        ]
    );
    let broken = bundle(&tried(FROM_FILE), "oops");
    let changes = diff(&broken, &new);
    assert!(
        changes
            .iter()
            .any(|one| one.change == Change::Removed("not iCalendar".into()))
    );
}

#[test]
fn seasons_have_a_week_of_their_own() {
    let keys = "holidays = [2026-03-02]\n\
                seasons = [{ title = \"Ramadan\", from = 2026-02-18, to = 2026-03-19, \
                weekdays = [\"10:00-15:00\"], fri = [\"10:00-12:00\"] }]\n\
                exceptions = [{ date = 2026-02-21, hours = [\"10:00-12:00\"] }]";
    let calendar = compiled(&bundle(&tried(keys), ""));
    let hours = |from: &str, to: &str| {
        let midnight = |date: &str| at(&format!("{date}T00:00:00+01:00"));
        calendar.working_ms_between(midnight(from), midnight(to)) / 3_600_000
    };
    assert_eq!(hours("2026-02-17", "2026-02-18"), 8);
    assert_eq!(hours("2026-02-18", "2026-02-19"), 5);
    assert_eq!(hours("2026-02-20", "2026-02-21"), 2, "a Friday");
    assert_eq!(hours("2026-02-21", "2026-02-22"), 2, "an exception");
    assert_eq!(hours("2026-02-22", "2026-02-23"), 0, "Sundays stay free");
    assert_eq!(hours("2026-03-02", "2026-03-03"), 0, "holidays stay");
    assert_eq!(hours("2026-03-20", "2026-03-21"), 8);
}

#[test]
fn an_exception_may_span_dates() {
    let keys = "exceptions = [{ from = 2026-11-11, to = 2026-11-15, hours = [\"00:00-24:00\"] }]";
    let calendar = compiled(&bundle(&tried(keys), ""));
    let spans = calendar.spans(at("2026-11-10T16:00:00Z"), at("2026-11-16T10:00:00Z"));
    let open: Vec<_> = spans.filter(|(.., kind)| *kind == Kind::Open).collect();
    assert_eq!(
        open[0],
        (
            at("2026-11-10T23:00:00Z"),
            at("2026-11-15T23:00:00Z"),
            Kind::Open
        )
    );
}

#[test]
fn a_mode_opens_calendars_from_its_instant_on() {
    let mode = "[[mode]]\nname = \"outage\"\nfrom = 2026-11-21T15:00:00+01:00\n\
                calendars = [\"tried\"]\n";
    let without = compiled(&bundle(&tried(""), ""));
    let declared = compiled(&bundle(&format!("{mode}{}", tried("")), ""));
    let ended = mode.replace("calendars", "to = \"2026-11-22T03:00:00+01:00\"\ncalendars");
    let ended = compiled(&bundle(&format!("{ended}{}", tried("")), ""));
    let saturday = at("2026-11-21T16:00:00+01:00");
    assert!(!without.is_open(saturday) && declared.is_open(saturday) && ended.is_open(saturday));
    assert!(!declared.is_open(at("2026-11-21T14:59:59+01:00")));
    let sunday = at("2026-11-22T03:00:00+01:00");
    assert!(declared.is_open(sunday) && !ended.is_open(sunday));
}

#[test]
fn impossible_calendars_are_told() {
    let calendar = |keys: &str| bundle(&tried(keys), "");
    check(
        &calendar("sat = [\"09:00-13:00\", \"12:00-18:00\"]"),
        expect![[r#"
            calendars.toml:4:23: error POL0061: `12:00-18:00` overlaps `09:00-13:00`
              write one for both, or let the second begin where the first ends
        "#]],
    );
    check(
        &calendar("sat = [\"20:00-08:00\", \"22:00-23:00\"]"),
        expect![[r#"
            calendars.toml:4:23: error POL0061: `22:00-23:00` overlaps `20:00-08:00`
              write one for both, or let the second begin where the first ends
        "#]],
    );
    check(
        &calendar("sat = [\"09:00-12:00\", \"12:00-18:00\"]"),
        expect![],
    );
    check(
        &calendar("seasons = [{ from = 2026-03-19, to = 2026-02-18, mon = [] }]"),
        expect![[r#"
            calendars.toml:4:38: error POL0010: 2026-03-19 to 2026-02-18 are -28 days, which is not from 1 to 366
        "#]],
    );
    check(
        &calendar("seasons = [{ from = 2026-01-01, to = 2028-01-01, mon = [] }]"),
        expect![[r#"
            calendars.toml:4:38: error POL0010: 2026-01-01 to 2028-01-01 are 731 days, which is not from 1 to 366
        "#]],
    );
    check(
        &calendar("seasons = [{ from = 2026-01-01, to = 2026-01-02 }]"),
        expect![[r#"
            calendars.toml:4:12: error POL0005: a season has hours of its own
              for example weekdays = ["09:00-15:00"]
        "#]],
    );
    check(
        &calendar(
            "seasons = [\n  { from = 2026-01-01, to = 2026-01-09, mon = [] },\n  \
             { from = 2026-01-09, to = 2026-01-12, tue = [] },\n]",
        ),
        expect![[r#"
            calendars.toml:6:3: error POL0010: there is another season for 2026-01-09
        "#]],
    );
    check(
        &calendar(
            "exceptions = [\n  { date = 2026-01-05, hours = [] },\n  \
             { from = 2026-01-01, to = 2026-01-09, hours = [] },\n]",
        ),
        expect![[r#"
            calendars.toml:6:3: error POL0010: there is another exception for 2026-01-05
        "#]],
    );
    check(
        &calendar("exceptions = [{ date = 2026-01-05, to = 2026-01-09, hours = [] }]"),
        expect![[r#"
            calendars.toml:4:24: error POL0010: an exception has a date, or from and to
        "#]],
    );
    check(
        &calendar("exceptions = [{ hours = [] }]"),
        expect![[r#"
        calendars.toml:4:15: error POL0005: the key `date` is missing
    "#]],
    );
    check(
        &calendar("exceptions = [{ from = 2026-01-05, hours = [] }]"),
        expect![[r#"
            calendars.toml:4:15: error POL0005: the key `to` is missing
        "#]],
    );
}

#[test]
fn impossible_modes_are_told() {
    let mode = |keys: &str| {
        let keys = format!("[[mode]]\nname = \"outage\"\n{keys}\n");
        bundle(&format!("{keys}{}", tried("")), "")
    };
    check(
        &mode("from = 2026-11-21\ncalendars = [\"tried\"]"),
        expect![[r#"
            calendars.toml:3:8: error POL0010: `2026-11-21` is no instant
              write date, time and offset, such as 2026-11-11T00:00:00+08:00
        "#]],
    );
    check(
        &mode("from = 2026-11-21T00:00:00Z\nto = 2026-11-20T00:00:00Z\ncalendars = [\"tried\"]"),
        expect![[r#"
            calendars.toml:4:6: error POL0010: the mode ends at 2026-11-20T00:00:00.000Z, before it begins at 2026-11-21T00:00:00.000Z
        "#]],
    );
    check(
        &mode("from = 2026-11-21T00:00:00Z\ncalendars = [\"tired\"]"),
        expect![[r#"
            calendars.toml:4:14: error POL0014: there is no calendar `tired`
              did you mean `tried`?
        "#]],
    );
    check(
        &mode("from = 2026-11-21T00:00:00Z\ncalendars = [\"always\"]"),
        expect![[r#"
            calendars.toml:37:11: error POL0007: a mode names calendar `always`, which never closes anyway
        "#]],
    );
    check(
        &mode("from = 2026-11-21T00:00:00Z\ncalendars = []"),
        expect![[r#"
            calendars.toml:1:1: error POL0005: the mode opens no calendar
        "#]],
    );
}
