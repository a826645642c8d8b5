//! Errors of networks.

/// Error of a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The tensor library failed: out of memory, or an error of the GPU driver.
    #[error("{operation}: the tensor library failed: {message}")]
    Tensor {
        /// Operation that failed.
        operation: &'static str,
        /// Message of the tensor library.
        message: String,
    },
    /// A matrix of the wrong shape.
    #[error("{place}: found shape {found:?}, expected {expected:?}")]
    Shape {
        /// Function and argument.
        place: &'static str,
        /// Shape found, `[n_rows, n_cols]`.
        found: [usize; 2],
        /// Shape expected, `[n_rows, n_cols]`.
        expected: [usize; 2],
    },
    /// A layer of width 0.
    #[error("network: {place} has width 0, expected at least 1")]
    EmptyLayer {
        /// Name of the layer.
        place: String,
    },
    /// A missing weight tensor.
    #[error("weights: tensor `{name}` is missing, expected shape {expected:?}")]
    MissingTensor {
        /// Name of the tensor.
        name: String,
        /// Shape expected.
        expected: Vec<usize>,
    },
    /// A tensor that is not part of the network.
    #[error("weights: tensor `{name}` is not part of this network")]
    UnknownTensor {
        /// Name of the tensor.
        name: String,
    },
    /// A weight tensor of the wrong shape.
    #[error("weights: tensor `{name}`: found shape {found:?}, expected {expected:?}")]
    WrongTensorShape {
        /// Name of the tensor.
        name: String,
        /// Shape found.
        found: Vec<usize>,
        /// Shape expected.
        expected: Vec<usize>,
    },
    /// A weight that is NaN or infinite.
    #[error("weights: tensor `{name}`: entry {index} is {found}, expected a finite number")]
    NonFinite {
        /// Name of the tensor.
        name: String,
        /// Index of the entry in row-major order.
        index: usize,
        /// Value found.
        found: f64,
    },
}

pub(super) fn check_shape(
    place: &'static str,
    found: (usize, usize),
    expected: (usize, usize),
) -> Result<(), PolicyError> {
    if found == expected {
        return Ok(());
    }
    Err(PolicyError::Shape {
        place,
        found: found.into(),
        expected: expected.into(),
    })
}

/// Checks that `table` holds `n_rows` rows of `n_cols` entries.
pub(super) fn check_table(
    place: &'static str,
    table: &[f32],
    [n_rows, n_cols]: [usize; 2],
) -> Result<(), PolicyError> {
    if table.len() == n_rows * n_cols {
        return Ok(());
    }
    Err(PolicyError::Shape {
        place,
        found: [table.len() / n_cols, n_cols],
        expected: [n_rows, n_cols],
    })
}

impl PolicyError {
    /// Names the operation during which the tensor library failed.
    pub(crate) fn tensor<Err: std::fmt::Display>(
        operation: &'static str,
    ) -> impl FnOnce(Err) -> Self {
        move |error| Self::Tensor {
            operation,
            message: error.to_string(),
        }
    }
}
