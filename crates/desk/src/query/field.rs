//! What tickets can be chosen by.

use super::error::{QueryError, cut};
use super::nearest::hint;

/// A property that tickets are chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Where the ticket stands.
    State,
    /// How bad it is.
    Severity,
    /// Its category.
    Category,
    /// Its kind.
    Kind,
    /// Its queue, or the first parts of it.
    Queue,
    /// The customer's region.
    Region,
    /// The customer.
    Customer,
    /// The language of the text.
    Language,
    /// The customer's tier.
    Tier,
    /// Words in its texts.
    Text,
}

impl Field {
    /// All fields.
    pub const ALL: [Self; 10] = [
        Self::State,
        Self::Severity,
        Self::Category,
        Self::Kind,
        Self::Queue,
        Self::Region,
        Self::Customer,
        Self::Language,
        Self::Tier,
        Self::Text,
    ];

    /// The name of it that is documented; also the column, where it is one.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Severity => "severity",
            Self::Category => "category",
            Self::Kind => "kind",
            Self::Queue => "queue",
            Self::Region => "region",
            Self::Customer => "customer",
            Self::Language => "language",
            Self::Tier => "tier",
            Self::Text => "text",
        }
    }

    /// All names of it, the documented one first.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::State => &["state", "status", "状态"],
            Self::Severity => &["severity", "sev", "级别", "严重级别", "严重程度"],
            Self::Category => &["category", "分类", "类别"],
            Self::Kind => &["kind", "type", "类型"],
            Self::Queue => &["queue", "队列"],
            Self::Region => &["region", "区域", "地区", "地域"],
            Self::Customer => &["customer", "客户"],
            Self::Language => &["language", "lang", "语言"],
            Self::Tier => &["tier", "等级", "客户等级"],
            Self::Text => &["text", "search", "文本", "内容", "关键词", "关键字"],
        }
    }

    /// The field with this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::ALL
            .into_iter()
            .find(|field| field.names().contains(&name.as_str()))
    }

    /// The field with this name, or what may have been meant; `others` are known there as well.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownKey`].
    pub(crate) fn named(name: &str, others: &[&'static str]) -> Result<Self, QueryError> {
        Self::find(name).ok_or_else(|| {
            let fields = Self::ALL
                .into_iter()
                .flat_map(|field| field.names().iter().copied());
            let mut named: Vec<&str> = Self::ALL.into_iter().map(Self::as_str).collect();
            named.extend(others);
            let hint = hint(name, fields.chain(others.iter().copied()), &named);
            QueryError::UnknownKey {
                key: cut(name),
                hint,
            }
        })
    }
}
