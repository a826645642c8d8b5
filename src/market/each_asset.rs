//! A loop over assets that is none where there is only one.

/// Calls `act(0..n_assets)` in order. One asset, the usual case, takes no loop: what a compiler
/// puts around one to make it fast for many assets costs a single one more than the work itself.
#[inline]
pub(crate) fn each_asset(n_assets: usize, mut act: impl FnMut(usize)) {
    if n_assets == 1 {
        act(0);
    } else {
        for asset in 0..n_assets {
            act(asset);
        }
    }
}
