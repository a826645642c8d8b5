//! Environments for tests of other rooms.

pub(crate) mod toy;
