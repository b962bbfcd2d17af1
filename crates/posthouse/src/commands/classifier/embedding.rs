//! Second opinions, where the program was built with them.
//!
//! The option is there in every program, so that scripts and pages are the same; a program that
//! was built without refuses it, and says how to build one that does not.

#[cfg(not(feature = "embedding"))]
mod absent;
#[cfg(feature = "embedding")]
mod present;

#[cfg(not(feature = "embedding"))]
pub(super) use absent::{Learner, Second};
#[cfg(feature = "embedding")]
pub(super) use present::{Learner, Second};

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use posthouse_model::Model;

    use super::{Learner, Second};
    use crate::cli::classifier::EmbeddingArgs;

    fn args(embedding: Option<&str>) -> EmbeddingArgs {
        EmbeddingArgs {
            embedding: embedding.map(PathBuf::from),
            embed_share: 0.2,
        }
    }

    #[test]
    fn without_a_folder_nobody_is_asked() {
        assert!(
            Second::of(&args(None), None, &Model::shipped())
                .unwrap()
                .is_none()
        );
        assert!(Learner::of(None).unwrap().is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_refused() {
        let (args, model) = (args(Some("no such folder")), Model::shipped());
        let path = PathBuf::from("no such model");
        let error = Second::of(&args, Some(&path), &model).unwrap_err();
        let expected = match cfg!(feature = "embedding") {
            true => "no such folder",
            false => "built without embeddings",
        };
        assert!(error.to_string().contains(expected), "{error}");
        let error = Learner::of(Some(Path::new("no such folder"))).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
