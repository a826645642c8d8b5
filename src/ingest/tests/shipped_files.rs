//! The files in `data/`.

use super::*;

fn shipped(symbol: &str, name: &str) -> DataFile {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    DataFile::new(symbol, folder.join(name), BarLabel::Open)
}

#[test]
fn shipped_stocks_make_one_adjusted_panel() {
    let shipped = |symbol, name| DataFile {
        session: Some(Session::AMERICAN_STOCKS),
        ..shipped(symbol, name)
    };
    let files = [
        shipped("AAPL", "aapl_1d_raw_adj.csv"),
        shipped("IBM", "ibm_1d_raw_adj.csv"),
        shipped("MSFT", "msft_1d_raw_adj.csv"),
    ];
    let Ingested { panel, report } = read_panel(&files, Calendar::Refuse, None).unwrap();
    assert_eq!((panel.n_bars(), panel.n_assets()), (3270, 3));
    assert_eq!(report.first.to_rfc3339(), "2000-03-02T00:00:00+00:00");
    assert_eq!(report.last.to_rfc3339(), "2013-03-02T00:00:00+00:00");
    assert!((panel.row(0)[0].close - 4.186_663).abs() < 1e-9);
    // Adjusted prices have no overnight move at AAPL's 2:1 split of 2000-06-21.
    let split = panel
        .timestamps()
        .iter()
        .position(|t| t.to_rfc3339().starts_with("2000-06-22"))
        .unwrap();
    let night = (panel.row(split)[0].open / panel.row(split - 1)[0].close).ln();
    assert!(night.abs() < 0.02, "{night}");
    let with_goog = [files[0].clone(), shipped("GOOG", "goog_1d_raw_adj.csv")];
    let report = read_panel(&with_goog, Calendar::Intersect, None)
        .unwrap()
        .report;
    assert_eq!(
        (report.n_bars, report.files[0].rows_dropped),
        (2148, 3270 - 2148)
    );
}

#[test]
fn every_shipped_file_has_its_checksum_and_reads() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut n_files = 0;
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        let data = DataFile {
            sha256: Some(sum.to_owned()),
            ..shipped(name, name)
        };
        let report = read_panel(&[data], Calendar::Refuse, None).unwrap().report;
        assert_eq!(
            report.bar_seconds,
            if name.contains("_1h_") { 3600 } else { 86_400 },
            "{name}"
        );
        n_files += 1;
    }
    let n_csv = fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "csv")
        })
        .count();
    assert_eq!((n_files, n_csv), (9, 9));
}
