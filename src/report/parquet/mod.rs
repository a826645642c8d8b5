//! Parquet files of ledgers, training logs and metrics: one long table each, easy to group.

mod ledgers;
mod summaries;
mod table;
mod training;

pub use ledgers::{ledger_frame, read_ledgers, write_ledgers};
pub use summaries::write_summaries;
pub use training::{metrics_frame, read_metrics, write_metrics};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{error::ReportError, tests::demo};

    #[test]
    fn ledgers_survive_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.parquet");
        let ledgers = demo::ledgers();
        write_ledgers(&path, &ledgers).unwrap();
        assert_eq!(read_ledgers(&path).unwrap(), ledgers);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "a temporary file was left behind"
        );
    }

    #[test]
    fn equal_ledgers_next_to_each_other_stay_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.parquet");
        let twins = vec![demo::ledgers().remove(0); 2];
        write_ledgers(&path, &twins).unwrap();
        assert_eq!(read_ledgers(&path).unwrap(), twins);
    }

    #[test]
    fn metrics_survive_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.parquet");
        let mut logs = demo::training();
        logs[0].rows[0].values[0] = None;
        write_metrics(&path, &logs).unwrap();
        assert_eq!(read_metrics(&path).unwrap(), logs);
    }

    #[test]
    fn same_records_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |name: &str| {
            let path = folder.path().join(name);
            write_metrics(&path, &demo::training()).unwrap();
            std::fs::read(path).unwrap()
        };
        assert_eq!(bytes("a"), bytes("b"));
    }

    #[test]
    fn a_ragged_ledger_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.parquet");
        let mut ledgers = demo::ledgers();
        ledgers[1].cost.pop();
        let error = write_ledgers(&path, &ledgers).unwrap_err();
        assert!(
            matches!(error, ReportError::RaggedLedger { column: "cost", .. }),
            "{error}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn foreign_assets_are_refused() {
        let mut ledgers = demo::ledgers();
        ledgers[1].symbols[0] = "XYZ".to_owned();
        let error = ledger_frame(&ledgers).unwrap_err();
        assert!(matches!(error, ReportError::MixedSymbols { .. }), "{error}");
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.parquet");
        write_metrics(&path, &demo::training()).unwrap();
        assert!(matches!(
            read_ledgers(&path),
            Err(ReportError::Frame { .. })
        ));
        std::fs::write(&path, b"no parquet").unwrap();
        assert!(matches!(
            read_ledgers(&path),
            Err(ReportError::Frame { .. })
        ));
        assert!(matches!(
            read_ledgers(&folder.path().join("absent")),
            Err(ReportError::File { .. })
        ));
    }
}
