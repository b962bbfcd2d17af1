//! Worked examples by hand, and laws.

use proptest::prelude::*;

use super::*;
use crate::condition::Functions;
use crate::ticket::State;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn cny(amount: &str) -> Money {
    Money {
        amount: decimal(amount),
        currency: Currency::new("CNY", 2).unwrap(),
    }
}

fn hourly(basis: Basis) -> Formula {
    Formula {
        basis,
        per: Per::Hour,
        counting: Counting::Started,
        working_time: true,
        cap: None,
        rounding: Rounding::HalfUp,
    }
}

fn late(ms: i64) -> Breach {
    Breach {
        target: Target::Resolution,
        late_working_ms: ms,
        late_elapsed_ms: ms,
    }
}

fn told(formula: &Formula, late_ms: i64, fee: Option<Money>) -> String {
    let owed = formula.owed(&late(late_ms), fee.as_ref());
    owed.map_or("nothing".to_owned(), |owed| owed.computation)
}

#[test]
fn a_share_of_the_fee_for_each_started_hour() {
    // R75: 0.5 % of the fee for each hour late.
    let basic = hourly(Basis::FeePercent(decimal("0.5")));
    assert_eq!(
        told(&basic, 2 * HOUR_MS + 10 * MINUTE_MS, Some(cny("1200"))),
        "2h 10m of working time late: 3 started hours x 0.5 % of 1200 CNY a month = 18.00 CNY \
         (half_up)"
    );
    assert_eq!(
        told(&basic, 1, Some(cny("999.99"))),
        "1ms of working time late: 1 started hour x 0.5 % of 999.99 CNY a month = 5.00 CNY \
         (half_up)"
    );
    assert_eq!(told(&basic, 0, Some(cny("1200"))), "nothing");
    assert_eq!(told(&basic, -HOUR_MS, Some(cny("1200"))), "nothing");
}

#[test]
fn an_unknown_fee_leaves_the_share() {
    let major = hourly(Basis::FeePercent(decimal("0.8")));
    let owed = major.owed(&late(90 * MINUTE_MS), None).unwrap();
    assert_eq!(
        (owed.amount.to_string(), owed.unit),
        ("1.6000".into(), Unit::FeePercent)
    );
    assert_eq!(
        owed.computation,
        "1h 30m of working time late: 2 started hours x 0.8 % of a monthly fee that is not known \
         = 1.6000 percent_of_monthly_fee (half_up)"
    );
}

#[test]
fn started_completed_and_exact_periods_differ() {
    let amount = |counting| {
        let formula = Formula {
            counting,
            ..hourly(Basis::Amount(cny("10")))
        };
        let owed = formula.owed(&late(90 * MINUTE_MS), None);
        owed.map(|owed| owed.amount.to_string()).unwrap()
    };
    assert_eq!(amount(Counting::Started), "20.00");
    assert_eq!(amount(Counting::Completed), "10.00");
    assert_eq!(amount(Counting::Exact), "15.00");
    let completed = Formula {
        counting: Counting::Completed,
        ..hourly(Basis::Amount(cny("10")))
    };
    assert_eq!(told(&completed, HOUR_MS - 1, None), "nothing");
}

#[test]
fn rounding_is_as_stated() {
    // 0.5 % of 25 CNY is 0.125 CNY.
    let amount = |rounding| {
        let formula = Formula {
            rounding,
            ..hourly(Basis::FeePercent(decimal("0.5")))
        };
        let owed = formula.owed(&late(HOUR_MS), Some(&cny("25")));
        owed.map(|owed| owed.amount.to_string()).unwrap()
    };
    assert_eq!(amount(Rounding::HalfUp), "0.13");
    assert_eq!(amount(Rounding::HalfEven), "0.12");
    assert_eq!(amount(Rounding::Up), "0.13");
    assert_eq!(amount(Rounding::Down), "0.12");
    let yen = Money {
        amount: decimal("5001"),
        currency: Currency::new("JPY", 0).unwrap(),
    };
    let share = hourly(Basis::FeePercent(decimal("0.5")));
    let owed = share.owed(&late(HOUR_MS), Some(&yen)).unwrap();
    assert_eq!(owed.amount.to_string(), "25");
}

#[test]
fn a_cap_is_a_cap() {
    let capped = Formula {
        cap: Some(decimal("10")),
        ..hourly(Basis::FeePercent(decimal("0.5")))
    };
    assert_eq!(
        told(&capped, 30 * HOUR_MS, Some(cny("1200"))),
        "30h of working time late: 30 started hours x 0.5 % of 1200 CNY a month, at most 120 = \
         120.00 CNY (half_up)"
    );
    // At the cap, nothing was taken away.
    assert!(told(&capped, 20 * HOUR_MS, Some(cny("1200"))).contains("month = 120.00 CNY"));
    let up = Formula {
        cap: Some(decimal("10.005")),
        rounding: Rounding::Up,
        ..hourly(Basis::Amount(cny("9.999")))
    };
    assert!(told(&up, HOUR_MS, None).ends_with("9.999 CNY = 10.00 CNY (up)"));
    assert!(told(&up, 2 * HOUR_MS, None).ends_with("at most 10 = 10.00 CNY (up)"));
    let points = Formula {
        cap: Some(decimal("120")),
        ..hourly(Basis::Points(decimal("50")))
    };
    assert!(told(&points, 3 * HOUR_MS, None).ends_with("at most 120 = 120 points (half_up)"));
}

#[test]
fn a_multiple_counts_once_and_time_is_minutes() {
    // R77: 200 % of the service fee.
    let twice = Formula {
        per: Per::Breach,
        ..hourly(Basis::FeePercent(decimal("200")))
    };
    assert_eq!(
        told(&twice, 50 * HOUR_MS, Some(cny("299.50"))),
        "50h of working time late: 200 % of 299.50 CNY a month = 599.00 CNY (half_up)"
    );
    let longer = hourly(Basis::Minutes(decimal("60")));
    assert!(told(&longer, 90 * MINUTE_MS, None).ends_with("= 120 minutes (half_up)"));
}

#[test]
fn nothing_overflows() {
    let absurd = Formula {
        per: Per::Minute,
        ..hourly(Basis::FeePercent(Decimal::MAX))
    };
    let owed = absurd
        .owed(&late(i64::MAX), Some(&cny("1000000000000")))
        .unwrap();
    assert_eq!(owed.amount, Decimal::from(AMOUNT_MAX));
}

fn ticket(tier: &str, fee: Option<&str>) -> Features {
    let mut attributes = Attributes::new();
    if let Some(fee) = fee {
        attributes.insert("monthly_fee".into(), fee.into());
    }
    Features {
        number: String::new(),
        excerpt: String::new(),
        customer: String::new(),
        tier: tier.into(),
        region: String::new(),
        channel: String::new(),
        product: String::new(),
        language: String::new(),
        severity: None,
        category: String::new(),
        kind: String::new(),
        sentiment: None,
        tags: Vec::new(),
        attributes,
        opened_at: crate::Timestamp::from_millis(0),
        reopens: 0,
        queue: String::new(),
        state: State::New,
        signals: Vec::new(),
        abstained: false,
        incident: String::new(),
    }
}

fn fee() -> Fee {
    Fee {
        attribute: "monthly_fee".into(),
        currency: Currency::new("CNY", 2).unwrap(),
        tiers: vec![("gold".into(), decimal("5000"))],
    }
}

#[test]
fn the_ticket_says_the_fee_else_the_tier() {
    let of = |tier: &str, said| fee().of(&ticket(tier, said)).map(|fee| fee.to_string());
    assert_eq!(of("gold", Some(" 99.90 ")), Some("99.90 CNY".into()));
    for nonsense in ["", "much", "-1", "1e99", "9999999999999999"] {
        assert_eq!(
            of("gold", Some(nonsense)),
            Some("5000 CNY".into()),
            "{nonsense}"
        );
    }
    assert_eq!(of("silver", None), None);
}

#[test]
fn the_first_rule_counts_and_goes_on_only_when_it_says_so() {
    let rule = |name: &str, goes_on, target| Rule {
        name: name.into(),
        targets: BTreeSet::from([target]),
        formula: hourly(Basis::Points(decimal("50"))),
        goes_on,
    };
    let compensations = |goes_on| Compensations {
        rules: vec![
            rule("response", false, Target::FirstResponse),
            rule("never", false, Target::Resolution),
            rule("first", goes_on, Target::Resolution),
            rule("second", false, Target::Resolution),
        ],
        conditions: Arc::new(Functions(vec![
            |_| true,
            |_| false,
            |scope| scope.features.tier == "gold",
            |_| true,
        ])),
        fee: None,
    };
    let names = |goes_on, tier: &str| -> Vec<String> {
        let accruals = compensations(goes_on).on_end(&ticket(tier, None), &late(HOUR_MS));
        accruals.into_iter().map(|accrual| accrual.rule).collect()
    };
    assert_eq!(names(false, "gold"), ["first"]);
    assert_eq!(names(true, "gold"), ["first", "second"]);
    assert_eq!(names(true, "silver"), ["second"]);
    assert_eq!(
        Compensations::default().on_end(&ticket("gold", None), &late(HOUR_MS)),
        []
    );
}

#[test]
fn currencies_have_three_capital_letters() {
    assert_eq!(Currency::new("CNY", 2).unwrap().to_string(), "CNY");
    for refused in ["", "CN", "cny", "CNYX", "元"] {
        assert_eq!(Currency::new(refused, 2), None, "{refused}");
    }
    assert_eq!(Currency::new("CNY", 5), None);
}

fn basis() -> impl Strategy<Value = Basis> {
    let number =
        (0_i64..1_000_000, 0_u32..6).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    (number, 0..4).prop_map(|(number, which)| match which {
        0 => Basis::FeePercent(number),
        1 => Basis::Amount(Money {
            amount: number,
            currency: Currency::new("CNY", 2).unwrap(),
        }),
        2 => Basis::Points(number),
        _ => Basis::Minutes(number),
    })
}

fn formula() -> impl Strategy<Value = Formula> {
    (
        basis(),
        prop::sample::select(Per::ALL.to_vec()),
        prop::sample::select(Counting::ALL.to_vec()),
        any::<bool>(),
        prop::option::of((0_i64..1_000_000).prop_map(|cap| Decimal::new(cap, 2))),
        prop::sample::select(Rounding::ALL.to_vec()),
    )
        .prop_map(
            |(basis, per, counting, working_time, cap, rounding)| Formula {
                basis,
                per,
                counting,
                working_time,
                cap,
                rounding,
            },
        )
}

proptest! {
    #[test]
    fn never_negative_and_never_less_for_more_lateness(
        formula in formula(),
        early in -1_000_i64..400 * 24 * HOUR_MS,
        more in 0_i64..400 * 24 * HOUR_MS,
        fee in prop::option::of((0_i64..1_000_000_000).prop_map(|fee| Money {
            amount: Decimal::new(fee, 2),
            currency: Currency::new("CNY", 2).unwrap(),
        })),
    ) {
        let amount = |late_ms| {
            let owed = formula.owed(&late(late_ms), fee.as_ref());
            owed.map_or(Decimal::ZERO, |owed| owed.amount)
        };
        prop_assert!(amount(early) >= Decimal::ZERO);
        prop_assert!(amount(early + more) >= amount(early));
        prop_assert!(amount(early) <= Decimal::from(AMOUNT_MAX));
    }
}

#[test]
fn elapsed_time_counts_where_the_rule_says_so() {
    let breach = Breach {
        late_elapsed_ms: 14 * HOUR_MS,
        ..late(2 * HOUR_MS)
    };
    let by = |working_time| {
        let formula = Formula {
            working_time,
            ..hourly(Basis::Points(decimal("1")))
        };
        formula.owed(&breach, None).unwrap().amount
    };
    assert_eq!((by(true), by(false)), (decimal("2"), decimal("14")));
}
