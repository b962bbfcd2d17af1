//! `templates/LANGUAGE.ftl`: what people are told, by language.

use std::collections::BTreeSet;

use posthouse_domain::notify::Rule;
use posthouse_templates::check::{self, Fault, Problem, Uses};
use posthouse_templates::{LAST_LANGUAGE, Templates};

use crate::diagnostic::Code;
use crate::report::{Report, Spot, nearest, suggestion};
use crate::source::Files;

/// The folder of a bundle in which such files are.
pub(crate) const FOLDER: &str = "templates/";
/// How their names end.
pub(crate) const SUFFIX: &str = ".ftl";

/// The language that a file of a bundle is for, by its name.
pub(crate) fn language_of(name: &str) -> Option<&str> {
    let stem = name.strip_prefix(FOLDER)?.strip_suffix(SUFFIX)?;
    let tag = !stem.is_empty() && stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    tag.then_some(stem)
}

/// The templates of a bundle, as far as they can be read.
pub(crate) struct Written<'d> {
    /// The languages.
    pub(crate) languages: Vec<&'d str>,
    /// The names of templates in any of them.
    pub(crate) names: BTreeSet<String>,
    /// The templates themselves.
    pub(crate) templates: Templates,
}

/// Reads the templates of a bundle.
pub(crate) fn read<'d>(files: &Files<'d>) -> Written<'d> {
    let texts = || {
        files
            .iter()
            .filter_map(|(name, text)| Some((language_of(name)?, *text)))
    };
    let messages = texts().flat_map(|(_, text)| check::messages(text));
    Written {
        languages: texts().map(|(language, _)| language).collect(),
        names: messages
            .filter_map(|message| check::template_of(&message).map(str::to_owned))
            .collect(),
        templates: Templates::new(texts()),
    }
}

/// Reports what is wrong with the templates of a bundle, used by these rules.
pub(crate) fn report(
    report: &Report<'_>,
    files: &Files<'_>,
    written: &Written<'_>,
    rules: &[Rule],
) {
    let mut uses = Uses::default();
    for rule in rules {
        if let Some(template) = &rule.template {
            uses.take(template, rule.about.iter().copied());
        }
    }
    for (file, text) in files.iter() {
        let Some(language) = language_of(file) else {
            continue;
        };
        if !Templates::is_language(language) {
            let message = format!("`{language}` is no language tag");
            let hint = Some("name the file after a language, as in templates/pt-BR.ftl".to_owned());
            report.add(Code::WordUnknown, &Spot::file(file), message, hint);
            continue;
        }
        for problem in check::check(text, &uses) {
            add(report, file, problem);
        }
        report_untold(report, file, language, &written.templates);
    }
}

/// Reports a language in which something cannot be said.
fn report_untold(report: &Report<'_>, file: &str, language: &str, templates: &Templates) {
    /// More names than this are not worth reading: the whole list is in `templates/en.ftl`.
    const NAMED_MAX: usize = 2;
    let missing = templates.untold(language);
    if missing.is_empty() {
        return;
    }
    let named: Vec<String> = missing
        .iter()
        .take(NAMED_MAX)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match missing.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let otherwise = if language == LAST_LANGUAGE {
        "people are told the number and the kind of fact alone"
    } else {
        "people are told in English"
    };
    let message = format!("{}{more} cannot be said: {otherwise}", named.join(", "));
    report.add(Code::Untold, &Spot::file(file), message, None);
}

fn add(report: &Report<'_>, file: &str, problem: Problem) {
    let spot = Spot {
        file,
        span: Some(problem.span),
    };
    let like = |name: &str, known: &[String]| suggestion(name, known.iter().map(String::as_str));
    match problem.fault {
        Fault::Syntax(why) => {
            let hint = Some("Fluent: name = text, and further lines are indented".to_owned());
            report.add(Code::TemplateSyntax, &spot, why, hint);
        }
        Fault::Variable {
            name,
            template,
            known,
        } => {
            let message = format!("`{template}` has no variable `${name}`");
            let hint = suggestion(&name, known.iter().copied());
            report.add(Code::TemplateVariable, &spot, message, hint);
        }
        Fault::Reference { what, name, known } => {
            let message = format!("there is no {what} `{name}` in this file");
            report.add(Code::TemplateReference, &spot, message, like(&name, &known));
        }
        Fault::Unused { name, known } => {
            let message = format!("nothing says `{name}`");
            // All names there are would fill a page and help nobody.
            let near = nearest(&name, known.iter().map(String::as_str));
            let hint = near.map_or_else(
                || "templates are `staff-KIND` and `customer-KIND`; else delete it".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            report.add(Code::TemplateUnused, &spot, message, Some(hint));
        }
        Fault::Twice(name) => {
            let message = format!("there are two `{name}`");
            report.add(Code::NameTwice, &spot, message, None);
        }
        Fault::Half(name) => {
            let message = format!("`{name}` has no `.text`");
            let hint = Some("its value is the subject, `.text` the text".to_owned());
            report.add(Code::TemplateReference, &spot, message, hint);
        }
    }
}
