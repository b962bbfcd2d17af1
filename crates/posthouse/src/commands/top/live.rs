//! The live view: a terminal, its keys, and the latest picture.
//!
//! Pictures are read beside the keys, so that a process that hangs keeps nobody from leaving.
//! However the view ends, by a key, a signal, an error or a panic, the terminal is as it was.

use std::io;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::StreamExt as _;
use ratatui::DefaultTerminal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::draw::View;
use super::picture::Picture;
use super::source::Source;
use crate::exit::Error;
use crate::output::Paint;

/// How many stages a page of them is.
const PAGE: usize = 10;

/// What people ask for by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Leave,
    Up(usize),
    Down(usize),
    First,
    Last,
    Pause,
    Read,
}

/// Shows pictures until somebody leaves.
///
/// # Errors
///
/// When the terminal does not do what it is asked.
pub(super) async fn run(source: Source, every: Duration, paint: Paint) -> Result<(), Error> {
    let mut ends = Ends::new().map_err(|error| screen_error(&error))?;
    let (orders, ordered) = watch::channel(true);
    let (shows, mut pictures) = watch::channel(None);
    let reader = tokio::spawn(keep_reading(source, every, ordered, shows));
    let outcome = match Screen::open() {
        Ok(mut screen) => watch_keys(&mut screen, &mut pictures, &orders, &mut ends, paint).await,
        Err(error) => Err(error),
    };
    reader.abort();
    outcome.map_err(|error| screen_error(&error))
}

fn screen_error(error: &io::Error) -> Error {
    Error::failed(format!("show a live view: {error}")).hint("--once prints one picture")
}

/// Reads a picture every so often, and at once when told to go on; not while told to pause. An order
/// that is given during a reading is followed after it.
async fn keep_reading(
    mut source: Source,
    every: Duration,
    mut ordered: watch::Receiver<bool>,
    shows: watch::Sender<Option<Picture>>,
) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let goes_on = *ordered.borrow_and_update();
        tokio::select! {
            _ = ticks.tick(), if goes_on => {}
            changed = ordered.changed() => if changed.is_err() {
                return;
            },
        }
        if *ordered.borrow() {
            shows.send_replace(Some(source.picture().await));
        }
    }
}

/// Draws whenever something changed, until somebody leaves.
async fn watch_keys(
    screen: &mut Screen,
    pictures: &mut watch::Receiver<Option<Picture>>,
    orders: &watch::Sender<bool>,
    ends: &mut Ends,
    paint: Paint,
) -> io::Result<()> {
    let mut view = View {
        colours: paint.colours(),
        scrolled: 0,
        paused: false,
    };
    let mut events = EventStream::new();
    loop {
        let picture = pictures.borrow_and_update().clone();
        let draw = screen.0.draw(|frame| view.draw(frame, picture.as_ref()));
        draw?;
        tokio::select! {
            changed = pictures.changed() => {
                changed.map_err(|_| io::Error::other("nobody reads any more"))?;
            }
            event = events.next() => match event {
                Some(event) => {
                    if let Some(Wish::Leave) = follow(&event?, &mut view, orders) {
                        return Ok(());
                    }
                }
                // The terminal is gone.
                None => return Ok(()),
            },
            () = ends.come() => return Ok(()),
        }
    }
}

/// Does what a key asks for. A new size is drawn by itself.
fn follow(event: &Event, view: &mut View, orders: &watch::Sender<bool>) -> Option<Wish> {
    let Event::Key(key) = event else {
        return None;
    };
    let wish = wish_of(*key)?;
    match wish {
        Wish::Leave => {}
        Wish::Up(rows) => view.scrolled = view.scrolled.saturating_sub(rows),
        Wish::Down(rows) => view.scrolled = view.scrolled.saturating_add(rows),
        Wish::First => view.scrolled = 0,
        Wish::Last => view.scrolled = usize::MAX,
        Wish::Pause | Wish::Read => {
            view.paused = wish == Wish::Pause && !view.paused;
            orders.send_replace(!view.paused);
        }
    }
    Some(wish)
}

/// What a key means. A key that is let go means nothing.
fn wish_of(key: KeyEvent) -> Option<Wish> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c') if with_control => Wish::Leave,
        KeyCode::Char('q') | KeyCode::Esc => Wish::Leave,
        KeyCode::Up | KeyCode::Char('k') => Wish::Up(1),
        KeyCode::Down | KeyCode::Char('j') => Wish::Down(1),
        KeyCode::PageUp => Wish::Up(PAGE),
        KeyCode::PageDown => Wish::Down(PAGE),
        KeyCode::Home => Wish::First,
        KeyCode::End => Wish::Last,
        KeyCode::Char('p') => Wish::Pause,
        KeyCode::Char('r') => Wish::Read,
        _ => return None,
    })
}

/// The terminal while it is ours. Given back when it is dropped; [`ratatui`] gives it back before
/// a panic is told.
struct Screen(DefaultTerminal);

impl Screen {
    fn open() -> io::Result<Self> {
        let opened = ratatui::try_init();
        opened.map(Self).inspect_err(|_| {
            ratatui::try_restore().ok();
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone cannot be given back.
        ratatui::try_restore().ok();
    }
}

/// Signals that end the view; in raw mode Ctrl-C is a key and none of them.
struct Ends([tokio::signal::unix::Signal; 3]);

impl Ends {
    fn new() -> io::Result<Self> {
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn come(&mut self) {
        let [terminate, interrupt, hang_up] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn view() -> View {
        View {
            colours: false,
            scrolled: 5,
            paused: false,
        }
    }

    #[test]
    fn people_can_always_leave() {
        let (orders, _ordered) = watch::channel(true);
        for (code, modifiers) in [
            (KeyCode::Char('q'), KeyModifiers::NONE),
            (KeyCode::Esc, KeyModifiers::NONE),
            (KeyCode::Char('c'), KeyModifiers::CONTROL),
        ] {
            let followed = follow(&press(code, modifiers), &mut view(), &orders);
            assert_eq!(followed, Some(Wish::Leave), "{code}");
        }
        let plain_c = press(KeyCode::Char('c'), KeyModifiers::NONE);
        assert_eq!(follow(&plain_c, &mut view(), &orders), None);
        assert_eq!(follow(&Event::Resize(1, 1), &mut view(), &orders), None);
    }

    #[test]
    fn arrows_scroll_and_never_beyond_the_first() {
        let (orders, _ordered) = watch::channel(true);
        let scrolled = |code| {
            let mut view = view();
            follow(&press(code, KeyModifiers::NONE), &mut view, &orders);
            view.scrolled
        };
        assert_eq!(scrolled(KeyCode::Up), 4);
        assert_eq!(scrolled(KeyCode::Down), 6);
        assert_eq!(scrolled(KeyCode::PageUp), 0);
        assert_eq!(scrolled(KeyCode::PageDown), 15);
        assert_eq!(scrolled(KeyCode::Home), 0);
        assert_eq!(scrolled(KeyCode::End), usize::MAX);
    }

    #[test]
    fn a_pause_ends_by_itself_or_by_reading() {
        let (orders, mut ordered) = watch::channel(true);
        let mut view = view();
        for (key, paused) in [('p', true), ('p', false), ('p', true), ('r', false)] {
            let event = press(KeyCode::Char(key), KeyModifiers::NONE);
            follow(&event, &mut view, &orders);
            assert_eq!(view.paused, paused, "{key}");
            assert!(ordered.has_changed().unwrap(), "{key}");
            assert_eq!(*ordered.borrow_and_update(), !paused, "{key}");
        }
    }
}
