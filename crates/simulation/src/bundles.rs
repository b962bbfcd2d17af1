//! The policies of a run: the bundles that come with Posthouse, told by webhook, and one whose
//! promises are a matter of seconds.

use posthouse_policy::Source;

/// The region of every run: all bundles know it.
pub(crate) const REGION: &str = "cn-north";

/// The bundles, by name. The first is `default` with promises of seconds.
pub(crate) const BUNDLES: &[&str] = &["hasty", "default", "a1", "a2", "h"];

/// Receivers that are told outside, often and soon again.
const RECEIVERS: &str = include_str!("bundles/receivers.toml");
/// Promises of seconds, and what becomes of those that are missed.
const HASTY: &[(&str, &str)] = &[
    ("sla.toml", include_str!("bundles/hasty.toml")),
    ("ladders.toml", include_str!("bundles/ladders.toml")),
    (
        "compensation.toml",
        include_str!("bundles/compensation.toml"),
    ),
];

/// A bundle by its place among [`BUNDLES`].
///
/// # Panics
///
/// When there is none.
pub(crate) fn bundle(index: usize) -> Source {
    let name = BUNDLES[index];
    let shipped = if name == "hasty" { "default" } else { name };
    let mut source = Source::shipped(shipped).expect("the bundle is shipped");
    source
        .files
        .insert("receivers.toml".to_owned(), RECEIVERS.to_owned());
    if name == "hasty" {
        let own = HASTY
            .iter()
            .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
        source.files.extend(own);
    }
    source.name = name.to_owned();
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundle_compiles_and_knows_the_region() {
        for index in 0..BUNDLES.len() {
            let source = bundle(index);
            let (policy, _) = posthouse_policy::compile(&source).unwrap_or_else(|diagnostics| {
                panic!("{}", posthouse_policy::render(&diagnostics, &source, false))
            });
            assert!(policy.regions.contains_key(REGION), "{}", source.name);
        }
    }
}
