//! How deep an expression nests and how it multiplies its work, found before anything walks it by recursion.
//!
//! Whoever recurses over a tree needs stack for its depth, and running out of stack ends the
//! process. The interpreter recurses; so does the parser, which runs before there is a tree,
//! so what could nest is counted in the text first.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};

/// How many characters outside of quotes could begin another level: an upper bound of the depth
/// of the parser's tree.
pub(super) fn marks(text: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    let mut count = 0;
    for c in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_ascii_punctuation() && !matches!(c, ',' | '_' | ')' | ']' | '}') => {
                count += 1;
            }
            None => {}
        }
    }
    count
}

/// How deep an expression's tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Depth {
    /// Levels of any sort.
    pub(super) levels: usize,
    /// Macros inside of macros: each multiplies the work of those around it.
    pub(super) loops: usize,
}

/// The depth of an expression's tree; found without recursion.
pub(super) fn depth(root: &IdedExpr) -> Depth {
    let mut deepest = Depth {
        levels: 0,
        loops: 0,
    };
    let mut open = vec![(
        root,
        Depth {
            levels: 1,
            loops: 0,
        },
    )];
    while let Some((expression, at)) = open.pop() {
        deepest.levels = deepest.levels.max(at.levels);
        deepest.loops = deepest.loops.max(at.loops);
        let below = Depth {
            levels: at.levels + 1,
            ..at
        };
        let repeated = Depth {
            loops: at.loops + 1,
            ..below
        };
        open.extend(children(expression).into_iter().map(|child| (child, below)));
        if let Expr::Comprehension(folded) = &expression.expr {
            open.extend([(&folded.loop_cond, repeated), (&folded.loop_step, repeated)]);
        }
    }
    deepest
}

/// The parts of an expression, but those that a macro repeats.
fn children(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map
            .entries
            .iter()
            .flat_map(|entry| parts(&entry.expr))
            .collect(),
        Expr::Struct(made) => made
            .entries
            .iter()
            .flat_map(|entry| parts(&entry.expr))
            .collect(),
        Expr::Comprehension(folded) => {
            vec![&folded.iter_range, &folded.accu_init, &folded.result]
        }
    }
}

fn parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth_of(text: &str) -> (usize, usize) {
        let found = depth(cel::Program::compile(text).unwrap().expression());
        (found.levels, found.loops)
    }

    #[test]
    fn depth_is_that_of_the_deepest_branch() {
        assert_eq!(depth_of("true"), (1, 0));
        assert_eq!(depth_of("ticket.tier == \"gold\""), (3, 0));
        assert_eq!(depth_of("1 + 1 + 1 + 1"), (4, 0));
    }

    #[test]
    fn loops_nest_where_one_repeats_the_other() {
        assert_eq!(depth_of("[1].all(x, x == 1) && [2].all(x, x == 2)").1, 1);
        assert_eq!(depth_of("[1].map(x, x).exists(x, x == 1)").1, 1);
        assert_eq!(depth_of("[1].all(x, [2].all(y, x == y))").1, 2);
    }

    #[test]
    fn what_stands_in_quotes_nests_nothing() {
        assert_eq!(marks("\"((((\" == 'a\\'(('"), 2);
        assert_eq!(marks("!!!!true"), 4);
        assert_eq!(marks("[1, 2, 3]"), 1);
    }
}
