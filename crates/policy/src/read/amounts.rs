//! Decimal amounts and currencies.

use iso_currency::Currency as Known;
use posthouse_domain::sla::compensation::Currency;
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::Value;
use crate::diagnostic::Code;

/// Most digits after the point of an amount.
const SCALE_MAX: u32 = 6;

impl Value<'_> {
    /// A decimal number from 0 to `max`, as it is written: `0.5` is a half, not the binary
    /// fraction next to it. It may also be a text.
    pub(crate) fn decimal(&self, max: i64) -> Option<Decimal> {
        let written = match self.value.get_ref() {
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(integer) => integer.as_str(),
            DeValue::String(text) => text.as_ref(),
            _ => {
                self.wrong_type("a number");
                return None;
            }
        };
        let Ok(number) = Decimal::from_str_exact(written) else {
            let hint = "write a decimal number, such as 0.5, and its unit in the keys beside it";
            let message = format!("`{written}` is no amount");
            self.add(Code::Amount, message, Some(hint.to_owned()));
            return None;
        };
        let number = number.normalize();
        let in_range = !number.is_sign_negative() && number <= Decimal::from(max);
        if !in_range || number.scale() > SCALE_MAX {
            let message = format!(
                "{written} is not from 0 to {max} with at most {SCALE_MAX} digits after the point"
            );
            self.add(Code::OutOfRange, message, None);
            return None;
        }
        Some(number)
    }

    /// A currency in use, by its ISO 4217 code.
    pub(crate) fn currency(&self) -> Option<Currency> {
        let code = self.text()?;
        let known = Known::from_code(code).filter(|known| known.is_superseded().is_none());
        // A currency without coins, such as gold, has no digits that could be rounded to.
        let digits = known.and_then(|known| u8::try_from(known.exponent()?).ok());
        let currency = digits.and_then(|digits| Currency::new(code, digits));
        if currency.is_none() {
            let hint = "write an ISO 4217 code, such as CNY, EUR or USD".to_owned();
            let message = format!("there is no currency `{code}`");
            self.add(Code::Amount, message, Some(hint));
        }
        currency
    }
}
