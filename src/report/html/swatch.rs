//! The label of a policy with its color.

use crate::report::{digest::Digest, input::Method};
use maud::{Markup, html};

/// The label behind a patch in the color of the policy.
pub(super) fn swatch(digest: &Digest<'_>, method: &Method) -> Markup {
    html! { span class=(format!("swatch {}", digest.class(method))) {} (method.label) }
}
