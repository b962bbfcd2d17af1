//! Ticket numbers in the order people expect: `CN-2026-9` before `CN-2026-10`.

/// Rewrites a number so that plain byte order is the expected order: each run of digits loses
/// its leading zeros and is preceded by its length.
///
/// A run of more than 255 digits is cut; such numbers sort together.
pub(crate) fn order_key(number: &str) -> String {
    let mut key = String::with_capacity(number.len() + 8);
    let mut rest = number;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        key.push_str(&rest[..start]);
        let digits = &rest[start..];
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        let significant = digits[..end].trim_start_matches('0');
        let significant = &significant[..significant.len().min(255)];
        key.push_str(&format!("{:03}", significant.len()));
        key.push_str(significant);
        rest = &digits[end..];
    }
    key.push_str(rest);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_value_whatever_their_width() {
        let mut numbers = [
            "CN-2026-10000",
            "CN-2026-0007",
            "CN-2025-0009",
            "A-2026-1",
            "CN-2026-7x",
        ];
        numbers.sort_by_key(|number| order_key(number));
        assert_eq!(
            numbers,
            [
                "A-2026-1",
                "CN-2025-0009",
                "CN-2026-0007",
                "CN-2026-7x",
                "CN-2026-10000"
            ]
        );
        assert_eq!(order_key("T-007"), order_key("T-7"));
        assert_eq!(order_key(""), "");
    }
}
