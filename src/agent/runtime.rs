//! The streaming agent of a live bot: bars in, target weights out.

use super::{
    AgentError, Choice, Network, PolicyFault, PolicyFile, PolicyHeader, RowFault, Scratch,
    refusal::{check_account, check_bars, check_signals},
};
use crate::{
    features::{AccountView, OwnFeature, Pipeline},
    market::{Bar, Decoded, Moment},
    own::Shelf,
};
use chrono::{DateTime, Utc};
use std::cmp::Ordering;

/// A policy with its feature history.
///
/// Pass every bar, oldest first. After [`Agent::warm_up`] accepted rows, each further call decides
/// at the *close* of the bars passed; the decision is meant to be filled at the next open, as in
/// the environment. A refused row changes nothing, and an accepted row allocates nothing.
///
/// ```
/// # use shockproof::{agent::{PolicyFile, PolicyHeader}, features::*, market::{Allocation, Bar}};
/// use chrono::{DateTime, TimeDelta};
/// use shockproof::agent::Agent;
/// # let specs = [FeatureSpec::LogReturns { window: 1 }];
/// # let pipeline = Pipeline::new(&specs, &["BTC".to_owned()])?;
/// # let allocation = Allocation::Weights { low: -1.0, high: 1.0, max_gross: 1.0 };
/// # let header = PolicyHeader::by_hand(&pipeline, &[], 60, allocation)?;
/// # let file = PolicyFile::linear(header, &[-100.0], &[0.0])?;
/// # let bar = |close| Bar { open: close, high: close, low: close, close, volume: 0.0 };
/// let mut agent = Agent::new(&file)?; // of `PolicyFile::read(path)?`
/// let account = AccountView::cash_only(&[0.0]);
/// let (minute, mut end) = (TimeDelta::minutes(1), DateTime::UNIX_EPOCH);
/// assert!(agent.on_bars(&[bar(100.0)], end, account)?.is_none()); // warming up
/// end += minute;
/// let decision = agent.on_bars(&[bar(101.0)], end, account)?;
/// assert!(decision.is_some_and(|decision| decision.target_weights[0] < -0.7));
/// let error = agent.on_bars(&[bar(101.0)], end, account).map(|_| ()).unwrap_err();
/// assert!(error.to_string().contains("found a duplicate"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

/// Target weights from the next open on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision<'a> {
    /// End of the bars at which the decision was made.
    pub end: DateTime<Utc>,
    /// Signed position value over equity per asset, in the order of the policy's symbols.
    pub target_weights: &'a [f64],
    /// Changes that made the network's output admissible.
    pub decoded: Decoded,
}

impl Agent {
    /// Creates an agent before its first bar.
    ///
    /// # Errors
    /// [`PolicyFault`] if the policy cannot be used; [`PolicyFault::OwnFeature`] if it came from a
    /// file and reads a feature from outside the crate.
    pub fn new(file: &PolicyFile) -> Result<Self, PolicyFault> {
        Self::with_features(file, &Shelf::default())
    }

    /// Creates an agent before its first bar, with features from outside the crate from the shelf.
    ///
    /// # Errors
    /// [`PolicyFault`], which is [`PolicyFault::OwnFeature`] if the shelf lacks a feature.
    pub fn with_features(
        file: &PolicyFile,
        shelf: &Shelf<dyn OwnFeature>,
    ) -> Result<Self, PolicyFault> {
        file.check()?;
        let mut header = file.header.clone();
        header.resolve(shelf)?;
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

    /// Header of the policy.
    #[must_use]
    pub const fn header(&self) -> &PolicyHeader {
        &self.header
    }

    /// Number of rows before the first decision; the next call decides.
    #[must_use]
    pub fn warm_up(&self) -> usize {
        self.pipeline.warm_up()
    }

    /// Number of rows still missing from the warm-up.
    #[must_use]
    pub fn n_missing(&self) -> usize {
        self.warm_up().saturating_sub(self.n_pushed)
    }

    /// Last observation as the network read it, normalized; zeros before the first decision.
    #[must_use]
    pub fn observation(&self) -> &[f32] {
        &self.observation
    }

    /// Names of the signals that each row must have, in order; empty if prices suffice.
    #[must_use]
    pub fn signals(&self) -> &[String] {
        &self.header.signals
    }

    /// Takes one row of history without a decision, to fill the features of a restarted bot.
    ///
    /// Features with infinite memory (EWMA, RSI, MACD, ATR) depend on their start for a long time:
    /// absorb a few times [`Agent::warm_up`] rows if the history is long enough.
    ///
    /// # Errors
    /// [`AgentError`] naming the bar or signal that is refused; nothing is committed.
    pub fn absorb<'m>(
        &mut self,
        bars: &[Bar],
        moment: impl Into<Moment<'m>>,
    ) -> Result<(), AgentError> {
        let moment = moment.into();
        self.check_row(bars, moment).map_err(ending(moment.end))?;
        self.commit(bars, moment);
        Ok(())
    }

    /// Takes one row of bars, one bar per asset in the order of the policy's symbols, and decides.
    ///
    /// `moment` is the end of the bars: a `DateTime<Utc>`, or a [`Moment`] with the signals known
    /// then, in the order of [`Agent::signals`], if the policy reads any. Returns `None` while
    /// warming up; the account is not read until then. The bars are committed: features remember a
    /// misprint, as in an environment with [`PrintEnding::Kept`](crate::env::PrintEnding).
    ///
    /// # Errors
    /// [`AgentError`] naming the refused bar, signal, account field or output; nothing is
    /// committed.
    pub fn on_bars<'m>(
        &mut self,
        bars: &[Bar],
        moment: impl Into<Moment<'m>>,
        account: AccountView<'_>,
    ) -> Result<Option<Decision<'_>>, AgentError> {
        let moment = moment.into();
        let decided = self.decide(bars, moment, &account);
        let decided = decided.map_err(ending(moment.end))?;
        self.commit(bars, moment);
        Ok(decided.map(|decoded| Decision {
            end: moment.end,
            decoded,
            target_weights: &self.target_weights,
        }))
    }

    fn commit(&mut self, bars: &[Bar], moment: Moment<'_>) {
        self.pipeline.push(&mut self.history, bars, moment);
        self.n_pushed += 1;
        self.last_end = Some(moment.end);
    }

    /// Writes the decision to `target_weights`; returns `None` while warming up.
    fn decide(
        &mut self,
        bars: &[Bar],
        moment: Moment<'_>,
        account: &AccountView<'_>,
    ) -> Result<Option<Decoded>, RowFault> {
        self.check_row(bars, moment)?;
        if self.n_missing() > 0 {
            return Ok(None);
        }
        check_account(&self.header.symbols, account)?;
        self.observe(bars, moment, account)?;
        let choice = self.network.choose(&self.observation, &mut self.scratch);
        let choice = choice.map_err(|e| RowFault::NonFinite {
            name: format!("network output {}", e.index),
            found: f64::from(e.found),
        })?;
        let allocation = &self.header.allocation;
        let targets = &mut self.target_weights;
        let decoded = match choice {
            Choice::Continuous(raw) => allocation.decode_weights(raw, targets),
            Choice::Categorical(levels) => allocation.decode_levels(levels, targets),
        };
        match decoded {
            Decoded::Refused => Err(RowFault::Undecodable),
            decoded @ Decoded::Targets { .. } => Ok(Some(decoded)),
        }
    }

    fn observe(
        &mut self,
        bars: &[Bar],
        moment: Moment<'_>,
        account: &AccountView<'_>,
    ) -> Result<(), RowFault> {
        self.pipeline
            .peek(&self.history, bars, moment, &mut self.market);
        let (market, book) = self.observation.split_at_mut(self.market.len());
        self.header.normalizer.apply(&self.market, market);
        account.write(&self.header.account, book);
        let layout = &self.header.layout;
        let fields = layout.market.iter().chain(&layout.account);
        match fields.zip(&self.observation).find(|(_, x)| !x.is_finite()) {
            Some((field, &found)) => Err(RowFault::NonFinite {
                name: field.name.clone(),
                found: f64::from(found),
            }),
            None => Ok(()),
        }
    }

    fn check_row(&self, bars: &[Bar], moment: Moment<'_>) -> Result<(), RowFault> {
        if let Some(last) = self.last_end {
            match moment.end.cmp(&last) {
                Ordering::Greater => {}
                Ordering::Equal => return Err(RowFault::Duplicate),
                Ordering::Less => return Err(RowFault::OutOfOrder { last }),
            }
        }
        check_bars(&self.header.symbols, bars)?;
        check_signals(&self.header.signals, moment.signals)
    }
}

/// Returns a closure that adds the end of the bars to a fault.
fn ending(end: DateTime<Utc>) -> impl Fn(RowFault) -> AgentError {
    move |fault| AgentError { end, fault }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};
    use crate::{
        agent::Activation,
        features::{AccountFeature, FeatureSpec, FeatureTable, Layout, Normalizer},
        market::Panel,
    };
    use chrono::TimeDelta;

    fn day(t: usize) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(i64::try_from(t).unwrap())
    }

    fn random_walk(n_bars: usize) -> Panel {
        let mut scatter = scatter();
        let mut closes = [100.0_f64, 20.0];
        let mut bars = Vec::new();
        for _ in 0..n_bars {
            for close in &mut closes {
                let open = *close;
                *close *= scatter.next(-0.02, 0.02).exp();
                bars.push(Bar {
                    open,
                    high: open.max(*close) * 1.001,
                    low: open.min(*close) * 0.999,
                    close: *close,
                    volume: 1e6,
                });
            }
        }
        let symbols = vec!["A".to_owned(), "B".to_owned()];
        let timestamps = (0..n_bars).map(day).collect();
        Panel::new(symbols, timestamps, bars, TimeDelta::days(1)).unwrap()
    }

    /// Policy that reads market and account features.
    fn streaming_file() -> PolicyFile {
        let mut file = random_file(&[6], Activation::Softsign, GAUSSIAN);
        let header = &mut file.header;
        header.features = vec![
            FeatureSpec::ScaledReturns {
                window: 2,
                half_life: 8.0,
            },
            FeatureSpec::Rsi { period: 5 },
        ];
        header.account = vec![AccountFeature::Weights, AccountFeature::Cash];
        let pipeline = header.pipeline().unwrap();
        header.layout = Layout::new(&pipeline, &header.account, &header.symbols).unwrap();
        let panel = random_walk(200);
        let table = FeatureTable::new(&pipeline, &panel).unwrap();
        header.normalizer = Normalizer::fit(&pipeline, &table, 50..200)
            .unwrap()
            .normalizer;
        with_weights(file)
    }

    fn account(weights: &[f64]) -> AccountView<'_> {
        AccountView {
            weights,
            cash: 0.25,
            unrealized: 0.01,
            time_left: 1.0,
            tradable: &[],
        }
    }

    #[test]
    fn streaming_decisions_equal_those_of_the_table() {
        let file = streaming_file();
        let mut agent = Agent::new(&file).unwrap();
        let (panel, pipeline) = (random_walk(120), file.header.pipeline().unwrap());
        let table = FeatureTable::new(&pipeline, &panel).unwrap();
        let network = Network::new(&file).unwrap();
        let mut scratch = network.scratch();
        let n_market = pipeline.n_outputs();
        let mut observation = vec![0.0; file.header.layout.n_fields()];
        for t in 0..panel.n_bars() {
            let view = account(&[0.5, -0.25]);
            let decision = agent.on_bars(panel.row(t), day(t), view).unwrap();
            assert_eq!(decision.is_none(), t < pipeline.warm_up(), "bar {t}");
            let Some(decision) = decision else { continue };
            let (market, book) = observation.split_at_mut(n_market);
            file.header.normalizer.apply(table.row(t), market);
            view.write(&file.header.account, book);
            let Choice::Continuous(raw) = network.choose(&observation, &mut scratch).unwrap()
            else {
                panic!("a Gaussian head")
            };
            let mut expected = [0.0; 2];
            file.header.allocation.decode_weights(raw, &mut expected);
            assert_eq!(decision.target_weights, expected);
            assert_eq!(decision.end, day(t));
            assert_eq!(agent.observation(), observation);
        }
    }

    #[test]
    fn a_file_read_back_decides_the_same_bits() {
        let file = streaming_file();
        let path = std::path::Path::new("p");
        let read = PolicyFile::from_bytes(&file.to_bytes(path).unwrap(), path).unwrap();
        let (mut a, mut b) = (Agent::new(&file).unwrap(), Agent::new(&read).unwrap());
        let panel = random_walk(60);
        for t in 0..60 {
            let view = account(&[0.5, -0.25]);
            assert_eq!(
                a.on_bars(panel.row(t), day(t), view),
                b.on_bars(panel.row(t), day(t), view)
            );
        }
    }

    /// A change that makes a bar invalid, and a part of the expected message.
    type Damage<'a> = (&'a dyn Fn(&mut Bar), &'a str);

    /// Agent after 40 rows of [`random_walk`].
    fn warm() -> Agent {
        let panel = random_walk(60);
        let mut agent = Agent::new(&streaming_file()).unwrap();
        for t in 0..40 {
            agent.absorb(panel.row(t), day(t)).unwrap();
        }
        agent
    }

    /// Returns the error of one row and asserts that the agent has not changed.
    fn refuse(
        agent: &mut Agent,
        bars: &[Bar],
        moment: Moment<'_>,
        view: AccountView<'_>,
    ) -> AgentError {
        let untouched = agent.clone();
        let error = agent.on_bars(bars, moment, view).unwrap_err();
        assert_eq!(agent.history, untouched.history, "{error}");
        assert_eq!(agent.last_end, untouched.last_end, "{error}");
        error
    }

    #[test]
    fn bad_bars_are_refused_by_name_and_change_nothing() {
        let (mut agent, panel) = (warm(), random_walk(60));
        let (good, flat) = (panel.row(40), account(&[0.0; 2]));
        let error = refuse(&mut agent, &good[..1], day(40).into(), flat);
        let fault = RowFault::Count {
            kind: "bars",
            found: 1,
            expected: vec!["A".to_owned(), "B".to_owned()],
        };
        assert_eq!(
            error,
            AgentError {
                end: day(40),
                fault
            }
        );
        let error = refuse(&mut agent, good, day(39).into(), flat);
        assert_eq!(error.fault, RowFault::Duplicate);
        let error = refuse(&mut agent, good, day(38).into(), flat);
        assert_eq!(error.fault, RowFault::OutOfOrder { last: day(39) });
        let breaks: [Damage<'_>; 5] = [
            (&|bar| bar.close = f64::NAN, "close: found NaN"),
            (&|bar| bar.open = -1.0, "open: found -1"),
            (&|bar| bar.high = bar.low * 0.9, "high: found"),
            (&|bar| bar.close = bar.high * 1.1, "close: found"),
            (&|bar| bar.volume = f64::INFINITY, "volume: found inf"),
        ];
        for (damage, expected) in breaks {
            let mut bars = good.to_vec();
            damage(&mut bars[1]);
            let error = refuse(&mut agent, &bars, day(40).into(), flat);
            assert!(matches!(&error.fault, RowFault::Bar { symbol, .. } if symbol == "B"));
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(agent.on_bars(good, day(40), flat).unwrap().is_some());
    }

    #[test]
    fn bad_accounts_are_refused_by_name_and_change_nothing() {
        let (mut agent, panel) = (warm(), random_walk(60));
        let good = panel.row(40);
        let flat = account(&[0.0; 2]);
        let late = AccountView {
            time_left: 1.5,
            ..flat
        };
        let broke = AccountView {
            cash: f64::NAN,
            ..flat
        };
        for (view, part) in [
            (account(&[0.0]), "found 1 account weights, expected 2"),
            (account(&[0.0, f64::INFINITY]), "account weights: found inf"),
            (late, "account time_left: found 1.5"),
            (broke, "account cash: found NaN"),
        ] {
            let error = refuse(&mut agent, good, day(40).into(), view);
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(agent.on_bars(good, day(40), flat).unwrap().is_some());
    }

    /// [`streaming_file`] of a market whose first and last signals the policy reads.
    fn signal_file() -> PolicyFile {
        let mut file = streaming_file();
        let header = &mut file.header;
        let panel = signal_panel(200);
        header.features = vec![
            FeatureSpec::Signal("tide".into()),
            FeatureSpec::LogReturns { window: 1 },
            FeatureSpec::Signal("carry".into()),
        ];
        let pipeline = Pipeline::new(&header.features, &panel).unwrap();
        header.signals = pipeline.signals_read();
        header.layout = Layout::new(&pipeline, &header.account, &header.symbols).unwrap();
        let table = FeatureTable::new(&pipeline, &panel).unwrap();
        header.normalizer = Normalizer::fit(&pipeline, &table, 50..200)
            .unwrap()
            .normalizer;
        with_weights(file)
    }

    fn signal_panel(n_bars: usize) -> Panel {
        let mut scatter = scatter();
        let values = (0..3 * n_bars).map(|_| scatter.next(-3.0, 2.0)).collect();
        let names = ["carry", "value", "tide"].map(String::from).to_vec();
        random_walk(n_bars).with_signals(names, values).unwrap()
    }

    #[test]
    fn streamed_signals_equal_those_of_the_table() {
        let file = signal_file();
        let mut agent = Agent::new(&file).unwrap();
        assert_eq!(agent.signals(), ["carry", "tide"]);
        let panel = signal_panel(60);
        let pipeline = Pipeline::new(&file.header.features, &panel).unwrap();
        let table = FeatureTable::new(&pipeline, &panel).unwrap();
        let mut market = vec![0.0; pipeline.n_outputs()];
        let view = account(&[0.5, -0.25]);
        for t in 0..60 {
            let all = panel.signals(t);
            let signals = [all[0], all[2]];
            let moment = Moment {
                end: day(t),
                signals: &signals,
            };
            let decision = agent.on_bars(panel.row(t), moment, view).unwrap();
            assert_eq!(decision.is_none(), t < pipeline.warm_up());
            file.header.normalizer.apply(table.row(t), &mut market);
            if t >= pipeline.warm_up() {
                assert_eq!(agent.observation()[..market.len()], market);
            }
        }
        // The same bars with other signals give another decision.
        let decide = |tide: f64| {
            let mut agent = agent.clone();
            let moment = Moment {
                end: day(60),
                signals: &[0.1, tide],
            };
            let decision = agent.on_bars(panel.row(59), moment, view).unwrap();
            decision.unwrap().target_weights.to_vec()
        };
        assert_ne!(decide(-1.0), decide(1.0));
    }

    #[test]
    fn bad_signals_are_refused_by_name_and_change_nothing() {
        let panel = random_walk(60);
        let mut agent = Agent::new(&signal_file()).unwrap();
        let moment = |t: usize, signals: &'static [f64]| Moment {
            end: day(t),
            signals,
        };
        for t in 0..40 {
            agent.absorb(panel.row(t), moment(t, &[0.0, 1.0])).unwrap();
        }
        let (good, flat) = (panel.row(40), account(&[0.0; 2]));
        let cases: [(&[f64], &str); 5] = [
            (
                &[],
                "found 0 signals, expected 2, one for each of [\"carry\", \"tide\"]",
            ),
            (&[0.0], "found 1 signals, expected 2"),
            (&[0.0; 3], "found 3 signals, expected 2"),
            (
                &[0.0, f64::NAN],
                "ending 1970-02-10T00:00:00+00:00: signal tide: found NaN",
            ),
            (&[f64::INFINITY, 0.0], "signal carry"),
        ];
        for (signals, part) in cases {
            let error = refuse(&mut agent, good, moment(40, signals), flat);
            assert!(error.to_string().contains(part), "{error}");
            let error = agent.absorb(good, moment(40, signals)).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
        // A policy that reads signals refuses a row without them.
        let error = refuse(&mut agent, good, day(40).into(), flat);
        assert!(matches!(
            error.fault,
            RowFault::Count {
                kind: "signals",
                found: 0,
                ..
            }
        ));
        let decision = agent.on_bars(good, moment(40, &[0.0, 1.0]), flat);
        assert!(decision.unwrap().is_some());
        // A policy that reads prices alone refuses signals.
        let error = refuse(&mut warm(), good, moment(40, &[0.0]), flat);
        assert!(
            error.to_string().contains("found 1 signals, expected 0"),
            "{error}"
        );
    }

    #[test]
    fn a_header_without_the_signals_of_its_features_is_refused() {
        let mut file = signal_file();
        file.header.signals = vec!["carry".into()];
        let message = file.check().unwrap_err().to_string();
        assert!(message.contains("found `tide`"), "{message}");
        file.header.signals.clear();
        let message = file.check().unwrap_err().to_string();
        assert!(message.contains("a market without signals"), "{message}");
        // The file of a policy without signals omits the field.
        let text = |file: &PolicyFile| serde_json::to_string(&file.header).unwrap();
        assert!(!text(&streaming_file()).contains("signal"));
        assert!(text(&signal_file()).contains(r#""signals":["carry","tide"]"#));
    }

    #[test]
    fn a_layout_that_the_features_do_not_produce_is_refused() {
        let mut file = streaming_file();
        file.header.layout.market.swap(0, 1);
        let found = file.check().unwrap_err();
        assert!(
            matches!(&found, PolicyFault::Layout { index: 0, found, .. } if found.contains("A.")),
            "{found}"
        );
        let mut file = streaming_file();
        file.header.features[0] = FeatureSpec::ScaledReturns {
            window: 3,
            half_life: 8.0,
        };
        assert!(matches!(file.check(), Err(PolicyFault::Layout { .. })));
        let mut file = streaming_file();
        file.header.features[1] = FeatureSpec::Rsi { period: 0 };
        assert!(matches!(file.check(), Err(PolicyFault::Features { .. })));
    }
}
