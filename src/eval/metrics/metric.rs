use crate::eval::{Ledger, metrics::Format};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A figure computed from the record of one backtest.
///
/// Built-in metrics and metrics from outside the crate implement it; the latter are added by
/// [`crate::eval::Evaluation::with_metrics`] and [`crate::eval::Summary::add_metrics`].
///
/// ```
/// use shockproof::eval::{Ledger, metrics::{Better, Description, Format, Metric}};
///
/// struct WorstBar;
///
/// impl Metric for WorstBar {
///     fn describe(&self) -> Description {
///         Description {
///             name: "worst_bar".into(),
///             label: "Worst bar".into(),
///             format: Format::Percent,
///             better: Better::Higher,
///             definition: "lowest simple return of a bar".into(),
///             undefined: "there is no bar".into(),
///         }
///     }
///
///     fn value(&self, ledger: &Ledger) -> Option<f64> {
///         ledger.simple_returns().into_iter().min_by(f64::total_cmp)
///     }
/// }
/// assert_eq!(WorstBar.describe().format.value(-0.031), "−3.1 %");
/// ```
pub trait Metric: Send + Sync {
    /// Name, notation and definition.
    fn describe(&self) -> Description;

    /// Value of the metric; `None` if its formula has no value.
    fn value(&self, ledger: &Ledger) -> Option<f64>;
}

/// Name, notation and definition of a metric, shown by `summary.json`, Parquet files and tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Key in `summary.json` and column in `experiment.parquet`.
    pub name: Cow<'static, str>,
    /// Name in tables.
    pub label: Cow<'static, str>,
    /// Notation of its values.
    pub format: Format,
    /// Direction of improvement.
    pub better: Better,
    /// Definition, without a final period.
    pub definition: Cow<'static, str>,
    /// Condition under which the metric is undefined; follows the words "Undefined when".
    pub undefined: Cow<'static, str>,
}

/// Direction of improvement of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Larger values are better.
    Higher,
    /// Smaller values are better.
    Lower,
    /// Neither direction is better.
    Neither,
}

/// Defines a built-in metric. Its definition is one literal, so that documentation, tables and
/// `summary.json` show the same sentence.
macro_rules! metric {
    (
        $(#[$more:meta])*
        $Name:ident $(($State:ty))? {
            name: $name:literal,
            label: $label:literal,
            format: $format:ident,
            better: $better:ident,
            definition: $definition:literal,
            undefined: $undefined:literal,
        }
        |$me:ident, $ledger:ident| $value:expr
    ) => {
        #[doc = concat!($label, ": ", $definition, ". Undefined when ", $undefined, ".")]
        #[doc = ""]
        $(#[$more])*
        #[derive(Debug, Clone, Copy)]
        pub struct $Name $((pub $State))?;

        impl $crate::eval::metrics::Metric for $Name {
            fn describe(&self) -> $crate::eval::metrics::Description {
                $crate::eval::metrics::Description {
                    name: $name.into(),
                    label: $label.into(),
                    format: $crate::eval::metrics::Format::$format,
                    better: $crate::eval::metrics::Better::$better,
                    definition: $definition.into(),
                    undefined: $undefined.into(),
                }
            }

            fn value(&$me, $ledger: &$crate::eval::Ledger) -> Option<f64> {
                $value
            }
        }
    };
}
pub(super) use metric;
