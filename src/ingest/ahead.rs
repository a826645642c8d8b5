//! Work in a separate thread, one result ahead of the caller.

use std::io;
use std::sync::mpsc::{IntoIter, sync_channel};
use std::thread::{Builder, Scope};

/// Iterator over the items of `next`, computed in a separate thread that buffers one item. The
/// thread ends when `next` returns `None` or the iterator is dropped.
pub(super) fn ahead<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    mut next: impl FnMut() -> Option<T> + Send + 'scope,
) -> io::Result<IntoIter<T>> {
    sent_ahead(scope, move |send| while next().is_some_and(&mut *send) {})
}

/// Iterator over the items that `work` sends from a separate thread, buffered as in [`ahead`].
/// Sending returns false once the iterator is dropped.
pub(super) fn sent_ahead<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce(&mut dyn FnMut(T) -> bool) + Send + 'scope,
) -> io::Result<IntoIter<T>> {
    let (sender, receiver) = sync_channel(1);
    Builder::new().spawn_scoped(scope, move || work(&mut |item| sender.send(item).is_ok()))?;
    Ok(receiver.into_iter())
}

#[cfg(test)]
mod tests {
    use super::ahead;

    #[test]
    fn items_come_in_order_and_dropping_the_iterator_ends_the_thread() {
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
