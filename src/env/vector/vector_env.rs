//! Many copies of one environment, stepped together.

use super::{
    copies::{Chunk, Copies},
    error::{VectorError, check_actions, check_len},
    moves::{Moves, Shocks},
    results::{Record, Results, Steps},
    worker::{CallerCopies, Command, Job, Worker},
};
use crate::env::{
    Action, ActionSpace, Differentiable, Env, NotDifferentiable, ShockMap, ShockSpace,
};
use crate::{features::Layout, rng::Streams};
use crossbeam::channel::bounded;
use std::{num::NonZeroUsize, ops::Range, sync::Arc};

/// Independent copies of an environment with structure-of-arrays inputs and outputs.
///
/// Auto-reset is **same-step**: when a copy's episode ends, [`Steps::final_observation`] is its
/// last observation and [`VectorEnv::observations`] holds the first of its next episode, whose seed
/// is [`Streams::episode_seed`] of (copy, episode). A copy depends only on its index, its inputs
/// and the seed, so outputs are the same bytes at any number of workers. The calling thread is the
/// first worker: one worker means no other thread. Nothing is allocated per step.
///
/// ```
/// use shockproof::{
///     env::{Action, Shocks, Snapshots, VectorEnv},
///     games::execution::{Execution, ExecutionSpec},
///     rng::Streams,
/// };
/// use std::num::NonZeroUsize;
///
/// let copies = vec![Execution::new(ExecutionSpec::almgren_chriss())?; 4];
/// let mut vector = VectorEnv::new(copies, Streams::new(1), NonZeroUsize::MIN, Snapshots::Off)?;
/// vector.reset()?;
/// vector.step(Action::Continuous(&[-1.0, -0.5, 0.0, 1.0]), Shocks::NONE)?;
/// assert_eq!(vector.steps().rewards.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct VectorEnv<E> {
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    shock_map: Option<Arc<dyn ShockMap>>,
    differentiable: Result<Differentiable, NotDifferentiable>,
    results: Results,
    caller: CallerCopies<E>,
    workers: Vec<Worker<E>>,
}

impl<E> std::fmt::Debug for VectorEnv<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VectorEnv")
            .field("n_copies", &self.n_copies())
            .finish_non_exhaustive()
    }
}

impl<E: Env + 'static> VectorEnv<E> {
    /// Takes ownership of the copies, not yet reset. At most one worker per copy starts. `record`
    /// is a [`Record`], or [`Snapshots`](crate::env::Snapshots) without derivatives.
    ///
    /// # Errors
    /// [`VectorError::Empty`] without copies, [`VectorError::Foreign`] when a copy's spaces differ
    /// from those of the first, [`VectorError::Spawn`] when the operating system refuses a thread.
    pub fn new(
        mut envs: Vec<E>,
        streams: Streams,
        n_workers: NonZeroUsize,
        record: impl Into<Record>,
    ) -> Result<Self, VectorError> {
        let record = record.into();
        let first = envs.first().ok_or(VectorError::Empty)?;
        let foreign = |env: &E| {
            env.layout() != first.layout()
                || env.action_space() != first.action_space()
                || env.shock_space() != first.shock_space()
        };
        if let Some(copy) = envs.iter().position(foreign) {
            return Err(VectorError::Foreign { copy });
        }
        let n_copies = envs.len();
        let (layout, action_space) = (first.layout().clone(), first.action_space().clone());
        let (shock_space, shock_map) = (first.shock_space().clone(), first.shock_map());
        let differentiable = first.differentiable();
        let results = Results::new(first, n_copies, record);
        let n_workers = n_workers.get().min(n_copies);
        let mut workers = Vec::with_capacity(n_workers - 1);
        for index in (1..n_workers).rev() {
            let begin = index * n_copies / n_workers;
            let copies = Copies::new(envs.split_off(begin), begin, streams);
            workers.push(Worker::spawn(index, &envs[0], copies, begin, record)?);
        }
        workers.reverse();
        Ok(Self {
            layout,
            action_space,
            shock_space,
            shock_map,
            differentiable,
            results,
            caller: CallerCopies(Some(Copies::new(envs, 0, streams))),
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
        self.run(Command::Reset, nothing, Shocks::NONE)
    }

    /// Plays one step in every copy. `actions` is row-major `[n_copies, n_dims]`.
    ///
    /// # Errors
    /// [`VectorError::Shape`] or [`VectorError::Kind`] for inputs of another size or kind (then no
    /// copy is stepped), [`VectorError::WorkerLost`] when an environment panicked.
    pub fn step(&mut self, actions: Action<'_>, shocks: Shocks<'_>) -> Result<(), VectorError> {
        check_actions(&self.action_space, self.n_copies(), actions)?;
        self.check_shocks(shocks)?;
        self.run(Command::Step, actions, shocks)
    }

    /// Writes [`Env::preview`] of `actions` into [`VectorEnv::previews`]; changes nothing else.
    ///
    /// # Errors
    /// As [`VectorEnv::step`].
    pub fn preview(&mut self, actions: Action<'_>) -> Result<(), VectorError> {
        check_actions(&self.action_space, self.n_copies(), actions)?;
        self.run(Command::Preview, actions, Shocks::NONE)
    }

    fn check_shocks(&self, shocks: Shocks<'_>) -> Result<(), VectorError> {
        let n_copies = self.n_copies();
        let n_moves = n_copies * self.shock_space.n_assets;
        for (input, given, expected) in [
            ("price shocks", shocks.price_bps, n_moves),
            ("spread multipliers", shocks.spread_multipliers, n_copies),
            (
                "liquidity multipliers",
                shocks.liquidity_multipliers,
                n_copies,
            ),
        ] {
            if !given.is_empty() {
                check_len(input, given.len(), expected)?;
            }
        }
        Ok(())
    }

    /// Runs a command on all workers. The threads start before the caller's own copies play, so
    /// that all work at once.
    fn run(
        &mut self,
        command: Command,
        actions: Action<'_>,
        shocks: Shocks<'_>,
    ) -> Result<(), VectorError> {
        let moves = Moves {
            n_dims: self.action_space.n_dims(),
            n_assets: self.shock_space.n_assets,
            actions,
            shocks,
        };
        for worker in &mut self.workers {
            worker.command(command, &moves)?;
        }
        let own = self.caller.command(command, &moves, &mut self.results);
        for worker in &mut self.workers {
            worker.receive(command, &mut self.results)?;
        }
        own
    }

    /// The copies of each worker, in order.
    #[must_use]
    pub fn chunks(&self) -> Vec<Range<usize>> {
        let begins = self.workers.iter().map(|worker| worker.begin);
        let mut edges: Vec<usize> = std::iter::once(0).chain(begins).collect();
        edges.push(self.n_copies());
        edges.windows(2).map(|pair| pair[0]..pair[1]).collect()
    }

    /// Runs one job per worker on that worker's copies, without waiting between steps. Jobs and
    /// results are in the order of [`VectorEnv::chunks`]. A job may depend on its copies only;
    /// otherwise its result depends on the number of workers.
    ///
    /// # Errors
    /// [`VectorError::Shape`] unless there is one job per chunk, [`VectorError::WorkerLost`] when a
    /// job or an environment panicked.
    pub fn run_jobs<T: Send + 'static>(
        &mut self,
        jobs: Vec<impl FnOnce(&mut Chunk<'_, E>) -> T + Send + 'static>,
    ) -> Result<Vec<T>, VectorError> {
        check_len("jobs", jobs.len(), 1 + self.workers.len())?;
        let mut jobs = jobs.into_iter();
        let own_job = jobs.next();
        let mut pending = Vec::with_capacity(self.workers.len());
        for (worker, job) in self.workers.iter_mut().zip(jobs) {
            let (sender, answer) = bounded(1);
            // Sending fails only if the vector environment, and with it the receiver, is gone.
            let job: Job<E> = Box::new(move |chunk| drop(sender.send(job(chunk))));
            worker.job(job)?;
            pending.push(answer);
        }
        let own = own_job.map(|job| self.caller.job(job, &mut self.results));
        let mut answers = Vec::with_capacity(1 + pending.len());
        for (worker, answer) in self.workers.iter_mut().zip(pending) {
            worker.receive(Command::Step, &mut self.results)?;
            let lost = VectorError::WorkerLost {
                index: worker.index,
            };
            answers.push(answer.recv().map_err(|_| lost)?);
        }
        if let Some(own) = own {
            answers.insert(0, own?);
        }
        Ok(answers)
    }
}

impl<E> VectorEnv<E> {
    /// Last step of all copies.
    #[must_use]
    pub fn steps(&self) -> Steps<'_> {
        Steps::new(&self.results, self.n_copies())
    }

    /// Number of copies.
    #[must_use]
    pub const fn n_copies(&self) -> usize {
        self.results.n_copies
    }

    /// Layout of one observation.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Action space of one copy.
    #[must_use]
    pub const fn action_space(&self) -> &ActionSpace {
        &self.action_space
    }

    /// Shock space of one copy.
    #[must_use]
    pub const fn shock_space(&self) -> &ShockSpace {
        &self.shock_space
    }

    /// Shock map that all copies share.
    #[must_use]
    pub fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        self.shock_map.clone()
    }

    /// Shape of the derivatives of a step of each copy ([`Env::differentiable`]).
    ///
    /// # Errors
    /// [`NotDifferentiable`] names the reason why there are none.
    pub fn differentiable(&self) -> Result<&Differentiable, NotDifferentiable> {
        self.differentiable.as_ref().map_err(|reason| *reason)
    }

    /// See [`Steps::observations`].
    #[must_use]
    pub fn observations(&self) -> &[f32] {
        &self.results.observations
    }

    /// Actions that each copy refused since construction ([`Env::n_refused`]), `[n_copies]`.
    #[must_use]
    pub fn n_refused(&self) -> &[u64] {
        &self.results.n_refused
    }

    /// Length of one snapshot; 0 without a shock map.
    #[must_use]
    pub const fn snapshot_len(&self) -> usize {
        self.results.snapshot_len
    }

    /// See [`Steps::snapshots`].
    #[must_use]
    pub fn snapshots(&self) -> &[f64] {
        &self.results.snapshots
    }

    /// Snapshots written by the last [`VectorEnv::preview`], row-major `[n_copies, snapshot_len]`.
    #[must_use]
    pub fn previews(&self) -> &[f64] {
        &self.results.previews
    }
}

#[cfg(test)]
mod tests {
    use super::super::Snapshots;
    use super::*;
    use crate::env::toy::Toy;

    const N_COPIES: usize = 7;

    fn vector(n_workers: usize) -> VectorEnv<Toy> {
        let envs = (0..N_COPIES).map(|_| Toy::default()).collect();
        let n_workers = NonZeroUsize::new(n_workers).unwrap();
        VectorEnv::new(envs, Streams::new(3), n_workers, Snapshots::EveryStep).unwrap()
    }

    /// All outputs of a vector environment, as bits.
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
                f32s.extend(vector.steps().final_observation(copy));
            }
            let f64s = [
                vector.steps().rewards,
                vector.snapshots(),
                vector.previews(),
                vector.steps().episode_returns,
            ]
            .concat();
            trace.extend(f32s.iter().map(|x| u64::from(x.to_bits())));
            trace.extend(f64s.iter().map(|x| x.to_bits()));
            trace.extend(
                vector
                    .steps()
                    .outcomes
                    .iter()
                    .map(|outcome| *outcome as u64),
            );
            trace.extend(vector.steps().episode_lengths);
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
    fn copies_equal_single_environments() {
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
                assert_eq!(vector.steps().final_observation(copy), step.observation);
                assert!((vector.steps().rewards[copy] - step.reward).abs() <= 0.0);
                assert_eq!(vector.steps().outcomes[copy], outcome);
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
    fn jobs_give_the_same_steps_as_common_steps() {
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
                    let n = chunk.steps().rewards.len();
                    assert_eq!(n, copies.len());
                    for t in 0..20 {
                        chunk.step(Action::Continuous(&actions(n, t))).unwrap();
                    }
                    assert!(chunk.step(Action::Continuous(&[])).is_err());
                    copies
                }
            };
            let jobs = chunks.iter().cloned().map(job).collect();
            assert_eq!(apart.run_jobs(jobs).unwrap(), chunks);
            assert_eq!(apart.observations(), together.observations());
            assert_eq!(apart.snapshots(), together.snapshots());
            assert_eq!(apart.steps().outcomes, together.steps().outcomes);
            assert_eq!(
                apart.steps().episode_lengths,
                together.steps().episode_lengths
            );
            let few: Vec<fn(&mut Chunk<'_, Toy>)> = Vec::new();
            assert!(matches!(
                apart.run_jobs(few),
                Err(VectorError::Shape { .. })
            ));
        }
    }

    #[test]
    fn a_panicking_job_is_an_error_not_a_hang() {
        for bad in 0..2 {
            let mut vector = vector(2);
            vector.reset().unwrap();
            let job = |worker| move |_: &mut Chunk<'_, Toy>| assert_ne!(worker, bad);
            let found = vector.run_jobs(vec![job(0), job(1)]);
            assert!(matches!(found, Err(VectorError::WorkerLost { index }) if index == bad));
        }
    }

    #[test]
    fn zero_copies_are_an_error() {
        let none = VectorEnv::<Toy>::new(
            Vec::new(),
            Streams::new(0),
            NonZeroUsize::MIN,
            Snapshots::Off,
        );
        assert!(matches!(none, Err(VectorError::Empty)));
    }
}
