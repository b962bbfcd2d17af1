//! The index in the view of a partition: one row for each ticket, by its place in the log.

use posthouse_domain::storm::Similar as Parameters;
use posthouse_domain::ticket::Opened;
use posthouse_runtime::{Input, Refusal, View};
use posthouse_store::Table;

use super::{Entry, Hit, Index, Sketch, Window};
use crate::limits::{SIMILAR_ROWS_PER_SCAN, SIMILAR_TICKETS_MAX};

/// Its rows: the place of `opened` in the log (big-endian), then the [`Entry`].
pub(crate) const TABLE: Table = Table::new("similar");

/// The near-duplicates of a partition's tickets.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    /// `None` until it was read from the view.
    index: Option<Index>,
    /// The places of the index's tickets, the oldest first.
    places: std::collections::VecDeque<u64>,
}

impl Duplicates {
    /// The view was replaced: it will be read again.
    pub(crate) fn restored(&mut self) {
        self.index = None;
        self.places.clear();
    }

    /// The tickets that say nearly the same as this one, which is remembered from here on.
    ///
    /// To be called when nothing can refuse the input any more, because the index does not
    /// forget what the view undoes.
    ///
    /// # Errors
    ///
    /// When the view cannot be read; the partition then starts anew.
    pub(crate) fn link(
        &mut self,
        view: &mut View,
        input: Input<'_>,
        opened: &Opened,
        parameters: &Parameters,
    ) -> Result<Vec<Hit>, Refusal> {
        let window = Window {
            tickets_max: SIMILAR_TICKETS_MAX,
            age_ms_max: parameters.window_ms,
        };
        let Some(sketch) = Sketch::of(&[&opened.subject, &opened.body]) else {
            return Ok(Vec::new());
        };
        let mut index = match self.index.take() {
            Some(index) => index,
            None => self.load(view)?,
        };
        // One more, in case it was opened twice and finds itself.
        let limit = usize::from(parameters.links_max) + 1;
        let mut hits = index.nearest(&sketch, parameters.score_min_permille, limit);
        hits.retain(|hit| hit.ticket != input.fact.ticket);
        hits.truncate(usize::from(parameters.links_max));
        let entry = Entry {
            ticket: input.fact.ticket,
            number: opened.number.clone(),
            at: input.log_time,
            sketch,
        };
        view.put(TABLE, key(input.sequence), row(&entry)?);
        self.places.push_back(input.sequence);
        for _ in 0..index.insert(entry, window) {
            if let Some(place) = self.places.pop_front() {
                view.delete(TABLE, key(place));
            }
        }
        self.index = Some(index);
        Ok(hits)
    }

    /// Every row, so that the next ticket takes out of index and view what is beyond the window.
    fn load(&mut self, view: &View) -> Result<Index, Refusal> {
        const EVERYTHING: Window = Window {
            tickets_max: usize::MAX,
            age_ms_max: i64::MAX,
        };
        let mut index = Index::default();
        self.places.clear();
        let mut from = Vec::new();
        loop {
            let rows = view.scan(TABLE, &from, None, SIMILAR_ROWS_PER_SCAN)?;
            let is_last = rows.len() < SIMILAR_ROWS_PER_SCAN;
            for (key, value) in rows {
                let entry = postcard::from_bytes(&value).map_err(|error| unreadable(&error))?;
                let place = key.as_slice().try_into().map(u64::from_be_bytes);
                self.places
                    .push_back(place.map_err(|error| unreadable(&error))?);
                index.insert(entry, EVERYTHING);
                from = [key.as_slice(), &[0]].concat();
            }
            if is_last {
                return Ok(index);
            }
        }
    }
}

fn key(place: u64) -> Vec<u8> {
    place.to_be_bytes().to_vec()
}

fn row(entry: &Entry) -> Result<Vec<u8>, Refusal> {
    postcard::to_stdvec(entry).map_err(|error| unreadable(&error))
}

fn unreadable(error: &dyn std::fmt::Display) -> Refusal {
    Refusal {
        code: Refusal::VIEW,
        reason: format!("use a row of similar tickets: {error}"),
    }
}
