//! The streaming agent of a live bot: bars in, target weights out.

use super::{AgentError, Choice, Network, PolicyFault, PolicyFile, PolicyHeader, Scratch};
use crate::{
    features::{AccountView, Pipeline},
    market::Bar,
};
use chrono::{DateTime, Utc};
use std::cmp::Ordering;

/// A policy with its feature history.
///
/// Feed it every bar, oldest first; after [`Agent::warm_up`] accepted rows each further call decides. The decision belongs
/// to the *close* of the bars just given and is meant to be filled at the next open, as in the environment. A refused row
/// changes nothing, and an accepted one allocates nothing.
#[derive(Debug, Clone)]
pub struct Agent {
    header: PolicyHeader,
    pipeline: Pipeline,
    network: Network,
    history: Vec<f64>,
    n_pushed: usize,
    last_end: Option<DateTime<Utc>>,
    market: Vec<f64>,
    observation: Vec<f32>,
    scratch: Scratch,
    target_weights: Vec<f64>,
}

/// What to hold from the next open on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision<'a> {
    /// End of the bars that it was made on.
    pub end: DateTime<Utc>,
    /// Signed position value over equity per asset, in the order of the policy's symbols.
    pub target_weights: &'a [f64],
}

impl Agent {
    /// An agent that has seen nothing.
    ///
    /// # Errors
    /// [`PolicyFault`] where the policy cannot be used.
    pub fn new(file: &PolicyFile) -> Result<Self, PolicyFault> {
        file.check()?;
        let header = file.header.clone();
        let pipeline = header.pipeline()?;
        let network = Network::new(file)?;
        let mut history = vec![0.0; pipeline.state_len()];
        pipeline.clear(&mut history);
        Ok(Self {
            history,
            n_pushed: 0,
            last_end: None,
            market: vec![0.0; pipeline.n_outputs()],
            observation: vec![0.0; header.layout.n_fields()],
            scratch: network.scratch(),
            target_weights: vec![0.0; header.symbols.len()],
            pipeline,
            network,
            header,
        })
    }

    /// What the policy says about itself.
    #[must_use]
    pub const fn header(&self) -> &PolicyHeader {
        &self.header
    }

    /// Rows of bars that must be accepted before the first decision: the call after them decides.
    #[must_use]
    pub fn warm_up(&self) -> usize {
        self.pipeline.warm_up()
    }

    /// Rows still missing from the warm-up.
    #[must_use]
    pub fn n_missing(&self) -> usize {
        self.warm_up().saturating_sub(self.n_pushed)
    }

    /// The last observation computed (normalized, as the network saw it); zeros before the first decision.
    #[must_use]
    pub fn observation(&self) -> &[f32] {
        &self.observation
    }

    /// Takes one row of bars (one per asset, in the order of the policy's symbols) that ended at `end`, and decides.
    ///
    /// `None` while warming up; the account is not looked at until then.
    ///
    /// # Errors
    /// [`AgentError`] naming what is wrong with the bars, the account or the numbers; nothing is committed.
    pub fn on_bars(
        &mut self,
        bars: &[Bar],
        end: DateTime<Utc>,
        account: AccountView<'_>,
    ) -> Result<Option<Decision<'_>>, AgentError> {
        self.check_bars(bars, end)?;
        if self.n_missing() > 0 {
            self.commit(bars, end);
            return Ok(None);
        }
        self.check_account(&account, end)?;
        self.observe(bars, end, &account)?;
        self.decide(end)?;
        self.commit(bars, end);
        Ok(Some(Decision {
            end,
            target_weights: &self.target_weights,
        }))
    }

    fn commit(&mut self, bars: &[Bar], end: DateTime<Utc>) {
        self.pipeline.push(&mut self.history, bars, end);
        self.n_pushed += 1;
        self.last_end = Some(end);
    }

    fn observe(
        &mut self,
        bars: &[Bar],
        end: DateTime<Utc>,
        account: &AccountView<'_>,
    ) -> Result<(), AgentError> {
        self.pipeline
            .peek(&self.history, bars, end, &mut self.market);
        let (market, book) = self.observation.split_at_mut(self.market.len());
        self.header.normalizer.apply(&self.market, market);
        account.write(&self.header.account, book);
        let Some(i) = self.observation.iter().position(|x| !x.is_finite()) else {
            return Ok(());
        };
        let layout = &self.header.layout;
        let name = layout.market.iter().chain(&layout.account).nth(i);
        Err(AgentError::NonFinite {
            end: end.to_rfc3339(),
            name: name.map_or_else(|| format!("field {i}"), |field| field.name.clone()),
            found: f64::from(self.observation[i]),
        })
    }

    fn decide(&mut self, end: DateTime<Utc>) -> Result<(), AgentError> {
        let choice = self
            .network
            .choose(&self.observation, &mut self.scratch)
            .map_err(|e| AgentError::NonFinite {
                end: end.to_rfc3339(),
                name: format!("network output {}", e.index),
                found: f64::from(e.found),
            })?;
        match choice {
            Choice::Continuous(raw) => self
                .header
                .allocation
                .decode_weights(raw, &mut self.target_weights),
            Choice::Categorical(levels) => self
                .header
                .allocation
                .decode_levels(levels, &mut self.target_weights),
        };
        Ok(())
    }

    fn check_bars(&self, bars: &[Bar], end: DateTime<Utc>) -> Result<(), AgentError> {
        let symbols = &self.header.symbols;
        if bars.len() != symbols.len() {
            return Err(AgentError::BarCount {
                end: end.to_rfc3339(),
                found: bars.len(),
                expected: symbols.len(),
            });
        }
        if let Some(last) = self.last_end {
            let text = |time: DateTime<Utc>| time.to_rfc3339();
            match end.cmp(&last) {
                Ordering::Greater => {}
                Ordering::Equal => {
                    return Err(AgentError::Duplicate {
                        end: text(end),
                        last: text(last),
                    });
                }
                Ordering::Less => {
                    return Err(AgentError::OutOfOrder {
                        end: text(end),
                        last: text(last),
                    });
                }
            }
        }
        symbols
            .iter()
            .zip(bars)
            .try_for_each(|(symbol, bar)| check_bar(symbol, bar, end))
    }

    fn check_account(
        &self,
        account: &AccountView<'_>,
        end: DateTime<Utc>,
    ) -> Result<(), AgentError> {
        let refuse = |field: &'static str, found: String, expected: String| AgentError::Account {
            field,
            end: end.to_rfc3339(),
            found,
            expected,
        };
        let n_assets = self.header.symbols.len();
        if account.weights.len() != n_assets {
            let found = format!("{} numbers", account.weights.len());
            return Err(refuse("weights", found, format!("{n_assets}, one per asset")));
        }
        let parts = account
            .weights
            .iter()
            .map(|&weight| ("weights", weight))
            .chain([("cash", account.cash), ("unrealized", account.unrealized)]);
        for (field, found) in parts {
            if !found.is_finite() {
                let expected = "finite numbers (fractions of equity)".to_owned();
                return Err(refuse(field, found.to_string(), expected));
            }
        }
        if !(0.0..=1.0).contains(&account.time_left) {
            let found = account.time_left.to_string();
            return Err(refuse("time_left", found, "a number in [0, 1]".to_owned()));
        }
        Ok(())
    }
}

fn check_bar(symbol: &str, bar: &Bar, end: DateTime<Utc>) -> Result<(), AgentError> {
    let prices = [
        ("open", bar.open),
        ("high", bar.high),
        ("low", bar.low),
        ("close", bar.close),
    ];
    for (field, found) in prices {
        if !(found.is_finite() && found > 0.0) {
            return Err(AgentError::Price {
                symbol: symbol.to_owned(),
                end: end.to_rfc3339(),
                field,
                found,
            });
        }
    }
    for (field, found) in [("open", bar.open), ("close", bar.close)] {
        if !(bar.low <= found && found <= bar.high) {
            return Err(AgentError::Range {
                symbol: symbol.to_owned(),
                end: end.to_rfc3339(),
                field,
                found,
                low: bar.low,
                high: bar.high,
            });
        }
    }
    if !(bar.volume.is_finite() && bar.volume >= 0.0) {
        return Err(AgentError::Volume {
            symbol: symbol.to_owned(),
            end: end.to_rfc3339(),
            found: bar.volume,
        });
    }
    Ok(())
}
