//! Diagnostics: what is wrong with a bundle, where, and what to write instead.

use std::fmt;
use std::ops::Range;

use serde::{Serialize, Serializer};

/// Whether a bundle can be used in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The bundle cannot be used.
    Error,
    /// The bundle can be used, but probably does not say what was meant.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal $severity:ident $title:literal),* $(,)?) => {
        /// What sort of problem it is. Each code has a page `docs/errors/<code>.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name),*
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code: `POL0001`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What it says, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }
        }
    };
}

codes! {
    /// A file that every bundle needs is neither there nor inherited.
    FileMissing "POL0001" Error "missing file",
    /// A file that no bundle has.
    FileUnknown "POL0002" Error "unknown file",
    /// The file is not TOML.
    NotToml "POL0003" Error "not TOML",
    /// A key that is not known there.
    KeyUnknown "POL0004" Error "unknown key",
    /// A key that is needed is missing.
    KeyMissing "POL0005" Error "missing key",
    /// A value of another type than is wanted.
    WrongType "POL0006" Error "wrong type",
    /// A value outside its bounds.
    OutOfRange "POL0007" Error "out of range",
    /// A duration that cannot be read.
    Duration "POL0008" Error "unreadable duration",
    /// A duration without a unit.
    UnitMissing "POL0009" Error "duration without a unit",
    /// Hours, a date or a time zone that cannot be read.
    Calendar "POL0010" Error "unreadable hours, date or zone",
    /// A word that is none of those that are known there.
    WordUnknown "POL0011" Error "unknown word",
    /// A key or name with characters that it must not have.
    NameInvalid "POL0012" Error "invalid name",
    /// Two things of one name.
    NameTwice "POL0013" Error "duplicate name",
    /// A reference to something that is not there.
    ReferenceUnknown "POL0014" Error "unknown reference",
    /// A condition that is not CEL.
    ConditionSyntax "POL0015" Error "condition syntax",
    /// A condition that looks at something that is not there.
    VariableUnknown "POL0016" Error "unknown variable, field or function",
    /// A condition that cannot be evaluated, or gives something else than true or false.
    ConditionFails "POL0017" Error "condition cannot be evaluated",
    /// A condition that compares with a word that never occurs.
    NeverEqual "POL0018" Warning "comparison that never holds",
    /// A milder severity is served faster than a worse one.
    SeverityOrder "POL0019" Warning "worse severity served slower",
    /// The first response may take longer than the resolution.
    TargetOrder "POL0020" Warning "response slower than resolution",
    /// A calendar opens too little to keep what was promised.
    NeverOpens "POL0021" Error "calendar opens too little",
    /// A rule that no ticket reaches.
    Unreachable "POL0022" Warning "unreachable rule",
    /// A language that none of a region's centres speaks.
    LanguageUnspoken "POL0023" Warning "language nobody speaks",
    /// A receiver that no rule tells.
    ReceiverUnused "POL0024" Warning "receiver without a rule",
    /// A webhook address that is none.
    WebhookUrl "POL0025" Error "not a webhook address",
    /// A regular expression that cannot be read.
    Pattern "POL0026" Error "unreadable pattern",
    /// A secret, where everybody can read it.
    SecretInBundle "POL0027" Error "secret in a bundle",
    /// A mailbox, telephone number, relay or subject that is none.
    AddressInvalid "POL0028" Error "not an address",
    /// A password that would travel without encryption.
    PasswordInClear "POL0029" Error "password in the clear",
    /// A limit that cannot be read.
    Limit "POL0095" Error "unreadable limit",
    /// An escalation to a level or receiver where nobody is.
    EscalatesToNobody "POL0040" Error "escalation to nobody",
    /// A step that is due before the one that stands before it.
    StepOrder "POL0041" Error "steps out of order",
    /// Two steps that are due at once.
    StepsTogether "POL0042" Warning "steps at the same time",
    /// A step to somebody whom the ladder told before.
    LadderLoop "POL0043" Warning "ladder goes in a circle",
    /// A ladder that reaches nobody at times.
    EndsNowhere "POL0044" Warning "ladder ends nowhere",
    /// A span in which an escalation would reach nobody; found by `--coverage`.
    ReachesNobody "POL0045" Warning "escalation would reach nobody",
    /// Escalations of which no rule tells anybody.
    EscalationUnheard "POL0046" Warning "escalation nobody is told of",
    /// A better tier that is served slower than one below it.
    TierOrder "POL0047" Warning "better tier served slower",
    /// A severity to which no tickets are promised anything.
    NothingPromised "POL0048" Warning "severity without a promise",
    /// Summer time where the zone has none, or none where it has.
    SummerTime "POL0049" Warning "summer time that is not the zone's",
    /// The source says something else elsewhere.
    ClaimContradicted "POL0050" Warning "source contradicts itself",
    /// Hours that count on no day.
    HoursUnreachable "POL0051" Warning "hours that never count",
    /// A target that no person could keep, or that nobody would wait for.
    TargetAbsurd "POL0052" Warning "absurd target",
    /// Warnings that do not stand in the order in which they come.
    WarningOrder "POL0053" Warning "warnings out of order",
    /// A file of holidays that cannot be read, or an event in it that cannot be a holiday.
    HolidayFile "POL0060" Error "unreadable holidays",
    /// Two shifts of one day that overlap.
    HoursOverlap "POL0061" Error "overlapping hours",
    /// A file of holidays that no calendar names.
    FileUnused "POL0062" Warning "unused file",
    /// An amount, currency or unit that cannot be read.
    Amount "POL0063" Error "unreadable amount, currency or unit",
    /// A unit that the agreement lacks and the bundle assumes.
    UnitAssumed "POL0064" Warning "assumed unit",
    /// A queue where nobody may or can take a ticket.
    QueueUnserved "POL0070" Warning "queue nobody can serve",
    /// A condition whose parts exclude each other.
    NeverHolds "POL0071" Warning "condition that never holds",
    /// Hours that never overlap.
    HoursApart "POL0072" Warning "hours that never overlap",
    /// A step after which nobody more may take a ticket.
    StepUseless "POL0073" Warning "step that helps nobody",
    /// Tickets that only a default takes.
    Unwanted "POL0074" Warning "tickets no rule wants",
    /// A centre that cannot stand in for the one it is named for.
    StandIn "POL0075" Warning "stand-in that cannot stand in",
    /// Weights that are shares of one and are not one together.
    WeightsSum "POL0080" Error "weights that do not add up",
    /// A skill that no agent of the roster has.
    SkillUnknown "POL0081" Warning "skill nobody has",
    /// A template that is not Fluent.
    TemplateSyntax "POL0090" Error "unreadable template",
    /// A template that says a variable it does not get.
    TemplateVariable "POL0091" Error "unknown variable in a template",
    /// A template that refers to a message, term or function that is not there.
    TemplateReference "POL0092" Error "unknown reference in a template",
    /// A message that nothing says.
    TemplateUnused "POL0093" Warning "message that nothing says",
    /// A language in which something cannot be said.
    Untold "POL0094" Warning "text missing in a language",
}

/// One problem of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What sort of problem it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file it is in.
    pub file: String,
    /// The line, from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// The column in characters, from 1; 0 when it is about the file as a whole.
    pub column: usize,
    /// The bytes of the file it is about; `None` when it is about the file as a whole.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Diagnostic {
    /// One line: `routing.toml:12:8: error POL0014: there is no centre `bejing``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            severity,
            file,
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "{file}:{line}:{column}: {severity} {code}: {message}")
    }
}
