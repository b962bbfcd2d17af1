//! The page of settings is made from the settings, and stays in step with them.

use expect_test::expect_file;
use posthouse_runtime::config::Config;

#[test]
fn the_page_shows_the_settings_as_they_are() {
    // To rewrite it: UPDATE_EXPECT=1 cargo test -p posthouse-runtime --test configuration
    expect_file!["../../../docs/configuration.md"].assert_eq(&Config::reference());
}
