//! Instants as people of a language write them, by the data of the Unicode CLDR that is compiled
//! in, in a zone of the bundled database.

use icu_calendar::{Date, Gregorian};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::YMD;
use icu_datetime::input::{DateTime, Time};
use icu_locale_core::Locale;
use jiff::tz::TimeZone;
use posthouse_domain::Timestamp;
use unic_langid::LanguageIdentifier;

/// The date and the time of day, to the minute, with the offset from UTC. RFC 3339 where the
/// data has no form for it.
pub(crate) fn instant(at: Timestamp, zone: &str, language: &LanguageIdentifier) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let local = at.to_jiff().to_zoned(zone);
    match written(&local, language) {
        Some(text) => format!("{text} ({})", offset(local.offset().seconds())),
        None => at.to_string(),
    }
}

fn written(local: &jiff::Zoned, language: &LanguageIdentifier) -> Option<String> {
    let date = |number: i8| u8::try_from(number).ok();
    let input = DateTime {
        date: Date::try_new_gregorian(
            i32::from(local.year()),
            date(local.month())?,
            date(local.day())?,
        )
        .ok()?,
        time: Time::try_new(date(local.hour())?, date(local.minute())?, 0, 0).ok()?,
    };
    let locale: Locale = language.to_string().parse().ok()?;
    let fields = YMD::long().with_time_hm();
    let formatter =
        FixedCalendarDateTimeFormatter::<Gregorian, _>::try_new(locale.into(), fields).ok()?;
    Some(formatter.format(&input).to_string())
}

/// `UTC`, `UTC+8`, `UTC+5:30`.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_writes_dates_its_own_way() {
        let at: Timestamp = "2026-11-22T16:05:00Z".parse().unwrap();
        let told: Vec<String> = ["en", "zh", "ja", "ko", "de", "fr", "es", "ar"]
            .iter()
            .map(|language| {
                format!(
                    "{language}: {}",
                    instant(at, "Asia/Shanghai", &language.parse().unwrap())
                )
            })
            .collect();
        expect_test::expect![[r#"
            en: November 23, 2026 at 12:05 AM (UTC+8)
            zh: 2026年11月23日 00:05 (UTC+8)
            ja: 2026年11月23日 0:05 (UTC+8)
            ko: 2026년 11월 23일 오전 12:05 (UTC+8)
            de: 23. November 2026 um 00:05 (UTC+8)
            fr: 23 novembre 2026 à 00:05 (UTC+8)
            es: 23 de noviembre de 2026 a las 00:05 (UTC+8)
            ar: 23 نوفمبر 2026 في 12:05 ص (UTC+8)"#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn offsets_are_short() {
        assert_eq!(offset(0), "UTC");
        assert_eq!(offset(8 * 3_600), "UTC+8");
        assert_eq!(offset(-(3 * 3_600 + 30 * 60)), "UTC-3:30");
    }
}
