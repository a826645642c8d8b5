//! Work that is done a little ahead of the one who needs it.

use std::io;
use std::sync::mpsc::{IntoIter, sync_channel};
use std::thread::{Builder, Scope};

/// What `next` yields, in its order, made in a thread of its own: one thing is ready while the next
/// is being made. The thread ends with `next`, or when the iterator is dropped.
pub(super) fn ahead<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    mut next: impl FnMut() -> Option<T> + Send + 'scope,
) -> io::Result<IntoIter<T>> {
    let (give, take) = sync_channel(1);
    Builder::new().spawn_scoped(scope, move || {
        while let Some(thing) = next() {
            if give.send(thing).is_err() {
                break;
            }
        }
    })?;
    Ok(take.into_iter())
}

/// What `work` gives away, in its order, made in a thread of its own: one thing is ready while the
/// next is being made. Giving returns whether anybody still takes.
pub(super) fn handed<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce(&mut dyn FnMut(T) -> bool) + Send + 'scope,
) -> io::Result<IntoIter<T>> {
    let (give, take) = sync_channel(1);
    Builder::new().spawn_scoped(scope, move || work(&mut |thing| give.send(thing).is_ok()))?;
    Ok(take.into_iter())
}

#[cfg(test)]
mod tests {
    use super::ahead;

    #[test]
    fn everything_comes_in_order_and_who_stops_taking_stops_the_work() {
        let mut n_made = 0;
        std::thread::scope(|scope| {
            let mut numbers = 0..1000;
            let taken: Vec<i32> = ahead(scope, move || numbers.next()).unwrap().collect();
            assert_eq!(taken, (0..1000).collect::<Vec<_>>());
            let mut first = ahead(scope, || {
                n_made += 1;
                Some(n_made)
            })
            .unwrap();
            assert_eq!(first.next(), Some(1));
        });
        assert!((1..=4).contains(&n_made), "{n_made}");
    }
}
