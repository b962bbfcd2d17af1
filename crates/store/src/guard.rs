//! Keeping sled's panics in.
//!
//! sled panics on damaged files, at open or at any later read. Here a panic becomes a value.
//! Its message goes into that value instead of to the terminal: the panic hook is wrapped once
//! per process, and passes on every panic that does not come from guarded work.
//!
//! An abort (no memory, a fault in unsafe code) cannot be caught; see
//! [`crate::limits::OPEN_ATTEMPTS_MAX`] for what is done about those.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::limits;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Why guarded work gave no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It panicked, with this message.
    Panicked(String),
    /// It did not come back within so many milliseconds, and goes on without us.
    Hung(u64),
}

/// Runs `work` and turns a panic into its message.
///
/// The caller promises not to look at what `work` may have left half done.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    wrap_hook();
    let before = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.map_err(|payload| {
        let noted = MESSAGE.take();
        shortened(&noted.unwrap_or_else(|| text_of(payload.as_ref())))
    })
}

/// Runs `work` in a thread of its own, and waits at most `ms_max` milliseconds.
pub(crate) fn in_thread<T: Send + 'static>(
    name: &str,
    ms_max: u64,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let (done, result) = mpsc::sync_channel(1);
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Nobody listens any more when the wait was given up.
        let _ = done.send(catch(work));
    });
    if let Err(error) = spawned {
        return Err(Failure::Panicked(format!("no thread to be had: {error}")));
    }
    match result.recv_timeout(Duration::from_millis(ms_max)) {
        Ok(result) => result.map_err(Failure::Panicked),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Failure::Hung(ms_max)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Failure::Panicked(
            "the thread ended without a result".to_owned(),
        )),
    }
}

/// Cuts a message to [`limits::WHY_BYTES_MAX`], at a character.
pub(crate) fn shortened(message: &str) -> String {
    let mut end = message.len().min(limits::WHY_BYTES_MAX);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.get(..end).unwrap_or_default().to_owned()
}

fn wrap_hook() {
    static WRAPPED: Once = Once::new();
    WRAPPED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // A thread that is ending has no more thread-locals, and no guarded work either.
            if GUARDED.try_with(Cell::get).unwrap_or(false) {
                MESSAGE.set(Some(info.to_string().replace('\n', " ")));
            } else {
                before(info);
            }
        }));
    });
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    payload
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        let message = catch(|| -> u32 { panic!("page 7 is torn") }).unwrap_err();
        assert!(message.contains("page 7 is torn"), "{message}");
        assert!(message.contains("guard.rs"), "the place: {message}");
        assert_eq!(catch(|| 7), Ok(7));
    }

    #[test]
    fn a_thread_is_not_waited_for_for_ever() {
        let (release, wait) = mpsc::channel::<()>();
        let hung = in_thread("test", 1, move || wait.recv().is_ok());
        assert_eq!(hung, Err(Failure::Hung(1)));
        drop(release);
    }

    #[test]
    fn long_messages_are_cut_at_a_character() {
        let long = "é".repeat(limits::WHY_BYTES_MAX);
        assert_eq!(shortened(&long).len(), limits::WHY_BYTES_MAX);
        let odd = format!("x{long}");
        assert_eq!(shortened(&odd).len(), limits::WHY_BYTES_MAX - 1);
    }
}
