//! Artefacts: only what was written is used, whole.

use std::sync::Arc;

use posthouse_model::{Error, Model, Options, Text, train};

fn bytes() -> Vec<u8> {
    train(&crate::common::corpus(), &Options::default()).expect("it can be learnt from")
}

#[test]
fn bytes_are_used_where_they_lie() {
    let bytes: Arc<[u8]> = bytes().into();
    let model = Model::from_bytes(Arc::clone(&bytes)).unwrap();
    assert_eq!(model.as_bytes().as_ptr(), bytes.as_ptr());
    assert_eq!(model.id().len(), 64);
    assert!(bytes.ends_with(&hex(model.id())));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|byte| u8::from_str_radix(&text[2 * byte..2 * byte + 2], 16).expect("two digits"))
        .collect()
}

#[test]
fn any_changed_byte_is_noticed() {
    let whole = bytes();
    let step = whole.len() / 97;
    for at in (0..whole.len()).step_by(step) {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        assert!(Model::from_bytes(changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_part_is_no_model() {
    let whole = bytes();
    for length in [0, 7, 8, 11, 12, 13, 500, whole.len() / 2, whole.len() - 1] {
        let error = Model::from_bytes(whole[..length].to_vec()).unwrap_err();
        assert_eq!(error.code(), "MDL0001", "{length}: {error}");
    }
    let longer = [whole.as_slice(), b"x"].concat();
    assert!(matches!(
        Model::from_bytes(longer),
        Err(Error::Length { .. })
    ));
}

#[test]
fn a_model_for_another_way_of_reading_is_refused() {
    let mut bytes = bytes();
    let (old, new) = (br#""features":1"#, br#""features":7"#);
    let at = bytes.windows(old.len()).position(|it| it == old).unwrap();
    bytes[at..at + old.len()].copy_from_slice(new);
    let error = Model::from_bytes(bytes).unwrap_err();
    assert_eq!(error.code(), "MDL0002", "{error}");
}

/// The artefact in the repository is one that this program can read.
#[test]
fn the_shipped_model_answers() {
    let model = Model::shipped();
    let heads: Vec<&str> = model
        .heads()
        .iter()
        .map(|head| head.name.as_str())
        .collect();
    for head in ["category", "kind", "severity", "sentiment"] {
        assert!(heads.contains(&head), "{heads:?}");
    }
    let prediction = model.predict(&Text {
        subject: "cannot connect to the database",
        body: "mysql says too many connections since this morning",
    });
    assert_eq!(prediction.answer("category").unwrap().label, "database");
    assert_eq!(prediction.answer("kind").unwrap().label, "incident");
}
