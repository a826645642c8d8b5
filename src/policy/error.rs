//! Errors of networks.

/// An error of this module.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The tensor library failed: out of memory, or an error of the GPU driver.
    #[error("{operation}: the tensor library failed: {message}")]
    Tensor {
        /// The operation.
        operation: &'static str,
        /// The message of the library.
        message: String,
    },
    /// A matrix of the wrong shape.
    #[error("{place}: found shape {found:?}, expected {expected:?}")]
    Shape {
        /// Function and argument.
        place: &'static str,
        /// `[n_rows, n_cols]` found.
        found: [usize; 2],
        /// `[n_rows, n_cols]` expected.
        expected: [usize; 2],
    },
    /// A layer without inputs or outputs.
    #[error("network: {place} has width 0, expected at least 1")]
    EmptyLayer {
        /// Name of the layer.
        place: String,
    },
    /// A missing weight.
    #[error("weights: tensor `{name}` is missing, expected shape {expected:?}")]
    MissingTensor {
        /// Name of the tensor.
        name: String,
        /// Shape of the tensor.
        expected: Vec<usize>,
    },
    /// A tensor that is not part of the network.
    #[error("weights: tensor `{name}` is not part of this network")]
    UnknownTensor {
        /// Name of the tensor.
        name: String,
    },
    /// A weight of the wrong shape.
    #[error("weights: tensor `{name}`: found shape {found:?}, expected {expected:?}")]
    WrongTensorShape {
        /// Name of the tensor.
        name: String,
        /// Shape found.
        found: Vec<usize>,
        /// Shape of the network.
        expected: Vec<usize>,
    },
    /// A weight that is NaN or infinite.
    #[error("weights: tensor `{name}`: entry {index} is {found}, expected a finite number")]
    NonFinite {
        /// Name of the tensor.
        name: String,
        /// Position in row-major order.
        index: usize,
        /// Value found.
        found: f64,
    },
}

/// Checks the shape of an argument.
///
/// # Errors
/// [`PolicyError::Shape`] unless the shapes are equal.
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

/// # Errors
/// [`PolicyError::Shape`] unless `table` holds `n_rows` rows of `n_cols`.
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
