//! The 28 dimensions of routing (requirements, R21).
//!
//! The source names their number; which they are is ours. Each is something that rules may ask
//! for, under the name by which conditions know it.

/// What a dimension is a property of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The ticket: known to every condition.
    Ticket,
    /// The ticket at an instant: known where tickets are routed.
    Moment,
    /// The customer's home centre at an instant: known where tickets are routed.
    Centre,
    /// The agent that is looked at: known where agents are chosen.
    Agent,
}

/// One dimension of routing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Its number, from 1.
    pub number: u8,
    /// What it is.
    pub about: &'static str,
    /// What it is a property of.
    pub of: Of,
    /// How conditions write it; two where it is told in two ways.
    pub fields: &'static [&'static str],
}

macro_rules! dimensions {
    ($($number:literal $of:ident $about:literal $($field:literal)+;)*) => {
        /// All of them, in the order of their numbers.
        pub const DIMENSIONS: &[Dimension] = &[$(Dimension {
            number: $number,
            about: $about,
            of: Of::$of,
            fields: &[$($field),+],
        }),*];
    };
}

dimensions! {
    1 Ticket "customer region" "ticket.region";
    2 Ticket "customer's local time" "ticket.local_hour" "ticket.local_weekday";
    3 Ticket "language" "ticket.language";
    4 Ticket "channel" "ticket.channel";
    5 Ticket "category" "ticket.category";
    6 Ticket "skill" "ticket.skill";
    7 Ticket "scene" "ticket.scene";
    8 Ticket "severity" "ticket.severity";
    9 Moment "response slack" "ticket.response_slack";
    10 Moment "resolution slack" "ticket.resolution_slack";
    11 Moment "service calendar" "ticket.calendar";
    12 Moment "age" "ticket.age";
    13 Ticket "level" "ticket.level";
    14 Moment "escalations" "ticket.escalations";
    15 Ticket "reopenings" "ticket.reopens";
    16 Ticket "sentiment" "ticket.sentiment";
    17 Ticket "incident" "ticket.incident";
    18 Ticket "tier" "ticket.tier";
    19 Ticket "line of very important customers" "ticket.vip" "ticket.segment";
    20 Ticket "sector" "ticket.sector";
    21 Ticket "data residency" "ticket.residency";
    22 Moment "last agent or account manager" "ticket.last_agent" "ticket.account_manager";
    23 Agent "on shift and minutes left" "agent.shift_left";
    24 Agent "capacity left" "agent.capacity_left";
    25 Agent "proficiency" "agent.proficiency";
    26 Agent "idle share" "agent.idle_share";
    27 Agent "clearances" "agent.clearances";
    28 Centre "home centre open, or down" "centre.open" "centre.down";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_28_and_each_has_its_own_number_and_fields() {
        assert_eq!(DIMENSIONS.len(), 28);
        for (place, dimension) in DIMENSIONS.iter().enumerate() {
            assert_eq!(usize::from(dimension.number), place + 1);
        }
        let mut fields: Vec<&str> = DIMENSIONS
            .iter()
            .flat_map(|one| one.fields)
            .copied()
            .collect();
        let count = fields.len();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), count);
    }
}
