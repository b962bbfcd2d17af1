//! Where in a message a value stands. Costs nothing until an error wants it as text.

use std::fmt;

/// A place in a message: a chain of names up to the message itself.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    name: &'static str,
    index: Option<usize>,
}

impl<'a> Path<'a> {
    /// A field of the message itself.
    pub(crate) const fn top(name: &'static str) -> Self {
        Self {
            parent: None,
            name,
            index: None,
        }
    }

    /// A field of the value at this place.
    pub(crate) const fn field(&'a self, name: &'static str) -> Path<'a> {
        Path {
            parent: Some(self),
            name,
            index: None,
        }
    }

    /// One entry of the list at this place.
    pub(crate) const fn entry(self, index: usize) -> Self {
        Self {
            index: Some(index),
            ..self
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.name)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_the_message() {
        let routed = Path::top("routed");
        let considered = routed.field("considered").entry(2);
        assert_eq!(
            considered.field("rule").to_string(),
            "routed.considered[2].rule"
        );
    }
}
