//! Device selection: the CPU, or a GPU if the build (feature `cuda`) and the machine have one.

pub use dfdx::tensor::Cpu;
use serde::{Deserialize, Serialize};

/// The device type of this build: the GPU with the `cuda` feature, else the CPU.
#[cfg(not(feature = "cuda"))]
pub type BuildDevice = Cpu;
/// The device type of this build: the GPU with the `cuda` feature, else the CPU.
#[cfg(feature = "cuda")]
pub type BuildDevice = dfdx::tensor::Cuda;

/// Device that the user chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceChoice {
    /// Uses the GPU where build and machine have one, else the CPU. Pick it first.
    #[default]
    Auto,
    /// Uses the CPU. Pick it for bit-equal results on every machine of one type.
    Cpu,
    /// Uses the GPU; without a GPU, the CPU with a notice. Pick it for large networks.
    Cuda,
}

/// Device found at run time: match on it and call generic code with the device inside.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RuntimeDevice {
    /// The CPU.
    Cpu(Cpu),
    /// GPU 0.
    #[cfg(feature = "cuda")]
    Cuda(dfdx::tensor::Cuda),
}

/// Device that [`select`] found.
#[derive(Debug, Clone)]
pub struct Selected {
    /// Device to use.
    pub device: RuntimeDevice,
    /// Notice for the user where the device is not the chosen one.
    pub notice: Option<String>,
}

/// Finds the device for `choice`. Never fails: without a GPU it returns the CPU, and `notice` says
/// why. The device's seed has no effect, because nothing random is drawn from it.
#[must_use]
pub fn select(choice: DeviceChoice) -> Selected {
    match choice {
        DeviceChoice::Cpu => on_cpu(None),
        DeviceChoice::Auto | DeviceChoice::Cuda => gpu(choice),
    }
}

fn on_cpu(notice: Option<String>) -> Selected {
    Selected {
        device: RuntimeDevice::Cpu(Cpu::default()),
        notice,
    }
}

#[cfg(not(feature = "cuda"))]
fn gpu(choice: DeviceChoice) -> Selected {
    let wanted = choice == DeviceChoice::Cuda;
    on_cpu(wanted.then(|| {
        "no GPU: this program was built without the `cuda` feature; running on the CPU".to_owned()
    }))
}

#[cfg(feature = "cuda")]
fn gpu(_choice: DeviceChoice) -> Selected {
    let found = preflight().and_then(|()| {
        dfdx::tensor::Cuda::try_seed_from_u64(0).map_err(|error| format!("{error}"))
    });
    match found {
        Ok(device) => Selected {
            device: RuntimeDevice::Cuda(device),
            notice: None,
        },
        Err(reason) => on_cpu(Some(format!("no GPU: {reason}; running on the CPU"))),
    }
}

/// Checks for a GPU driver, because dfdx panics without a driver.
#[cfg(feature = "cuda")]
fn preflight() -> Result<(), String> {
    use cudarc::driver::result;
    result::init().map_err(|error| format!("the CUDA driver did not start ({error:?})"))?;
    match result::device::get_count() {
        Ok(n_devices) if n_devices > 0 => Ok(()),
        Ok(_) => Err("the CUDA driver sees no device".to_owned()),
        Err(error) => Err(format!("the CUDA driver counts no device ({error:?})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_always_available_and_a_missing_gpu_gives_a_notice_of_one_line() {
        assert!(select(DeviceChoice::Cpu).notice.is_none());
        let selected = select(DeviceChoice::Cuda);
        if matches!(selected.device, RuntimeDevice::Cpu(_)) {
            let notice = selected.notice.expect("a notice");
            assert!(notice.ends_with("running on the CPU") && !notice.contains('\n'));
        }
        if cfg!(not(feature = "cuda")) {
            assert!(select(DeviceChoice::Auto).notice.is_none());
        }
    }
}
