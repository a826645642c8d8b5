//! Buffers that reuse memory.

use std::{
    cell::RefCell,
    ops::{Deref, DerefMut},
};

/// Maximum number of free buffers per length and thread, because a thread may drop more buffers
/// than it creates.
const MOST_KEPT: usize = 2048;

thread_local! {
    /// Buffers dropped on this thread, one list per length.
    static FREE: RefCell<Vec<(usize, Vec<Vec<f32>>)>> = const { RefCell::new(Vec::new()) };
}

/// A slice of `f32` with arbitrary values until written. It reuses the last buffer of its length
/// dropped on this thread: clearing fresh memory per block would take a tenth of a gradient's time.
#[derive(Debug, Default, PartialEq)]
pub struct Buffer(Vec<f32>);

impl Buffer {
    /// A buffer of `n` arbitrary values.
    #[must_use]
    pub fn of_len(n: usize) -> Self {
        let reused = FREE.with_borrow_mut(|lists| list_of(lists, n).pop());
        Self(reused.unwrap_or_else(|| vec![0.0; n]))
    }

    /// A copy of `numbers`.
    #[must_use]
    pub fn copy_of(numbers: &[f32]) -> Self {
        let mut copy = Self::of_len(numbers.len());
        copy.copy_from_slice(numbers);
        copy
    }
}

fn list_of(lists: &mut Vec<(usize, Vec<Vec<f32>>)>, n: usize) -> &mut Vec<Vec<f32>> {
    let i = lists.iter().position(|(len, _)| *len == n);
    let i = i.unwrap_or_else(|| {
        lists.push((n, Vec::new()));
        lists.len() - 1
    });
    &mut lists[i].1
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.0);
        // While a thread ends, the lists may be gone already; the memory is then freed.
        let _ = FREE.try_with(|lists| {
            if let Ok(mut lists) = lists.try_borrow_mut() {
                let list = list_of(&mut lists, memory.len());
                if list.len() < MOST_KEPT && !memory.is_empty() {
                    list.push(memory);
                }
            }
        });
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_reuses_memory_of_its_own_length_only() {
        let mut first = Buffer::of_len(97);
        first[3] = 7.0;
        let place = first.as_ptr();
        drop(first);
        assert_ne!(Buffer::of_len(98).len(), 97);
        let again = Buffer::of_len(97);
        assert_eq!(
            (again.as_ptr(), again[3].to_bits()),
            (place, 7.0_f32.to_bits())
        );
        assert_eq!(again.clone().len(), 97);
        assert!(Buffer::of_len(0).is_empty());
    }

    #[test]
    fn buffers_may_outlive_their_thread() {
        let made = std::thread::spawn(|| Buffer::of_len(31)).join();
        assert_eq!(made.expect("no panic").len(), 31);
    }
}
