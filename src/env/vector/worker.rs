//! Workers of a vector environment: the calling thread and other threads.

use super::{
    copies::{Chunk, Copies},
    error::VectorError,
    moves::{Moves, OwnedMoves},
    results::{Record, Results},
};
use crate::env::Env;
use crossbeam::channel::{Receiver, Sender, bounded};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread::JoinHandle,
};

/// A command that every worker runs on its own copies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    Reset,
    Step,
    Preview,
}

impl Command {
    fn run<E: Env>(self, copies: &mut Copies<E>, moves: &Moves<'_>, results: &mut Results) {
        match self {
            Self::Reset => copies.reset(results),
            Self::Step => copies.step(moves, results),
            Self::Preview => copies.preview(moves, results),
        }
    }
}

pub(super) type Job<E> = Box<dyn FnOnce(&mut Chunk<'_, E>) + Send>;

enum Order<E> {
    Command(Command),
    Job(Job<E>),
}

/// Copies of the calling thread; `None` after a copy panicked, because its state is unknown. Their
/// results are the first rows of all results.
pub(super) struct CallerCopies<E>(pub(super) Option<Copies<E>>);

impl<E: Env> CallerCopies<E> {
    pub(super) fn command(
        &mut self,
        command: Command,
        all: &Moves<'_>,
        results: &mut Results,
    ) -> Result<(), VectorError> {
        self.guard(|copies| command.run(copies, &all.rows(0, copies.len()), results))
    }

    pub(super) fn job<T>(
        &mut self,
        job: impl FnOnce(&mut Chunk<'_, E>) -> T,
        results: &mut Results,
    ) -> Result<T, VectorError> {
        self.guard(|copies| job(&mut Chunk::new(copies, results)))
    }

    /// Turns a panic of `act` into an error; every later call then returns the same error.
    fn guard<T>(&mut self, act: impl FnOnce(&mut Copies<E>) -> T) -> Result<T, VectorError> {
        let lost = VectorError::WorkerLost { index: 0 };
        let Some(copies) = &mut self.0 else {
            return Err(lost);
        };
        catch_unwind(AssertUnwindSafe(|| act(copies))).map_err(|_| {
            self.0 = None;
            lost
        })
    }
}

/// A thread that owns some copies of the environment. A parcel carries moves to the thread and
/// results back, so the threads share neither.
pub(super) struct Worker<E> {
    pub(super) index: usize,
    /// Index of the worker's first copy.
    pub(super) begin: usize,
    n_copies: usize,
    /// Moves and results; `None` while the worker holds them.
    parcel: Option<Box<Parcel>>,
    orders: Option<Sender<(Order<E>, Box<Parcel>)>>,
    replies: Receiver<Box<Parcel>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Parcel {
    moves: OwnedMoves,
    results: Results,
}

impl<E: Env + 'static> Worker<E> {
    pub(super) fn spawn(
        index: usize,
        first: &E,
        mut copies: Copies<E>,
        begin: usize,
        record: Record,
    ) -> Result<Self, VectorError> {
        let n_copies = copies.len();
        let parcel = Parcel {
            moves: OwnedMoves::new(first, n_copies),
            results: Results::new(first, n_copies, record),
        };
        let (orders, inbox) = bounded::<(Order<E>, Box<Parcel>)>(1);
        let (outbox, replies) = bounded(1);
        let run = move || {
            for (order, mut parcel) in inbox {
                let Parcel { moves, results } = &mut *parcel;
                match order {
                    Order::Command(command) => command.run(&mut copies, &moves.moves(), results),
                    Order::Job(job) => job(&mut Chunk::new(&mut copies, results)),
                }
                if outbox.send(parcel).is_err() {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name(format!("env-{index}"));
        let thread = thread
            .spawn(run)
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

    /// Starts a command on this worker's part of `all` moves.
    pub(super) fn command(&mut self, command: Command, all: &Moves<'_>) -> Result<(), VectorError> {
        let moves = all.rows(self.begin, self.n_copies);
        if let Some(parcel) = &mut self.parcel {
            parcel.moves.fill(&moves);
        }
        self.send(Order::Command(command))
    }

    pub(super) fn job(&mut self, job: Job<E>) -> Result<(), VectorError> {
        self.send(Order::Job(job))
    }

    fn send(&mut self, order: Order<E>) -> Result<(), VectorError> {
        let lost = VectorError::WorkerLost { index: self.index };
        let (Some(parcel), Some(orders)) = (self.parcel.take(), &self.orders) else {
            return Err(lost);
        };
        orders.send((order, parcel)).map_err(|_| lost)
    }

    /// Waits for the end of the command and writes its results into `all`.
    pub(super) fn receive(
        &mut self,
        command: Command,
        all: &mut Results,
    ) -> Result<(), VectorError> {
        let lost = VectorError::WorkerLost { index: self.index };
        let parcel = self.replies.recv().map_err(|_| lost)?;
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
