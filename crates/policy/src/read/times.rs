//! Durations and dates as people write them.

use jiff::SignedDuration;
use jiff::civil::Date;
use posthouse_domain::Timestamp;
use toml::de::DeValue;

use super::Value;
use crate::diagnostic::Code;

impl Value<'_> {
    /// A duration such as `4h30m`, in milliseconds from 1 to `ms_max`.
    pub(crate) fn duration_ms(&self, ms_max: i64) -> Option<i64> {
        if let Some(number) = self.value.get_ref().as_integer() {
            self.unit_missing(number.as_str());
            return None;
        }
        let text = self.text()?;
        if text.parse::<f64>().is_ok() {
            self.unit_missing(text);
            return None;
        }
        match text.parse::<SignedDuration>() {
            Ok(duration) => self.duration_in_range(text, duration, ms_max),
            Err(_) => {
                self.add(
                    Code::Duration,
                    format!("`{text}` is no duration"),
                    Some(duration_hint(text).to_owned()),
                );
                None
            }
        }
    }

    fn unit_missing(&self, number: &str) {
        self.add(
            Code::UnitMissing,
            format!("{number} has no unit"),
            Some(format!(
                "write \"{number}m\" for minutes, \"{number}h\" for hours"
            )),
        );
    }

    fn duration_in_range(&self, text: &str, value: SignedDuration, ms_max: i64) -> Option<i64> {
        let ms = i64::try_from(value.as_millis())
            .ok()
            .filter(|ms| (1..=ms_max).contains(ms));
        if ms.is_none() {
            let max = SignedDuration::from_millis(ms_max);
            self.add(
                Code::OutOfRange,
                format!("{text} is not from 1ms to {max:#}"),
                None,
            );
        }
        ms
    }

    /// A date: a TOML date, or the same as text.
    pub(crate) fn date(&self) -> Option<Date> {
        let written = match self.value.get_ref() {
            DeValue::Datetime(datetime) => datetime.to_string(),
            _ => self.text()?.to_owned(),
        };
        // Strict on purpose: the parser would also take the date of an instant.
        let date = Date::strptime("%Y-%m-%d", &written).ok();
        if date.is_none() {
            let hint = "write a date, such as 2026-10-01".to_owned();
            self.add(
                Code::Calendar,
                format!("`{written}` is no date"),
                Some(hint),
            );
        }
        date
    }

    /// An instant: a TOML date-time with an offset, or the same as text.
    pub(crate) fn instant(&self) -> Option<Timestamp> {
        let written = match self.value.get_ref() {
            DeValue::Datetime(datetime) => datetime.to_string(),
            _ => self.text()?.to_owned(),
        };
        let instant = written.parse().ok();
        if instant.is_none() {
            let hint = "write date, time and offset, such as 2026-11-11T00:00:00+08:00".to_owned();
            let message = format!("`{written}` is no instant");
            self.add(Code::Calendar, message, Some(hint));
        }
        instant
    }
}

/// What is likely wrong with a duration that could not be read.
fn duration_hint(text: &str) -> &'static str {
    let days = text.contains(['d', 'w']) && !text.contains("second");
    if days {
        "write \"5bd\" for five business days, and count other working time in hours, because a \
         working day is as long as its calendar says"
    } else {
        "write for example \"15m\", \"2h\" or \"4h30m\""
    }
}
