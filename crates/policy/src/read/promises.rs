//! What is promised, as people write it: working time or business days.

use posthouse_domain::sla::Promise;
use posthouse_domain::sla::limits::{BUSINESS_DAYS_MAX, TARGET_MS_MAX};

use super::Value;
use crate::diagnostic::Code;

/// The unit of business days.
const BUSINESS_DAYS: &str = "bd";

impl Value<'_> {
    /// Working time such as `4h30m`, or business days such as `5bd`.
    pub(crate) fn promise(&self) -> Option<Promise> {
        let days = self
            .written()
            .and_then(|text| text.strip_suffix(BUSINESS_DAYS));
        match days {
            Some(days) => self
                .business_days(days.trim_end())
                .map(Promise::BusinessDays),
            None => self.duration_ms(TARGET_MS_MAX).map(Promise::Working),
        }
    }

    /// The value where it is a text; nothing is reported where it is none.
    pub(crate) fn written(&self) -> Option<&str> {
        self.value.get_ref().as_str()
    }

    fn business_days(&self, days: &str) -> Option<u32> {
        let count = days.parse().ok();
        let count = count.filter(|days| (1..=BUSINESS_DAYS_MAX).contains(days));
        if count.is_none() {
            let message =
                format!("`{days}` is no count of business days from 1 to {BUSINESS_DAYS_MAX}");
            let hint = "write whole days, such as \"5bd\"".to_owned();
            self.add(Code::OutOfRange, message, Some(hint));
        }
        count
    }
}
