//! Features from outside the crate in a pipeline.

use super::{
    super::{
        Feature, FeatureError, FeatureSpec, FeatureTable, Field, Memory, Newest, OwnFeature,
        Pipeline, Place, Scalar,
    },
    prices::{panel, pipeline, symbols},
};
use crate::own::Shelf;
use std::sync::Arc;

/// `x = ln(C_t / C_{t−1}) − m`, m the mean of all committed returns. State: `[m, k]`. It emits one
/// value more than it declares.
#[derive(Debug)]
struct Surprise;

impl Feature for Surprise {
    fn memory(&self) -> Memory {
        Memory::new(1, 2)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![Field::shockable(
            format!("{symbol}.surprise"),
            "log return",
            3,
        )]
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::Later {
            state[1] += 1.0;
            state[0] += (now.log_return - state[0]) / state[1];
        }
    }
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        out(0, now.log_return - state[0]);
        out(1, S::from(1e300));
    }
}

fn shelf() -> Shelf<dyn OwnFeature> {
    let mut shelf = Shelf::<dyn OwnFeature>::default();
    shelf.add("surprise", |_| Ok(Arc::new(Surprise)));
    shelf
}

fn specs() -> Vec<FeatureSpec> {
    vec![
        FeatureSpec::Rsi { period: 3 },
        FeatureSpec::own("surprise", [], Surprise),
        FeatureSpec::LogReturns { window: 1 },
    ]
}

#[test]
fn an_own_feature_has_its_value_and_derivative_and_leaves_the_others_alone() {
    let (pipeline, panel) = (pipeline(&specs(), 2), panel(2, 30, 3));
    let table = FeatureTable::new(&pipeline, &panel).unwrap();
    for asset in 0..2 {
        for t in 3..30 {
            let row = table.row(t);
            let log_return = |t: usize| {
                let close = |t: usize| panel.row(t)[asset].close;
                (close(t) / close(t - 1)).ln()
            };
            let mean =
                (1..t).map(log_return).sum::<f64>() / f64::from(u32::try_from(t - 1).unwrap());
            assert!((row[2 + asset] - (log_return(t) - mean)).abs() < 1e-13);
            assert!((row[4 + asset] - log_return(t)).abs() < 1e-13);
        }
    }
    let (mut state, last) = (vec![0.0; pipeline.state_len()], panel.n_bars() - 1);
    table.restore(&pipeline, &panel, last, &mut state);
    let (mut features, mut jacobian) = (vec![0.0; 6], vec![0.0; 12]);
    let z = [0.01, -0.02];
    let (bars, moment) = (panel.row(last), panel.moment(last));
    pipeline.jacobian(&state, bars, &z, moment, &mut features, &mut jacobian);
    assert_eq!(jacobian[4..8], [1.0, 0.0, 0.0, 1.0]);
    let mut snapshot = vec![0.0; pipeline.snapshot_len()];
    pipeline.write_snapshot(&state, bars, moment, &mut snapshot);
    let mut printed = vec![0.0; 6];
    pipeline.peek_snapshot(&snapshot, &z, &mut printed);
    assert_eq!(printed, features);
}

#[test]
fn a_shelf_makes_the_feature_that_a_file_names() {
    let text = r#"{"Own": {"name": "surprise"}}"#;
    let mut spec: FeatureSpec = serde_json::from_str(text).unwrap();
    let build = |spec: &FeatureSpec| Pipeline::new(std::slice::from_ref(spec), &symbols(1));
    let error = build(&spec).unwrap_err();
    assert!(
        matches!(error, FeatureError::Own { index: 0, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("surprise"), "{error}");
    spec.resolve(&shelf()).unwrap();
    assert_eq!(build(&spec).unwrap(), pipeline(&specs()[1..2], 1));
    let written = serde_json::to_string(&spec).unwrap();
    assert_eq!(written, r#"{"Own":{"name":"surprise","parameters":{}}}"#);
    let mut unknown: FeatureSpec = serde_json::from_str(r#"{"Own": {"name": "moon"}}"#).unwrap();
    let error = unknown.resolve(&shelf()).unwrap_err().to_string();
    assert!(
        error.contains("moon") && error.contains("surprise"),
        "{error}"
    );
    let mut built_in = FeatureSpec::Rsi { period: 3 };
    built_in.resolve(&shelf()).unwrap();
}

/// A feature whose number of fields depends on the symbol.
#[derive(Debug)]
struct Uneven;

impl Feature for Uneven {
    fn memory(&self) -> Memory {
        Memory::new(0, 0)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        let name = |i: usize| Field::fixed(format!("{symbol}.uneven[{i}]"), "1", 0);
        (0..symbol.len()).map(name).collect()
    }
    fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
    fn values<S: Scalar>(&self, _: &Newest<'_, S>, _: &[f64], _: impl FnMut(usize, S)) {}
}

#[test]
fn a_number_of_fields_that_depends_on_the_symbol_is_refused() {
    let specs = [FeatureSpec::own("uneven", [], Uneven)];
    let error = Pipeline::new(&specs, &symbols(2)).unwrap_err().to_string();
    assert!(
        error.contains("found 2 fields for S0, expected 0"),
        "{error}"
    );
}
