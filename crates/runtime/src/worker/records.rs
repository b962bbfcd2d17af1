//! Inputs that were handled but are not committed yet, in order.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use posthouse_bus::{AckToken, Outgoing};
use posthouse_domain::ticket::PolicyVersion;
use posthouse_domain::{FactId, Timestamp};
use posthouse_store::Write;

/// One input on its way: what it changed, and which of its outputs the log does not hold yet.
#[derive(Debug)]
pub(super) struct Record {
    /// Its number; grows by one with each.
    pub(super) number: u64,
    /// Its place in the stream, or that of the input before for timers.
    pub(super) position: u64,
    /// The latest log time when it was handled.
    pub(super) log_time: Timestamp,
    /// The policy in force after it.
    pub(super) policy: PolicyVersion,
    /// What it changed in the view.
    pub(super) writes: Vec<Write>,
    /// Its outputs that are not known to be in the log.
    pub(super) outputs: Vec<(FactId, Outgoing)>,
    /// What acknowledges it.
    pub(super) ack: Option<AckToken>,
    /// For timers: when the first of them was due.
    pub(super) due: Option<Timestamp>,
}

/// The queue of records.
#[derive(Debug, Default)]
pub(super) struct Records {
    queue: VecDeque<Record>,
    next_number: u64,
    /// Outputs that are not known to be in the log, with the number of their record.
    awaited: BTreeMap<FactId, u64>,
    /// Outputs that wait for another one to be in the log, because they follow from it; by that.
    held: BTreeMap<FactId, Vec<FactId>>,
}

impl Records {
    /// The number that the next record will get.
    pub(super) const fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Takes a record in. Outputs that an earlier one waits for already, because its input came
    /// again, are left to that one: it is committed first.
    pub(super) fn push(&mut self, mut record: Record) {
        debug_assert_eq!(
            record.number, self.next_number,
            "numbers are given in order"
        );
        self.next_number += 1;
        let (awaited, number) = (&mut self.awaited, record.number);
        record.outputs.retain(|(id, _)| match awaited.entry(*id) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(number);
                true
            }
        });
        self.queue.push_back(record);
    }

    /// Holds an output back until its cause is in the log, if that is on its way itself: one that
    /// is lost and sent again would otherwise come to stand behind what follows from it.
    pub(super) fn hold(&mut self, id: FactId, cause: FactId) {
        if self.awaited.contains_key(&id) && self.awaited.contains_key(&cause) {
            self.held.entry(cause).or_default().push(id);
        }
    }

    /// The log holds this output. Returns those that waited for it, to be sent now.
    pub(super) fn stored(&mut self, id: FactId) -> Vec<(FactId, Outgoing)> {
        let Some(number) = self.awaited.remove(&id) else {
            return Vec::new();
        };
        if let Some(record) = self.find(number) {
            record.outputs.retain(|(output, _)| *output != id);
        }
        let freed = self.held.remove(&id).unwrap_or_default();
        freed
            .into_iter()
            .filter_map(|id| Some((id, self.output(id)?)))
            .collect()
    }

    /// How many outputs the log is not known to hold.
    pub(super) fn awaited(&self) -> usize {
        self.awaited.len()
    }

    /// When those timers were due whose outputs the log is not known to hold.
    pub(super) fn overdue(&self) -> impl Iterator<Item = Timestamp> {
        self.queue
            .iter()
            .filter(|record| !record.outputs.is_empty())
            .filter_map(|record| record.due)
    }

    /// The outputs that the log is not known to hold, of the records from number `first` on; those
    /// that are held back come later.
    pub(super) fn unpublished_since(&self, first: u64) -> Vec<(FactId, Outgoing)> {
        let held: BTreeSet<&FactId> = self.held.values().flatten().collect();
        let front = self.queue.front().map_or(first, |record| record.number);
        let skip = usize::try_from(first.saturating_sub(front)).unwrap_or(usize::MAX);
        self.queue
            .iter()
            .skip(skip)
            .flat_map(|record| &record.outputs)
            .filter(|(id, _)| !held.contains(id))
            .cloned()
            .collect()
    }

    /// An output that the log is not known to hold.
    pub(super) fn output(&mut self, id: FactId) -> Option<Outgoing> {
        let number = *self.awaited.get(&id)?;
        let record = self.find(number)?;
        record
            .outputs
            .iter()
            .find(|(output, _)| *output == id)
            .map(|(_, message)| message.clone())
    }

    /// Waits for another output in place of this one.
    pub(super) fn replace(&mut self, id: FactId, other: FactId, message: Outgoing) {
        let Some(number) = self.awaited.remove(&id) else {
            return;
        };
        self.awaited.insert(other, number);
        if let Some(held) = self.held.remove(&id) {
            self.held.insert(other, held);
        }
        if let Some(record) = self.find(number) {
            for output in record
                .outputs
                .iter_mut()
                .filter(|(output, _)| *output == id)
            {
                *output = (other, message.clone());
            }
        }
    }

    /// How many records at the front have all their outputs in the log, at most `max`.
    pub(super) fn complete_len(&self, max: usize) -> usize {
        self.queue
            .iter()
            .take(max)
            .take_while(|record| record.outputs.is_empty())
            .count()
    }

    /// The log time of the oldest record whose outputs are not all in the log.
    pub(super) fn oldest_incomplete(&self) -> Option<Timestamp> {
        let front = self.queue.front()?;
        (!front.outputs.is_empty()).then_some(front.log_time)
    }

    pub(super) fn front_is_complete(&self) -> bool {
        self.queue
            .front()
            .is_some_and(|record| record.outputs.is_empty())
    }

    /// Takes the complete records from the front: at most `max`, and no more than change
    /// `writes_max` rows together. One is always taken where one is complete.
    pub(super) fn take_complete(&mut self, max: usize, writes_max: usize) -> Vec<Record> {
        let complete = self.complete_len(max);
        let mut writes = 0;
        let fits = |record: &&Record| {
            writes += record.writes.len();
            writes <= writes_max
        };
        let fitting = self.queue.iter().take(complete).take_while(fits).count();
        self.queue.drain(..fitting.max(1).min(complete)).collect()
    }

    /// What each record changed, oldest first, with its number.
    pub(super) fn writes(&self) -> impl Iterator<Item = (u64, &[Write])> {
        self.queue
            .iter()
            .map(|record| (record.number, record.writes.as_slice()))
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Forgets all records; numbers go on growing, so that a late receipt finds nothing.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.awaited.clear();
        self.held.clear();
    }

    fn find(&mut self, number: u64) -> Option<&mut Record> {
        let front = self.queue.front()?.number;
        let index = usize::try_from(number.checked_sub(front)?).ok()?;
        self.queue.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u64, output: &str) -> Record {
        let id = FactId::from_command(&[output]);
        Record {
            number,
            position: number + 1,
            log_time: Timestamp::MIN,
            policy: PolicyVersion::default(),
            writes: Vec::new(),
            outputs: vec![(id, Outgoing::default())],
            ack: None,
            due: None,
        }
    }

    #[test]
    fn what_follows_from_an_output_is_sent_after_it() {
        let id = |name: &str| FactId::from_command(&[name]);
        let mut records = Records::default();
        let mut both = record(0, "breach");
        both.outputs.push((id("escalation"), Outgoing::default()));
        records.push(both);
        records.hold(id("escalation"), id("breach"));
        let sent: Vec<FactId> = records
            .unpublished_since(0)
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert_eq!(sent, [id("breach")]);
        // The breach is set aside, and the letter stands for it.
        records.replace(id("breach"), id("letter"), Outgoing::default());
        let freed = records.stored(id("letter"));
        assert!(freed.iter().map(|(id, _)| *id).eq([id("escalation")]));
        assert!(records.stored(id("escalation")).is_empty());
        assert!(records.front_is_complete());
    }

    #[test]
    fn an_input_that_comes_again_before_its_output_is_stored_holds_up_nobody() {
        let mut records = Records::default();
        records.push(record(0, "a"));
        records.push(record(1, "a"));
        records.push(record(2, "b"));
        assert_eq!(records.awaited(), 2);
        assert_eq!(records.complete_len(9), 0, "the repeat waits for the first");
        records.stored(FactId::from_command(&["a"]));
        assert_eq!(records.complete_len(9), 2);
        records.stored(FactId::from_command(&["b"]));
        assert_eq!(records.take_complete(9, 9).len(), 3);
    }

    #[test]
    fn a_burst_of_timers_is_committed_in_parts() {
        const TABLE: posthouse_store::Table = posthouse_store::Table::new("clocks");
        let mut records = Records::default();
        for number in 0..5 {
            let mut record = record(number, "ring");
            record.outputs.clear();
            record.writes = (0..3)
                .map(|row| Write::Delete {
                    table: TABLE,
                    key: vec![row],
                })
                .collect();
            records.push(record);
        }
        let taken: Vec<usize> = std::iter::from_fn(|| {
            let taken = records.take_complete(9, 7).len();
            (taken > 0).then_some(taken)
        })
        .collect();
        assert_eq!(taken, [2, 2, 1]);
        assert!(records.is_empty());
    }
}
