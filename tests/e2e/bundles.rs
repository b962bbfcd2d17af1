//! Policy bundles of stories: the shipped one, with more receivers and rules for them.

use std::path::Path;

/// Writes the shipped bundle into a folder, with these lines behind its `receivers.toml`.
pub(crate) fn write(folder: &Path, receivers: &str) {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/policies/default");
    copy(Path::new(shipped), folder);
    let path = folder.join("receivers.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{before}\n{receivers}")).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if from.is_dir() {
            copy(&from, &to.join(name));
        } else {
            std::fs::copy(from, to.join(name)).unwrap();
        }
    }
}
