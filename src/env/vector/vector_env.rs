//! Many copies of one environment, stepped together on persistent workers.

use super::{
    batch::{Copies, Inbox, Results},
    chunk::{Chunk, Played},
    moves::{Moves, Shocks},
};
use crate::env::{Action, ActionSpace, Env, Outcome, ShockMap, ShockSpace};
use crate::{features::Layout, rng::Streams};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::{
    num::NonZeroUsize,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::JoinHandle,
};

/// `n_copies` independent copies of an environment behind structure-of-arrays inputs and outputs.
///
/// Auto-reset is **same-step**: when a copy's episode ends, [`VectorEnv::final_observation`] is its
/// last observation and [`VectorEnv::observations`] holds the first of its next episode, whose seed
/// is [`Streams::episode_seed`] of (copy, episode). What a copy does depends on its index, its
/// inputs and the seed only, so the outputs are the same bytes at any number of workers. The
/// calling thread is the first worker: one worker means no other thread at all. Nothing is
/// allocated per step.
pub struct VectorEnv<E> {
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    shock_map: Option<Arc<dyn ShockMap>>,
    results: Results,
    own: OwnCopies<E>,
    workers: Vec<Worker<E>>,
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

impl<E: Env + 'static> VectorEnv<E> {
    /// Takes the copies over; they are reset by [`VectorEnv::reset`]. At most one worker per copy
    /// is started.
    ///
    /// # Errors
    /// [`VectorError::Empty`] without copies, [`VectorError::Foreign`] when a copy's spaces differ
    /// from the first's, [`VectorError::Spawn`] when the operating system refuses a thread.
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
        let results = Results::new(first, n_copies, snapshots);
        let n_workers = n_workers.get().min(n_copies);
        let mut workers = Vec::with_capacity(n_workers - 1);
        for index in (1..n_workers).rev() {
            let begin = index * n_copies / n_workers;
            let chunk = envs.split_off(begin);
            workers.push(Worker::spawn(index, begin, chunk, streams, snapshots)?);
        }
        workers.reverse();
        Ok(Self {
            layout,
            action_space,
            shock_space,
            shock_map,
            results,
            own: OwnCopies::Sound(Copies::new(envs, 0, streams)),
            workers,
        })
    }

    /// Starts the first episode of every copy.
    ///
    /// # Errors
    /// [`VectorError::WorkerLost`] when an environment panicked.
    pub fn reset(&mut self) -> Result<(), VectorError> {
        let nothing = match self.action_space {
            ActionSpace::Continuous { .. } => Action::Continuous(&[]),
            ActionSpace::Categorical { .. } => Action::Categorical(&[]),
        };
        let moves = self.moves(nothing, Shocks::NONE);
        self.run(Command::Reset, &moves)
    }

    /// Plays one step in every copy. `actions` is row-major `[n_copies, n_dims]`.
    ///
    /// # Errors
    /// [`VectorError::Shape`] or [`VectorError::Kind`] for inputs of another size or kind (nothing
    /// is stepped), [`VectorError::WorkerLost`] when an environment panicked.
    pub fn step(&mut self, actions: Action<'_>, shocks: Shocks<'_>) -> Result<(), VectorError> {
        check_actions(&self.action_space, self.n_copies(), actions)?;
        self.check_shocks(shocks)?;
        let moves = self.moves(actions, shocks);
        self.run(Command::Step, &moves)
    }

    /// Writes into [`VectorEnv::previews`] what [`Env::preview`] says for these actions. Changes
    /// nothing else.
    ///
    /// # Errors
    /// As [`VectorEnv::step`].
    pub fn preview(&mut self, actions: Action<'_>) -> Result<(), VectorError> {
        check_actions(&self.action_space, self.n_copies(), actions)?;
        let moves = self.moves(actions, Shocks::NONE);
        self.run(Command::Preview, &moves)
    }

    fn moves<'a>(&self, actions: Action<'a>, shocks: Shocks<'a>) -> Moves<'a> {
        Moves {
            n_dims: self.action_space.n_dims(),
            n_assets: self.shock_space.n_assets,
            actions,
            shocks,
        }
    }

    fn check_shocks(&self, shocks: Shocks<'_>) -> Result<(), VectorError> {
        let n_copies = self.n_copies();
        for (input, found, expected) in [
            (
                "price shocks",
                shocks.price_bps.len(),
                n_copies * self.shock_space.n_assets,
            ),
            (
                "spread multipliers",
                shocks.spread_multipliers.len(),
                n_copies,
            ),
            (
                "liquidity multipliers",
                shocks.liquidity_multipliers.len(),
                n_copies,
            ),
        ] {
            if found > 0 {
                fit(input, found, expected)?;
            }
        }
        Ok(())
    }

    /// The others are sent off first, so that all work at the same time.
    fn run(&mut self, command: Command, moves: &Moves<'_>) -> Result<(), VectorError> {
        for worker in &mut self.workers {
            worker.send(command, moves)?;
        }
        let own = self.own.run(&mut self.results, |copies, results| {
            let moves = moves.rows(0, copies.len());
            command.apply(copies, &moves, results);
        });
        for worker in &mut self.workers {
            worker.receive(command, &mut self.results)?;
        }
        own
    }
}

impl<E: Env + 'static> VectorEnv<E> {
    /// The copies of each worker, in order.
    #[must_use]
    pub fn chunks(&self) -> Vec<Range<usize>> {
        let begins = self.workers.iter().map(|worker| worker.begin);
        let begins: Vec<usize> = std::iter::once(0).chain(begins).collect();
        let ends = begins.iter().skip(1).copied().chain([self.n_copies()]);
        begins
            .iter()
            .copied()
            .zip(ends)
            .map(|(b, e)| b..e)
            .collect()
    }

    /// Every worker plays its own copies as its job says, without waiting for the others; jobs and
    /// answers are in the order of [`VectorEnv::chunks`]. What a job does must depend on its copies
    /// only, or results depend on the number of workers.
    ///
    /// # Errors
    /// [`VectorError::Shape`] unless there is one job per chunk, [`VectorError::WorkerLost`] when a
    /// job or an environment panicked.
    pub fn apart<T: Send + 'static>(
        &mut self,
        jobs: Vec<impl FnOnce(&mut Chunk<'_, E>) -> T + Send + 'static>,
    ) -> Result<Vec<T>, VectorError> {
        fit("jobs", jobs.len(), 1 + self.workers.len())?;
        let mut jobs = jobs.into_iter();
        let own_job = jobs.next();
        let mut answers = Vec::with_capacity(self.workers.len());
        for (worker, job) in self.workers.iter_mut().zip(jobs) {
            let (sender, answer) = bounded(1);
            // Whoever waits for the answer is gone only when the vector environment is.
            let job: Job<E> = Box::new(move |chunk| drop(sender.send(job(chunk))));
            worker.order(Order::Job(job))?;
            answers.push(answer);
        }
        let mut all = Vec::with_capacity(1 + answers.len());
        let own = own_job.map(|job| {
            self.own.run(&mut self.results, |copies, results| {
                job(&mut Chunk::new(copies, results))
            })
        });
        for (worker, answer) in self.workers.iter_mut().zip(answers) {
            worker.receive(Command::Step, &mut self.results)?;
            let index = worker.index;
            all.push(
                answer
                    .recv()
                    .map_err(|_| VectorError::WorkerLost { index })?,
            );
        }
        if let Some(own) = own {
            all.insert(0, own?);
        }
        Ok(all)
    }
}

impl<E> VectorEnv<E> {
    /// How all copies stand.
    #[must_use]
    pub fn played(&self) -> Played<'_> {
        Played::of(&self.results, self.n_copies())
    }

    /// Number of copies.
    #[must_use]
    pub const fn n_copies(&self) -> usize {
        self.results.n_copies()
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

    /// Current observations, row-major `[n_copies, n_fields]`: after an episode's end, those of the
    /// next episode.
    #[must_use]
    pub fn observations(&self) -> &[f32] {
        &self.results.observations
    }

    /// Observation of copy `copy` right after the step, before any auto-reset, `[n_fields]`: what a
    /// truncated episode bootstraps from. Where the episode goes on, it is the current one.
    ///
    /// # Panics
    /// When there is no such copy.
    #[must_use]
    pub fn final_observation(&self, copy: usize) -> &[f32] {
        self.results.final_observation(copy)
    }

    /// Rewards of the step, `[n_copies]`.
    #[must_use]
    pub fn rewards(&self) -> &[f64] {
        &self.results.rewards
    }

    /// Outcomes of the step, `[n_copies]`.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.results.outcomes
    }

    /// Sum of rewards of the episode that ended in this step (so far, where it is running),
    /// `[n_copies]`.
    #[must_use]
    pub fn episode_returns(&self) -> &[f64] {
        &self.results.episode_returns
    }

    /// Steps of that episode, `[n_copies]`.
    #[must_use]
    pub fn episode_lengths(&self) -> &[u64] {
        &self.results.episode_lengths
    }

    /// Actions each copy refused since it was built ([`Env::n_refused`]), `[n_copies]`.
    #[must_use]
    pub fn n_refused(&self) -> &[u64] {
        &self.results.n_refused
    }

    /// Length of one snapshot; 0 without a shock map.
    #[must_use]
    pub const fn snapshot_len(&self) -> usize {
        self.results.snapshot_len()
    }

    /// Snapshots of the current observations, row-major `[n_copies, snapshot_len]`; empty with
    /// [`Snapshots::Off`].
    #[must_use]
    pub fn snapshots(&self) -> &[f64] {
        &self.results.snapshots
    }

    /// What the last [`VectorEnv::preview`] wrote, row-major `[n_copies, snapshot_len]`.
    #[must_use]
    pub fn previews(&self) -> &[f64] {
        &self.results.previews
    }
}

/// Whether `actions` are of the space's kind, and as many as `n_copies` copies take.
pub(super) fn check_actions(
    space: &ActionSpace,
    n_copies: usize,
    actions: Action<'_>,
) -> Result<(), VectorError> {
    let found = match (space, actions) {
        (ActionSpace::Continuous { .. }, Action::Continuous(given)) => given.len(),
        (ActionSpace::Categorical { .. }, Action::Categorical(given)) => given.len(),
        (ActionSpace::Continuous { .. }, Action::Categorical(_)) => {
            return Err(VectorError::Kind {
                found: "categorical",
                expected: "continuous",
            });
        }
        (ActionSpace::Categorical { .. }, Action::Continuous(_)) => {
            return Err(VectorError::Kind {
                found: "continuous",
                expected: "categorical",
            });
        }
    };
    fit("actions", found, n_copies * space.n_dims())
}

fn fit(input: &'static str, found: usize, expected: usize) -> Result<(), VectorError> {
    if found == expected {
        Ok(())
    } else {
        Err(VectorError::Shape {
            input,
            found,
            expected,
        })
    }
}

/// What a worker is asked to do with its copies.
#[derive(Debug, Clone, Copy)]
enum Command {
    Reset,
    Step,
    Preview,
}

impl Command {
    fn apply<E: Env>(self, copies: &mut Copies<E>, moves: &Moves<'_>, results: &mut Results) {
        match self {
            Self::Reset => copies.reset(results),
            Self::Step => copies.step(moves, results),
            Self::Preview => copies.preview(moves, results),
        }
    }
}

/// The copies of the calling thread: the first ones, so that their results are the first rows of
/// the whole.
#[derive(Debug)]
enum OwnCopies<E> {
    Sound(Copies<E>),
    /// One of them panicked, in whatever state that left it.
    Lost,
}

impl<E: Env> OwnCopies<E> {
    fn run<T>(
        &mut self,
        results: &mut Results,
        job: impl FnOnce(&mut Copies<E>, &mut Results) -> T,
    ) -> Result<T, VectorError> {
        let lost = VectorError::WorkerLost { index: 0 };
        let Self::Sound(copies) = self else {
            return Err(lost);
        };
        let done = catch_unwind(AssertUnwindSafe(|| job(copies, results)));
        done.map_err(|_| {
            *self = Self::Lost;
            lost
        })
    }
}

/// A thread that owns some copies. Moves travel there and results back, so no two threads ever
/// share memory.
struct Worker<E> {
    index: usize,
    begin: usize,
    n_copies: usize,
    parcel: Option<Box<Parcel>>,
    orders: Option<Sender<(Order<E>, Box<Parcel>)>>,
    replies: Receiver<Box<Parcel>>,
    thread: Option<JoinHandle<()>>,
}

/// What a worker may be asked for.
enum Order<E> {
    /// The same of all workers.
    Command(Command),
    /// Its own.
    Job(Job<E>),
}

type Job<E> = Box<dyn FnOnce(&mut Chunk<'_, E>) + Send>;

/// What travels.
#[derive(Debug)]
struct Parcel {
    inbox: Inbox,
    results: Results,
}

impl<E: Env + 'static> Worker<E> {
    fn spawn(
        index: usize,
        begin: usize,
        envs: Vec<E>,
        streams: Streams,
        snapshots: Snapshots,
    ) -> Result<Self, VectorError> {
        let n_copies = envs.len();
        let first = envs.first().ok_or(VectorError::Empty)?;
        let parcel = Parcel {
            inbox: Inbox::new(first, n_copies),
            results: Results::new(first, n_copies, snapshots),
        };
        let mut copies = Copies::new(envs, begin, streams);
        let (orders, inbox) = bounded::<(Order<E>, Box<Parcel>)>(1);
        let (outbox, replies) = bounded(1);
        let thread = std::thread::Builder::new()
            .name(format!("env-{index}"))
            .spawn(move || {
                for (order, mut parcel) in inbox {
                    let Parcel { inbox, results } = &mut *parcel;
                    match order {
                        Order::Command(command) => {
                            command.apply(&mut copies, &inbox.moves(), results);
                        }
                        Order::Job(job) => job(&mut Chunk::new(&mut copies, results)),
                    }
                    if outbox.send(parcel).is_err() {
                        break;
                    }
                }
            })
            .map_err(|source| VectorError::Spawn { index, source })?;
        Ok(Self {
            index,
            begin,
            n_copies,
            parcel: Some(Box::new(parcel)),
            orders: Some(orders),
            replies,
            thread: Some(thread),
        })
    }

    fn send(&mut self, command: Command, all: &Moves<'_>) -> Result<(), VectorError> {
        let moves = all.rows(self.begin, self.n_copies);
        if let Some(parcel) = &mut self.parcel {
            parcel.inbox.fill(&moves);
        }
        self.order(Order::Command(command))
    }

    fn order(&mut self, order: Order<E>) -> Result<(), VectorError> {
        let lost = VectorError::WorkerLost { index: self.index };
        let (Some(parcel), Some(orders)) = (self.parcel.take(), &self.orders) else {
            return Err(lost);
        };
        orders.send((order, parcel)).map_err(|_| lost)
    }

    fn receive(&mut self, command: Command, all: &mut Results) -> Result<(), VectorError> {
        let parcel = self
            .replies
            .recv()
            .map_err(|_| VectorError::WorkerLost { index: self.index })?;
        match command {
            Command::Preview => parcel.results.write_previews(all, self.begin),
            Command::Reset | Command::Step => parcel.results.write_steps(all, self.begin),
        }
        self.parcel = Some(parcel);
        Ok(())
    }
}

impl<E> Drop for Worker<E> {
    fn drop(&mut self) {
        self.orders = None;
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
            let mut f32s = vector.observations().to_vec();
            for copy in 0..N_COPIES {
                f32s.extend(vector.final_observation(copy));
            }
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
                let step = env.step(Action::Continuous(&[0.25]), crate::env::Shock::NONE);
                let outcome = step.outcome;
                let n_fields = step.observation.len();
                let rows = copy * n_fields..(copy + 1) * n_fields;
                assert_eq!(vector.final_observation(copy), step.observation);
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
    fn workers_left_alone_play_what_they_play_together() {
        let actions = |n: usize, t: u16| vec![f32::from(t) * 0.1 - 1.0; n];
        let mut together = vector(1);
        together.reset().unwrap();
        for t in 0..20 {
            let actions = actions(N_COPIES, t);
            let step = together.step(Action::Continuous(&actions), Shocks::NONE);
            step.unwrap();
        }
        for n_workers in [1, 2, 7] {
            let mut apart = vector(n_workers);
            apart.reset().unwrap();
            let chunks = apart.chunks();
            let job = |copies: Range<usize>| {
                move |chunk: &mut Chunk<'_, Toy>| {
                    let n = chunk.played().rewards.len();
                    assert_eq!(n, copies.len());
                    for t in 0..20 {
                        chunk.step(Action::Continuous(&actions(n, t))).unwrap();
                    }
                    assert!(chunk.step(Action::Continuous(&[])).is_err());
                    copies
                }
            };
            let jobs = chunks.iter().cloned().map(job).collect();
            assert_eq!(apart.apart(jobs).unwrap(), chunks);
            assert_eq!(apart.observations(), together.observations());
            assert_eq!(apart.snapshots(), together.snapshots());
            assert_eq!(apart.outcomes(), together.outcomes());
            assert_eq!(apart.episode_lengths(), together.episode_lengths());
            let few: Vec<fn(&mut Chunk<'_, Toy>)> = Vec::new();
            assert!(matches!(apart.apart(few), Err(VectorError::Shape { .. })));
        }
    }

    #[test]
    fn a_panicking_job_is_an_error_not_a_hang() {
        for bad in 0..2 {
            let mut vector = vector(2);
            vector.reset().unwrap();
            let job = |worker| move |_: &mut Chunk<'_, Toy>| assert_ne!(worker, bad);
            let found = vector.apart(vec![job(0), job(1)]);
            assert!(matches!(found, Err(VectorError::WorkerLost { index }) if index == bad));
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
