//! Whole numbers as people of a language write them.

use fluent_bundle::FluentValue;
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_locale_core::Locale;
use intl_memoizer::Memoizable;
use intl_memoizer::concurrent::IntlLangMemoizer;
use unic_langid::LanguageIdentifier;

/// The language of the bundle that asks.
struct Tongue(LanguageIdentifier);

impl Memoizable for Tongue {
    type Args = ();
    type Error = std::convert::Infallible;

    fn construct(language: LanguageIdentifier, (): ()) -> Result<Self, Self::Error> {
        Ok(Self(language))
    }
}

/// A number with the digits and the grouping of the language; `None` for what is no number.
pub(crate) fn localized(value: &FluentValue<'_>, intls: &IntlLangMemoizer) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    let decimal = Decimal::try_from_str(&number.as_string()).ok()?;
    let Ok(language) = intls.with_try_get::<Tongue, _, _>((), |tongue| tongue.0.to_string());
    let locale: Locale = language.parse().ok()?;
    let formatter = DecimalFormatter::try_new(locale.into(), Default::default()).ok()?;
    Some(formatter.format(&decimal).to_string())
}
