//! How a section of settings is declared: once, for the type, its defaults, its checks and its
//! page in the documentation.

use super::ConfigError;
use super::layers::Layers;
use super::setting::Kind;

/// A section of the configuration.
pub(super) trait Section: Sized {
    /// What is known about it.
    fn doc() -> SectionDoc;

    /// Reads it from the layers; a fault is noted and leaves the default.
    fn read(layers: &Layers, errors: &mut Vec<ConfigError>) -> Self;
}

/// What is known about a section.
#[derive(Clone, Debug)]
pub(super) struct SectionDoc {
    /// Its name.
    pub(super) key: &'static str,
    /// What it is about, by line.
    pub(super) about: &'static [&'static str],
    /// Its settings, in the order of the page.
    pub(super) settings: Vec<SettingDoc>,
}

/// What is known about a setting.
#[derive(Clone, Debug)]
pub(super) struct SettingDoc {
    /// Its name.
    pub(super) key: &'static str,
    /// How its values are written.
    pub(super) kind: Kind,
    /// What it means, by line.
    pub(super) about: &'static [&'static str],
    /// Which values are allowed, with their unit.
    pub(super) allowed: String,
    /// What it is when nobody sets it.
    pub(super) default: String,
    /// The first version that knows it.
    pub(super) since: &'static str,
}

impl SectionDoc {
    /// The setting with this key.
    pub(super) fn setting(&self, key: &str) -> Option<&SettingDoc> {
        self.settings.iter().find(|setting| setting.key == key)
    }
}

/// Declares a section.
macro_rules! section {
    ($(#[doc = $about:literal])+ $name:ident, $section:literal {
        $($(#[doc = $doc:literal])+
        $field:ident: $type:ty = $default:expr, allowed $allowed:expr, since $since:literal;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Section for $name {
            fn doc() -> SectionDoc {
                let default = Self::default();
                SectionDoc {
                    key: $section,
                    about: &[$($about),+],
                    settings: vec![$({
                        let allowed: Allowed<$type> = $allowed;
                        SettingDoc {
                            key: stringify!($field),
                            kind: <$type as Setting>::KIND,
                            about: &[$($doc),+],
                            allowed: allowed.text,
                            default: default.$field.show(),
                            since: $since,
                        }
                    },)+],
                }
            }

            fn read(layers: &Layers, errors: &mut Vec<ConfigError>) -> Self {
                let mut section = Self::default();
                $(if let Some(value) =
                    layers.setting($section, stringify!($field), &$allowed, errors)
                {
                    section.$field = value;
                })+
                section
            }
        }
    };
}

pub(super) use section;
