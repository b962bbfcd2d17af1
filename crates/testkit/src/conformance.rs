//! What every adapter of the bus must do, as tests.
//!
//! One function is one behaviour. [`bus_conformance!`](crate::bus_conformance) makes a test of
//! each, given a function that sets the [`Stage`]. Behaviours share nothing but the server:
//! each plays in a region of its own, so one server can serve all at once.
//!
//! The suite waits for events, with a bound on each wait ([`SOON`]); where it must see that
//! nothing happens, it waits a little. What it does not settle, adapters may do as they like:
//! the order of headers, which of two owners is served first, how many turns a delivery takes.

#![expect(
    clippy::unwrap_used,
    reason = "these are tests, though the compiler cannot know: to panic is to fail"
)]

mod asking;
mod derived;
mod ground;
mod inbox;
mod keeping;
mod owning;
mod patience;
mod provisioning;
mod publishing;
mod reading;
mod takeover;

use std::sync::Arc;

use async_trait::async_trait;
use posthouse_bus::Bus;

pub use asking::*;
pub use derived::*;
pub use inbox::*;
pub use keeping::*;
pub use owning::*;
pub use patience::SOON;
pub use provisioning::*;
pub use publishing::*;
pub use reading::*;
pub use takeover::*;

/// A bus and a place on it that nobody else uses.
#[async_trait]
pub trait Stage: Send + Sync {
    /// The region to play in: valid as [`posthouse_bus::subject::is_region`] has it, and on the
    /// same server nobody else's, now or before.
    fn region(&self) -> &str;

    /// A new connection to the bus.
    async fn client(&self) -> Arc<dyn Bus>;
}

/// Makes one test of each behaviour.
///
/// Takes the attributes of the tests and the path of a function
/// `async fn() -> Option<impl Stage>`, called once for each; where it gives `None` (there is no
/// server, and it has said so) the test passes without having tested.
///
/// ```text
/// bus_conformance!(#[tokio::test(start_paused = true)] memory_stage);
/// ```
#[macro_export]
macro_rules! bus_conformance {
    (@each $attributes:tt $stage:path => $($behaviour:ident)+) => {
        $($crate::bus_conformance!(@one $attributes $stage, $behaviour);)+
    };
    (@one {$(#[$attribute:meta])*} $stage:path, $behaviour:ident) => {
        $(#[$attribute])*
        async fn $behaviour() {
            if let Some(stage) = $stage().await {
                $crate::conformance::$behaviour(&stage).await;
            }
        }
    };
    ($(#[$attribute:meta])* $stage:path) => {
        $crate::bus_conformance!(@each {$(#[$attribute])*} $stage =>
            provisioning_twice_changes_nothing
            provisioning_at_once_is_safe
            provisioning_upgrades_what_differs
            pipelined_publishes_keep_their_order
            a_repeat_is_recognised
            a_claim_is_won_once
            a_message_too_large_is_refused
            a_subject_without_a_stream_is_an_error
            headers_arrive_as_sent
            messages_end_with_their_time_to_live
            an_idle_partition_gives_no_turn
            deliveries_come_in_order
            an_owner_gets_only_its_subjects
            a_tick_wakes_an_idle_partition
            waiting_may_be_dropped
            one_owner_is_served
            a_dropped_owner_is_followed
            a_silent_owner_is_followed
            a_released_partition_changes_hands_at_once
            acknowledging_is_cumulative
            closing_sends_acknowledgements
            a_late_acknowledgement_does_no_harm
            couriers_read_by_receiver
            the_lookout_reads_all_partitions
            copies_are_made_once
            reading_now_ends_where_it_began
            reading_forever_waits
            overlapping_filters_are_refused
            an_empty_stream_reads_as_empty
            messages_are_found_by_place_and_subject
            what_is_missing_is_not_found
            an_inbox_is_shared
            a_nak_delays
            an_unacknowledged_message_comes_again
            a_question_is_answered
            a_question_to_nobody_fails_quickly
            a_question_without_an_answer_fails_in_time
            a_group_shares_its_questions
            a_bucket_keeps_values
            a_bucket_lets_one_writer_win
            a_watcher_sees_changes
            objects_are_kept_whole
            a_closed_bus_is_closed
        );
    };
}
