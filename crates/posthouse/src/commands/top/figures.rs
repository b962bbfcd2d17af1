//! Figures in a few letters: people compare them at a glance, and columns are narrow.

/// What stands where nothing is known.
pub(super) const UNKNOWN: &str = "-";

/// A count: exact up to five digits, then in thousands and millions.
pub(super) fn count(count: u64) -> String {
    match count {
        0..=99_999 => count.to_string(),
        100_000..=9_999_999 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// So many a second.
pub(super) fn rate(rate: f64) -> String {
    match rate {
        rate if rate >= 100_000.0 => format!("{:.0}k", rate / 1_000.0),
        rate if rate >= 100.0 => format!("{rate:.0}"),
        rate if rate > 0.0 && rate < 0.1 => "<0.1".to_owned(),
        rate => format!("{rate:.1}"),
    }
}

/// A time, given in seconds, in the unit that leaves two or three digits.
pub(super) fn time(seconds: f64) -> String {
    match seconds {
        s if s <= 0.0 => "0 s".to_owned(),
        s if s < 0.001 => format!("{:.0} us", s * 1e6),
        s if s < 0.01 => format!("{:.1} ms", s * 1e3),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3_600.0),
        s => format!("{:.0} d", s / 86_400.0),
    }
}

/// How full something is, in percent; anything in it is at least 1 %.
pub(super) fn percent(part: f64, whole: f64) -> Option<u64> {
    if whole <= 0.0 {
        return None;
    }
    Some(whole_number((part * 100.0 / whole).ceil()))
}

/// A count that metrics have as a fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at the ends of u64, where no count comes"
)]
pub(super) fn whole_number(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let rates = [0.0, 0.01, 0.26, 12.34, 250.6, 123_456.0].map(rate);
        assert_eq!(rates, ["0.0", "<0.1", "0.3", "12.3", "251", "123k"]);
        let counts = [0, 99_999, 100_000, 12_345_678].map(count);
        assert_eq!(counts, ["0", "99999", "100k", "12M"]);
        let times = [
            0.0, 0.000_25, 0.0042, 0.25, 4.25, 90.0, 600.0, 7_200.0, 864_000.0,
        ];
        assert_eq!(
            times.map(time),
            [
                "0 s", "250 us", "4.2 ms", "250 ms", "4.2 s", "90 s", "10 min", "2 h", "10 d"
            ]
        );
        for seconds in [0.0, 0.000_9, 0.99, 9.99, 119.9, 7_199.0, 8_640_000.0] {
            assert!(time(seconds).len() <= 7, "{seconds}");
        }
    }

    #[test]
    fn what_is_not_empty_is_not_zero() {
        assert_eq!(percent(0.0, 10.0), Some(0));
        assert_eq!(percent(1.0, 100_000.0), Some(1));
        assert_eq!(percent(5.0, 10.0), Some(50));
        assert_eq!(percent(1.0, 0.0), None);
        assert_eq!(whole_number(-3.0), 0);
    }
}
