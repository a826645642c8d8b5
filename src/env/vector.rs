//! Many copies of one environment, stepped together on persistent workers.

use super::vector_batch::{Batch, Copies};
use super::{Action, ActionSpace, Env, Outcome, ShockMap, ShockSpace};
use crate::{features::Layout, rng::Streams};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::{num::NonZeroUsize, sync::Arc, thread::JoinHandle};

/// `n_copies` independent copies of an environment behind structure-of-arrays inputs and outputs.
///
/// Auto-reset is **same-step**: when a copy's episode ends, [`VectorEnv::final_observations`] holds its last observation and
/// [`VectorEnv::observations`] the first of its next episode, whose seed is [`Streams::episode_seed`] of (copy, episode). What a
/// copy does depends on its index, its inputs and the seed only, so the outputs are the same bytes at any number of workers.
/// One worker means no thread at all. Nothing is allocated per step.
pub struct VectorEnv<E> {
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    shock_map: Option<Arc<dyn ShockMap>>,
    batch: Batch,
    engine: Engine<E>,
}

impl<E> std::fmt::Debug for VectorEnv<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VectorEnv")
            .field("n_copies", &self.n_copies())
            .finish_non_exhaustive()
    }
}

/// Whether snapshots for the shock map are written with every observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshots {
    /// Never: [`VectorEnv::snapshots`] stays empty.
    Off,
    /// With every reset and step.
    EveryStep,
}

/// The adversary's moves of one step; an empty slice leaves that part of every shock clean.
#[derive(Debug, Clone, Copy)]
pub struct Shocks<'a> {
    /// Log-price moves, row-major `[n_copies, n_assets]`. Unit: bps.
    pub price_bps: &'a [f64],
    /// Spread multipliers, `[n_copies]`.
    pub spread_multipliers: &'a [f64],
    /// Liquidity multipliers, `[n_copies]`.
    pub liquidity_multipliers: &'a [f64],
}

impl Shocks<'_> {
    /// The clean market in every copy.
    pub const NONE: Shocks<'static> = Shocks {
        price_bps: &[],
        spread_multipliers: &[],
        liquidity_multipliers: &[],
    };
}

impl<E: Env + 'static> VectorEnv<E> {
    /// Takes the copies over; they are reset by [`VectorEnv::reset`]. At most one worker per copy is started.
    ///
    /// # Errors
    /// [`VectorError::Empty`] without copies, [`VectorError::Foreign`] when a copy's spaces differ from the first's,
    /// [`VectorError::Spawn`] when the operating system refuses a thread.
    pub fn new(
        mut envs: Vec<E>,
        streams: Streams,
        n_workers: NonZeroUsize,
        snapshots: Snapshots,
    ) -> Result<Self, VectorError> {
        let first = envs.first().ok_or(VectorError::Empty)?;
        let (layout, action_space) = (first.layout().clone(), first.action_space().clone());
        let (shock_space, shock_map) = (first.shock_space().clone(), first.shock_map());
        for (copy, env) in envs.iter().enumerate() {
            let same = *env.layout() == layout
                && *env.action_space() == action_space
                && *env.shock_space() == shock_space;
            if !same {
                return Err(VectorError::Foreign { copy });
            }
        }
        let n_copies = envs.len();
        let batch = Batch::new(first_of(&envs)?, n_copies, snapshots);
        let n_workers = n_workers.get().min(n_copies);
        let engine = if n_workers == 1 {
            Engine::Inline(Copies::new(envs, 0, streams))
        } else {
            let mut workers = Vec::with_capacity(n_workers);
            for worker in (0..n_workers).rev() {
                let begin = worker * n_copies / n_workers;
                let chunk = envs.split_off(begin);
                let batch = Batch::new(first_of(&chunk)?, chunk.len(), snapshots);
                workers.push(Worker::spawn(
                    worker,
                    Copies::new(chunk, begin, streams),
                    batch,
                )?);
            }
            workers.reverse();
            Engine::Workers(workers)
        };
        Ok(Self {
            layout,
            action_space,
            shock_space,
            shock_map,
            batch,
            engine,
        })
    }

    /// Starts the first episode of every copy.
    ///
    /// # Errors
    /// [`VectorError::WorkerLost`] when an environment panicked.
    pub fn reset(&mut self) -> Result<(), VectorError> {
        self.run(Command::Reset)
    }

    /// Plays one step in every copy. `actions` is row-major `[n_copies, n_dims]`.
    ///
    /// # Errors
    /// [`VectorError::Shape`] or [`VectorError::Kind`] for inputs of another size or kind (nothing is stepped),
    /// [`VectorError::WorkerLost`] when an environment panicked.
    pub fn step(&mut self, actions: Action<'_>, shocks: Shocks<'_>) -> Result<(), VectorError> {
        self.batch.set_actions(actions)?;
        self.batch.set_shocks(shocks)?;
        self.run(Command::Step)
    }

    /// Writes into [`VectorEnv::previews`] what [`Env::preview`] says for these actions. Changes nothing else.
    ///
    /// # Errors
    /// As [`VectorEnv::step`].
    pub fn preview(&mut self, actions: Action<'_>) -> Result<(), VectorError> {
        self.batch.set_actions(actions)?;
        self.run(Command::Preview)
    }

    fn run(&mut self, command: Command) -> Result<(), VectorError> {
        match &mut self.engine {
            Engine::Inline(copies) => {
                command.apply(copies, &mut self.batch);
                Ok(())
            }
            Engine::Workers(workers) => {
                for worker in workers.iter_mut() {
                    worker.send(command, &self.batch)?;
                }
                for worker in workers.iter_mut() {
                    worker.receive(command, &mut self.batch)?;
                }
                Ok(())
            }
        }
    }
}

impl<E> VectorEnv<E> {
    /// Number of copies.
    #[must_use]
    pub const fn n_copies(&self) -> usize {
        self.batch.n_copies()
    }

    /// Layout of one observation.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What the agent may do in one copy.
    #[must_use]
    pub const fn action_space(&self) -> &ActionSpace {
        &self.action_space
    }

    /// What the adversary may do in one copy.
    #[must_use]
    pub const fn shock_space(&self) -> &ShockSpace {
        &self.shock_space
    }

    /// The shock map, shared by all copies.
    #[must_use]
    pub fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        self.shock_map.clone()
    }

    /// Current observations, row-major `[n_copies, n_fields]`: after an episode's end, those of the next episode.
    #[must_use]
    pub fn observations(&self) -> &[f32] {
        &self.batch.observations
    }

    /// Observations right after the step, before any auto-reset, row-major `[n_copies, n_fields]`: what a truncated episode
    /// bootstraps from.
    #[must_use]
    pub fn final_observations(&self) -> &[f32] {
        &self.batch.final_observations
    }

    /// Rewards of the step, `[n_copies]`.
    #[must_use]
    pub fn rewards(&self) -> &[f64] {
        &self.batch.rewards
    }

    /// Outcomes of the step, `[n_copies]`.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.batch.outcomes
    }

    /// Sum of rewards of the episode that ended in this step (so far, where it is running), `[n_copies]`.
    #[must_use]
    pub fn episode_returns(&self) -> &[f64] {
        &self.batch.episode_returns
    }

    /// Steps of that episode, `[n_copies]`.
    #[must_use]
    pub fn episode_lengths(&self) -> &[u64] {
        &self.batch.episode_lengths
    }

    /// Actions each copy refused since it was built ([`Env::n_refused`]), `[n_copies]`.
    #[must_use]
    pub fn n_refused(&self) -> &[u64] {
        &self.batch.n_refused
    }

    /// Length of one snapshot; 0 without a shock map.
    #[must_use]
    pub const fn snapshot_len(&self) -> usize {
        self.batch.snapshot_len()
    }

    /// Snapshots of the current observations, row-major `[n_copies, snapshot_len]`; empty with [`Snapshots::Off`].
    #[must_use]
    pub fn snapshots(&self) -> &[f64] {
        &self.batch.snapshots
    }

    /// What the last [`VectorEnv::preview`] wrote, row-major `[n_copies, snapshot_len]`.
    #[must_use]
    pub fn previews(&self) -> &[f64] {
        &self.batch.previews
    }
}

fn first_of<E>(envs: &[E]) -> Result<&E, VectorError> {
    envs.first().ok_or(VectorError::Empty)
}

/// What a worker is asked to do with its batch.
#[derive(Debug, Clone, Copy)]
enum Command {
    Reset,
    Step,
    Preview,
}

impl Command {
    fn apply<E: Env>(self, copies: &mut Copies<E>, batch: &mut Batch) {
        match self {
            Self::Reset => copies.reset(batch),
            Self::Step => copies.step(batch),
            Self::Preview => copies.preview(batch),
        }
    }
}

#[derive(Debug)]
enum Engine<E> {
    Inline(Copies<E>),
    Workers(Vec<Worker>),
}

/// A thread that owns some copies. Its batch travels there and back, so no two threads ever share memory.
#[derive(Debug)]
struct Worker {
    index: usize,
    begin: usize,
    batch: Option<Box<Batch>>,
    commands: Option<Sender<(Command, Box<Batch>)>>,
    replies: Receiver<Box<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn spawn<E: Env + 'static>(
        index: usize,
        mut copies: Copies<E>,
        batch: Batch,
    ) -> Result<Self, VectorError> {
        let (commands, inbox) = bounded::<(Command, Box<Batch>)>(1);
        let (outbox, replies) = bounded(1);
        let begin = copies.begin();
        let thread = std::thread::Builder::new()
            .name(format!("env-{index}"))
            .spawn(move || {
                for (command, mut batch) in inbox {
                    command.apply(&mut copies, &mut batch);
                    if outbox.send(batch).is_err() {
                        break;
                    }
                }
            })
            .map_err(|source| VectorError::Spawn { index, source })?;
        Ok(Self {
            index,
            begin,
            batch: Some(Box::new(batch)),
            commands: Some(commands),
            replies,
            thread: Some(thread),
        })
    }

    fn send(&mut self, command: Command, all: &Batch) -> Result<(), VectorError> {
        let lost = VectorError::WorkerLost { index: self.index };
        let (Some(mut batch), Some(commands)) = (self.batch.take(), &self.commands) else {
            return Err(lost);
        };
        if !matches!(command, Command::Reset) {
            batch.read_inputs(all, self.begin);
        }
        commands.send((command, batch)).map_err(|_| lost)
    }

    fn receive(&mut self, command: Command, all: &mut Batch) -> Result<(), VectorError> {
        let batch = self
            .replies
            .recv()
            .map_err(|_| VectorError::WorkerLost { index: self.index })?;
        match command {
            Command::Preview => batch.write_previews(all, self.begin),
            Command::Reset | Command::Step => batch.write_outputs(all, self.begin),
        }
        self.batch = Some(batch);
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A worker that panicked was already reported as lost.
            let _ = thread.join();
        }
    }
}

/// What can go wrong with many copies.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// No copies.
    #[error("vector environment: found 0 copies, expected at least 1")]
    Empty,
    /// A copy of another kind.
    #[error(
        "vector environment: copy {copy} has another layout, action space or shock space than copy 0; build all copies from one spec"
    )]
    Foreign {
        /// The copy.
        copy: usize,
    },
    /// An input of another size.
    #[error("vector environment, {input}: found {found} numbers, expected {expected}")]
    Shape {
        /// The input.
        input: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// Actions of another kind than the action space.
    #[error("vector environment, actions: found {found} actions, expected {expected} ones")]
    Kind {
        /// What was given.
        found: &'static str,
        /// The kind of the action space.
        expected: &'static str,
    },
    /// A thread that could not be started.
    #[error("vector environment: worker {index} could not be started; ask for fewer workers")]
    Spawn {
        /// The worker.
        index: usize,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A worker whose environment panicked.
    #[error(
        "vector environment: worker {index} is gone because one of its environments panicked (its message is on the standard error stream)"
    )]
    WorkerLost {
        /// The worker.
        index: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::toy::Toy;

    const N_COPIES: usize = 7;

    fn vector(n_workers: usize) -> VectorEnv<Toy> {
        let envs = (0..N_COPIES).map(|_| Toy::default()).collect();
        let n_workers = NonZeroUsize::new(n_workers).unwrap();
        VectorEnv::new(envs, Streams::new(3), n_workers, Snapshots::EveryStep).unwrap()
    }

    /// Everything a rollout can see, as bits.
    fn trace(n_workers: usize) -> Vec<u64> {
        let mut vector = vector(n_workers);
        let mut trace = Vec::new();
        vector.reset().unwrap();
        for t in 0..40_u16 {
            let actions: Vec<f32> = (0..N_COPIES)
                .map(|i| f32::from(t) * 0.1 - f32::from(u8::try_from(i).unwrap()))
                .collect();
            let price: Vec<f64> = actions.iter().map(|a| f64::from(*a) * 3.0).collect();
            vector.preview(Action::Continuous(&actions)).unwrap();
            let shocks = Shocks {
                price_bps: &price,
                ..Shocks::NONE
            };
            vector.step(Action::Continuous(&actions), shocks).unwrap();
            let f32s = [vector.observations(), vector.final_observations()].concat();
            let f64s = [
                vector.rewards(),
                vector.snapshots(),
                vector.previews(),
                vector.episode_returns(),
            ]
            .concat();
            trace.extend(f32s.iter().map(|x| u64::from(x.to_bits())));
            trace.extend(f64s.iter().map(|x| x.to_bits()));
            trace.extend(vector.outcomes().iter().map(|outcome| *outcome as u64));
            trace.extend(vector.episode_lengths());
        }
        trace
    }

    #[test]
    fn same_bytes_at_any_number_of_workers() {
        let inline = trace(1);
        for n_workers in [2, 3, 7, 50] {
            assert!(inline == trace(n_workers), "{n_workers} workers differ");
        }
    }

    #[test]
    fn copies_play_what_single_environments_play() {
        let mut vector = vector(2);
        vector.reset().unwrap();
        let streams = Streams::new(3);
        let mut singles: Vec<(Toy, u64)> = (0..N_COPIES as u64)
            .map(|copy| {
                let mut env = Toy::default();
                env.reset(streams.episode_seed(copy, 0));
                (env, 0)
            })
            .collect();
        let mut n_ended = 0;
        for _ in 0..30 {
            let actions = [0.25_f32; N_COPIES];
            vector
                .step(Action::Continuous(&actions), Shocks::NONE)
                .unwrap();
            for (copy, (env, episode)) in singles.iter_mut().enumerate() {
                let step = env.step(Action::Continuous(&[0.25]), super::super::Shock::NONE);
                let outcome = step.outcome;
                let n_fields = step.observation.len();
                let rows = copy * n_fields..(copy + 1) * n_fields;
                assert_eq!(vector.final_observations()[rows.clone()], *step.observation);
                assert!((vector.rewards()[copy] - step.reward).abs() <= 0.0);
                assert_eq!(vector.outcomes()[copy], outcome);
                if outcome.is_over() {
                    n_ended += 1;
                    *episode += 1;
                    let first = env.reset(streams.episode_seed(copy as u64, *episode));
                    assert_eq!(vector.observations()[rows], *first);
                }
            }
        }
        assert!(n_ended > N_COPIES);
    }

    #[test]
    fn wrong_inputs_are_refused_before_anything_moves() {
        let mut vector = vector(2);
        vector.reset().unwrap();
        let before = vector.observations().to_vec();
        assert!(matches!(
            vector.step(Action::Continuous(&[0.0]), Shocks::NONE),
            Err(VectorError::Shape { found: 1, .. })
        ));
        assert!(matches!(
            vector.step(Action::Categorical(&[0; N_COPIES]), Shocks::NONE),
            Err(VectorError::Kind { .. })
        ));
        let shocks = Shocks {
            spread_multipliers: &[1.0],
            ..Shocks::NONE
        };
        assert!(
            vector
                .step(Action::Continuous(&[0.0; N_COPIES]), shocks)
                .is_err()
        );
        assert_eq!(before, vector.observations());
    }

    #[test]
    fn a_panicking_environment_is_an_error_not_a_hang() {
        let mut vector = vector(2);
        vector.reset().unwrap();
        let actions = [Toy::PANIC; N_COPIES];
        for _ in 0..2 {
            assert!(matches!(
                vector.step(Action::Continuous(&actions), Shocks::NONE),
                Err(VectorError::WorkerLost { .. })
            ));
        }
    }

    #[test]
    fn no_copies_no_vector() {
        let none = VectorEnv::<Toy>::new(
            Vec::new(),
            Streams::new(0),
            NonZeroUsize::MIN,
            Snapshots::Off,
        );
        assert!(matches!(none, Err(VectorError::Empty)));
    }
}
