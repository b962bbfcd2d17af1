//! Whether deliveries of an owned partition come in order.

use super::convert::Place;

/// How far the deliveries since the last reset have come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// The consumer's count of the next delivery; 0 before the first since the reset.
    next: u64,
    /// The last place in the stream that was handed on.
    last_sequence: u64,
}

/// What is to be done with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Hand it on.
    Good,
    /// It is from before the reset.
    Stale,
    /// It was handed on already, and not acknowledged in time.
    Repeat,
    /// The consumer counts anew: somebody else has reset it.
    Anew,
    /// Deliveries before it are missing.
    Gap,
}

impl Order {
    /// Judges a delivery by the consumer's count, which begins with 1 at each reset.
    pub(super) fn judge(&mut self, place: &Place) -> Verdict {
        let count = place.consumer_sequence;
        if self.next == 0 && count != 1 {
            return Verdict::Stale;
        }
        if self.next > 1 && count == 1 {
            self.next = 2;
            self.last_sequence = place.sequence;
            return Verdict::Anew;
        }
        if self.next != 0 && count != self.next {
            return Verdict::Gap;
        }
        self.next = count + 1;
        if place.sequence <= self.last_sequence {
            return Verdict::Repeat;
        }
        self.last_sequence = place.sequence;
        Verdict::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(order: &mut Order, count: u64, sequence: u64) -> Verdict {
        let reply = format!("$JS.ACK.s.c.1.{sequence}.{count}.0.0");
        order.judge(&Place::parse(&reply).unwrap())
    }

    #[test]
    fn only_deliveries_in_order_are_handed_on() {
        let mut order = Order::default();
        assert_eq!(judge(&mut order, 8, 20), Verdict::Stale);
        assert_eq!(judge(&mut order, 1, 11), Verdict::Good);
        assert_eq!(judge(&mut order, 2, 14), Verdict::Good);
        assert_eq!(judge(&mut order, 3, 11), Verdict::Repeat);
        assert_eq!(judge(&mut order, 4, 15), Verdict::Good);
        assert_eq!(judge(&mut order, 1, 12), Verdict::Anew);
        assert_eq!(judge(&mut order, 2, 14), Verdict::Good);
        assert_eq!(judge(&mut order, 4, 16), Verdict::Gap);
    }
}
