//! The page that describes every setting.

use std::fmt::Write as _;

use super::section::{SectionDoc, SettingDoc};
use super::variable;

const INTRODUCTION: &str = "\
<!-- Generated from crates/runtime/src/config/sections.rs by `UPDATE_EXPECT=1 cargo test -p posthouse-runtime --test configuration`. Edit that instead. -->

# Configuration

A setting is taken from the strongest of these that has it:

1. a flag of the command line;
2. an environment variable, `POSTHOUSE_<SECTION>__<KEY>` (two underscores between section and key; lists are separated by commas; an empty variable counts as not set);
3. the TOML file named by `--config FILE`, else by the variable `POSTHOUSE_CONFIG`; without either, no file is read;
4. the default.

A key that is not listed here is refused, with the nearest one that is (`CFG0003`). All faults are reported at once, and the process does not start. Paths are relative to the folder the process was started in. A secret is given as the path of a file that holds it; line breaks at its end are not part of it.

What is decided about tickets is not set here but in the policy bundle: processes with different settings decide alike.
";

pub(super) fn render(schema: &[SectionDoc]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in schema {
        add_section(&mut page, section).expect("writing to a String does not fail");
    }
    page
}

fn add_section(page: &mut String, section: &SectionDoc) -> std::fmt::Result {
    writeln!(page, "\n## `[{}]`\n\n{}", section.key, prose(section.about))?;
    for setting in &section.settings {
        add_setting(page, section.key, setting)?;
    }
    Ok(())
}

fn add_setting(page: &mut String, section: &str, setting: &SettingDoc) -> std::fmt::Result {
    writeln!(
        page,
        "\n### `{section}.{}`\n\n{}\n",
        setting.key,
        prose(setting.about)
    )?;
    writeln!(page, "- Type: {}", setting.kind.words())?;
    writeln!(page, "- Allowed: {}", setting.allowed)?;
    match setting.default.as_str() {
        "unset" => writeln!(page, "- Default: unset")?,
        default => writeln!(page, "- Default: `{default}`")?,
    }
    writeln!(page, "- Variable: `{}`", variable(section, setting.key))?;
    writeln!(page, "- Since: {}", setting.since)
}

fn prose(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join("\n")
}
