//! Independent jobs on scoped threads, results in the order of the jobs.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// Runs `job(0), …, job(n_jobs - 1)` on at most `n_threads` threads and returns the results in the
/// order of the jobs, so that nothing depends on the number of threads. After the first error no
/// further job starts; the error with the smallest job index is returned.
pub(super) fn in_parallel<T: Send, E: Send>(
    n_jobs: usize,
    n_threads: usize,
    job: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let n_threads = n_threads.clamp(1, n_jobs.max(1));
    if n_threads == 1 {
        return (0..n_jobs).map(job).collect();
    }
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results: Mutex<Vec<Option<Result<T, E>>>> = Mutex::new((0..n_jobs).map(|_| None).collect());
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= n_jobs {
                break;
            }
            let result = job(n);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            results.lock().unwrap_or_else(PoisonError::into_inner)[n] = Some(result);
        }
    };
    let scope = crossbeam::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|_| work());
        }
    });
    if let Err(panic) = scope {
        // A panic is a defect of a job, so it is resumed instead of returning partial results.
        std::panic::resume_unwind(panic);
    }
    results
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_do_not_depend_on_the_number_of_threads() {
        for n_threads in [0, 1, 2, 8] {
            let squares: Result<Vec<usize>, ()> = in_parallel(20, n_threads, |n| Ok(n * n));
            assert_eq!(squares, Ok((0..20).map(|n| n * n).collect()));
        }
    }

    #[test]
    fn an_error_is_returned_and_nothing_is_lost_silently() {
        for n_threads in [1, 3] {
            let result: Result<Vec<usize>, usize> =
                in_parallel(9, n_threads, |n| if n == 4 { Err(n) } else { Ok(n) });
            assert_eq!(result, Err(4));
        }
    }
}
