//! The bundles that come with the binary, so that they are there without any folder.

/// The names of the shipped bundles.
pub const SHIPPED: &[&str] = &["default", "a1", "a2", "h"];

macro_rules! shipped {
    ($bundle:literal: $($file:literal),*) => {
        &[$((
            $file,
            include_str!(concat!("../../../deploy/policies/", $bundle, "/", $file)),
        )),*]
    };
}

/// The files of a shipped bundle, its own ones only; inherited files are not among them.
pub(crate) fn files(name: &str) -> Option<&'static [(&'static str, &'static str)]> {
    Some(match name {
        "default" => shipped!("default":
            "agents.toml", "bundle.toml", "calendars.toml", "compensation.toml", "holidays/cn-2026.ics",
            "ladders.toml", "receivers.toml", "regions.toml", "routing.toml", "sla.toml",
            "storms.toml", "taxonomy.toml", "templates/ar.ftl", "templates/de.ftl", "templates/en.ftl",
            "templates/es.ftl", "templates/fr.ftl", "templates/ja.ftl", "templates/ko.ftl",
            "templates/zh.ftl"),
        "a1" => shipped!("a1":
            "agents.toml", "bundle.toml", "calendars.toml", "compensation.toml",
            "holidays/ae-2026.ics", "ladders.toml", "regions.toml", "routing.toml", "sla.toml"),
        "a2" => shipped!("a2":
            "agents.toml", "bundle.toml", "calendars.toml", "ladders.toml", "regions.toml",
            "routing.toml", "sla.toml"),
        "h" => shipped!("h":
            "agents.toml", "bundle.toml", "calendars.toml", "compensation.toml", "ladders.toml",
            "regions.toml", "routing.toml", "sla.toml"),
        _ => return None,
    })
}
