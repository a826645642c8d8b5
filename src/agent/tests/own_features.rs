//! Policy with a feature from outside the crate: by name in the file, from a shelf in the bot.

use super::super::{Agent, PolicyFault, PolicyFile, PolicyHeader};
use crate::{
    features::{
        AccountView, Feature, FeatureSpec, Field, Memory, Newest, OwnFeature, Pipeline, Place,
        Scalar,
    },
    market::{Allocation, Bar},
    own::Shelf,
};
use chrono::{DateTime, TimeDelta};
use std::{path::Path, sync::Arc};

/// Position of the close in its range: x = (C − L) / (H − L + ε).
#[derive(Debug)]
struct RangePosition(f64);

impl Feature for RangePosition {
    fn memory(&self) -> Memory {
        Memory::new(0, 0)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![Field::shockable(format!("{symbol}.range_position"), "1", 1)]
    }
    fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, _: &[f64], mut out: impl FnMut(usize, S)) {
        let range = now.bar.high - now.bar.low + self.0;
        out(0, (now.bar.close - now.bar.low) * range.recip());
    }
}

fn file() -> PolicyFile {
    let feature = RangePosition(1e-6);
    let specs = [
        FeatureSpec::LogReturns { window: 1 },
        FeatureSpec::own("range_position", [("epsilon", 1e-6)], feature),
    ];
    let pipeline = Pipeline::new(&specs, &["X".to_owned()]).unwrap();
    let allocation = Allocation::Weights {
        low: -1.0,
        high: 1.0,
        max_gross: 1.0,
    };
    let header = PolicyHeader::by_hand(&pipeline, &[], 60, allocation).unwrap();
    PolicyFile::linear(header, &[3.0, -1.0], &[0.2]).unwrap()
}

fn shelf(name: &str) -> Shelf<dyn OwnFeature> {
    let mut shelf = Shelf::<dyn OwnFeature>::default();
    shelf.add(name, |given| {
        Ok(Arc::new(RangePosition(given.get("epsilon")?)))
    });
    shelf
}

fn decisions(mut agent: Agent) -> Vec<f64> {
    let account = AccountView {
        weights: &[0.0],
        cash: 1.0,
        unrealized: 0.0,
        time_left: 1.0,
        tradable: &[],
    };
    let mut decisions = Vec::new();
    for t in 0..20 {
        let close = 100.0 + f64::from(t % 5);
        let bar = Bar {
            open: 101.0,
            high: 105.0,
            low: 99.0,
            close,
            volume: 1.0,
        };
        let end = DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::from(t));
        let decision = agent.on_bars(&[bar], end, account).unwrap();
        decisions.extend(decision.map(|decision| decision.target_weights[0]));
    }
    decisions
}

#[test]
fn a_bot_with_the_shelf_decides_as_the_program_that_wrote_the_file() {
    let path = Path::new("p");
    let read = PolicyFile::from_bytes(&file().to_bytes(path).unwrap(), path).unwrap();
    assert_eq!(read, file());
    let found = decisions(Agent::with_features(&read, &shelf("range_position")).unwrap());
    assert_eq!(found.len(), 19);
    assert_eq!(found, decisions(Agent::new(&file()).unwrap()));
}

#[test]
fn a_bot_without_the_feature_refuses_by_name_and_says_how_to_bring_it() {
    let path = Path::new("p");
    let read = PolicyFile::from_bytes(&file().to_bytes(path).unwrap(), path).unwrap();
    for shelf in [Shelf::default(), shelf("moon")] {
        let fault = Agent::with_features(&read, &shelf).unwrap_err();
        let is_named = matches!(fault, PolicyFault::OwnFeature { index: 1, .. });
        assert!(is_named, "{fault}");
        let message = fault.to_string();
        assert!(message.contains("range_position"), "{message}");
        assert!(message.contains("Agent::with_features"), "{message}");
    }
    assert!(Agent::new(&read).is_err());
}

#[test]
fn a_layout_that_the_brought_feature_does_not_produce_is_refused() {
    let mut other = file();
    other.header.layout.market[1].name = "X.moon".to_owned();
    let text = serde_json::to_string(&other.header).unwrap();
    other.header = serde_json::from_str(&text).unwrap();
    other.check().unwrap();
    let fault = Agent::with_features(&other, &shelf("range_position")).unwrap_err();
    assert!(
        matches!(fault, PolicyFault::Layout { index: 1, .. }),
        "{fault}"
    );
}
