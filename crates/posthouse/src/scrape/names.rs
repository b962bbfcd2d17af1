//! The metrics that `top` and `doctor` look at, by name. A test pairs them with
//! `docs/metrics.md`, so that none is looked for that nobody counts.

macro_rules! names {
    ($($ident:ident = $name:literal;)*) => {
        $(#[doc = concat!("`", $name, "`.")]
        pub(crate) const $ident: &str = $name;)*

        #[cfg(test)]
        const ALL: &[&str] = &[$($ident,)*];
    };
}

names! {
    INPUTS = "worker_inputs_total";
    OUTPUTS = "worker_outputs_total";
    LAG = "worker_lag_messages";
    OLDEST = "worker_oldest_unprocessed_seconds";
    DECIDE_SECONDS = "worker_decide_seconds";
    IN_FLIGHT = "worker_in_flight_inputs";
    IN_FLIGHT_MAX = "worker_in_flight_inputs_max";
    DEAD_LETTERS = "worker_dead_letters_total";
    TAKEOVERS = "worker_takeovers_total";
    REDELIVERED = "worker_redelivered_total";
    RING_LATE = "worker_ring_late_seconds";
    STORE_BYTES = "worker_store_bytes";

    ACCEPTED = "intake_accepted_total";
    OUTBOX = "intake_outbox_commands";
    OUTBOX_OLDEST = "intake_outbox_oldest_seconds";
    OUTBOX_MAX = "intake_outbox_commands_max";

    ROUTED_SECONDS = "router_routed_seconds";
    WAITING = "dispatcher_waiting_tickets";
    READY = "dispatcher_ready_agents";
    TARGETS = "watchdog_targets_total";
    NOTIFIED = "courier_outcomes_total";

    DESK_FACTS = "desk_facts_total";
    DESK_LOG_AGE = "desk_log_age_seconds";
    DESK_QUEUE = "desk_queue_deliveries";
    DESK_QUEUE_MAX = "desk_queue_deliveries_max";

    SPANS = "telemetry_spans_total";
    SPANS_DROPPED = "telemetry_spans_dropped_total";
    EXPORTS = "telemetry_exports_total";
    SPANS_QUEUE = "telemetry_queue_spans";
    SPANS_QUEUE_MAX = "telemetry_queue_spans_max";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_metric_that_is_looked_for_is_counted() {
        let counted = include_str!("../../../../docs/metrics.md");
        for name in ALL {
            assert!(counted.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
