//! Observer of a training: writes `TensorBoard` events live, writes metric log and weights at
//! checkpoints, and reports progress.

use super::{JobMonitor, error::chain, policies::POLICY};
use crate::{
    agent::{PolicyFile, PolicyHeader, TensorData},
    policy::NamedTensor,
    report::{EventWriter, TrainingLog, write_metrics},
    train::{Checkpoint, CheckpointReason, Metric, MetricRow, Observer, ObserverError, Progress},
};
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Name of the metric log in a run folder.
pub(super) const METRIC_LOG: &str = "metrics.parquet";

/// Writes the files of one training into its folder.
#[derive(Debug)]
pub(super) struct Watcher<'a> {
    folder: &'a Path,
    header: PolicyHeader,
    log: TrainingLog,
    events: EventWriter,
    progress: &'a dyn JobMonitor,
    written: Option<PolicyFile>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(
        folder: &'a Path,
        header: PolicyHeader,
        progress: &'a dyn JobMonitor,
    ) -> Result<Self, ObserverError> {
        std::fs::create_dir_all(folder.join("checkpoints"))?;
        let run = format!("{}-{}", header.method, header.seed);
        Ok(Self {
            events: EventWriter::create(folder, &run, wall_time_s())?,
            log: TrainingLog {
                policy: header.method.clone(),
                seed: header.seed,
                rows: Vec::new(),
            },
            folder,
            header,
            progress,
            written: None,
        })
    }

    /// Returns the log and the final policy.
    pub(super) fn finish(self) -> Option<(TrainingLog, PolicyFile)> {
        Some((self.log, self.written?))
    }

    fn write(&mut self, path: &Path, tensors: &[NamedTensor]) -> Result<(), ObserverError> {
        let tensor = |tensor: &NamedTensor| {
            let data = TensorData {
                shape: tensor.shape.clone(),
                values: tensor.values.clone(),
            };
            (tensor.name.clone(), data)
        };
        let file = PolicyFile {
            header: self.header.clone(),
            tensors: tensors.iter().map(tensor).collect(),
        };
        file.write(path)?;
        self.written = Some(file);
        Ok(())
    }
}

impl Observer for Watcher<'_> {
    fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError> {
        self.events.write(row, wall_time_s())?;
        let show = |name, metric| {
            row.get(metric)
                .map_or_else(String::new, |value| format!("{name} {value:.4}  "))
        };
        let message = format!(
            "{}{}",
            show("return", Metric::EpisodeReturn),
            show("sensitivity", Metric::SensitivityMean)
        );
        self.progress.advance(row.env_steps, message.trim_end());
        self.log.rows.push(row.clone());
        Ok(Progress::Continue)
    }

    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ObserverError> {
        let update = checkpoint.update;
        let name: PathBuf = match checkpoint.reason {
            CheckpointReason::Final => POLICY.into(),
            CheckpointReason::Scheduled => {
                format!("checkpoints/update-{update:06}.safetensors").into()
            }
            CheckpointReason::BeforeDivergence => {
                format!("checkpoints/last_good-{update:06}.safetensors").into()
            }
        };
        self.write(&self.folder.join(name), &checkpoint.tensors)?;
        write_metrics(
            &self.folder.join(METRIC_LOG),
            std::slice::from_ref(&self.log),
        )
        .map_err(|error| chain(&error).into())
    }

    /// Ignored, because the program shows notices itself, once for all trainings.
    fn on_notice(&mut self, _notice: &str) {}
}

#[allow(
    clippy::disallowed_methods,
    reason = "TensorBoard shows wall time; nothing else does and no result depends on it"
)]
fn wall_time_s() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64())
}
