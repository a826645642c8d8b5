//! Parquet and Arrow files.

use super::*;

#[test]
fn columnar_quotes_and_trades_become_bars() {
    let write = |columns: Vec<Column>| {
        let mut frame = DataFrame::new(3, columns).unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        bytes
    };
    let column = |name: &str, values: [f64; 3]| Series::new(name.into(), &values).into_column();
    let strings = |name: &str, values: [&str; 3]| Series::new(name.into(), &values).into_column();
    let times = [
        "2025-03-25T00:00:01Z",
        "2025-03-25T00:00:02Z",
        "2025-03-25T00:00:03Z",
    ];
    let quotes = write(vec![
        strings("timestamp", times),
        strings("symbol", ["B", "S", "B"]),
        column("bid_px", [10.0, 1.0, 12.0]),
        column("ask_px", [11.0, 2.0, 13.0]),
    ]);
    let of = |instrument| Given {
        instrument,
        ..every(60)
    };
    let Ingested { panel, report } = try_read(&quotes, &of(Some("B"))).unwrap();
    assert_bars(
        &panel,
        &[("2025-03-25T00:01:00", [10.5, 12.5, 10.5, 12.5, 0.0])],
    );
    let file = &report.files[0];
    assert_eq!(
        (file.layout, file.fields),
        (FileLayout::ParquetQuotes, BarFields::Quotes)
    );
    assert_eq!(file.notes, [Note::OtherInstruments(1)]);
    let error = try_read(&quotes, &of(None)).unwrap_err();
    assert_says(&error, &["row 2", "found the instrument \"S\"", "\"B\""]);
    let error = try_read(&quotes, &of(Some("C"))).unwrap_err();
    assert!(matches!(error.fault(), IngestFault::Empty), "{error}");
    let trades = write(vec![
        strings("timestamp", times),
        column("price", [10.0, 9.0, 12.0]),
        column("amount", [1.0, 2.0, 3.0]),
    ]);
    let Ingested { panel, report } = try_read(&trades, &every(60)).unwrap();
    assert_bars(
        &panel,
        &[("2025-03-25T00:01:00", [10.0, 12.0, 9.0, 12.0, 6.0])],
    );
    assert_eq!(report.files[0].layout, FileLayout::ParquetTrades);
}

/// An Arrow IPC file of two batches.
pub(in crate::ingest) fn arrow(frame: &DataFrame) -> Vec<u8> {
    let (first, second) = (frame.head(Some(1)), frame.slice(1, frame.height() - 1));
    let batches = [first, second].map(|frame| {
        let mut batches = frame.iter_chunks(CompatLevel::oldest(), false);
        batches.next().unwrap()
    });
    let schema = std::sync::Arc::new(batches[0].schema().clone());
    let options = WriteOptions {
        compression: Some(polars_arrow::io::ipc::write::Compression::LZ4),
    };
    let mut writer = FileWriter::try_new(Vec::new(), schema, None, options).unwrap();
    for batch in &batches {
        writer.write(batch, None).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner()
}

#[test]
fn arrow_holds_bars_of_freqtrade_and_tidy_ones() {
    let ns = [
        1_637_110_800_000_000_000_i64,
        1_637_114_400_000_000_000,
        1_637_118_000_000_000_000,
    ];
    let date = Series::new("date".into(), &ns);
    let date = date
        .cast(&DataType::Datetime(
            TimeUnit::Nanoseconds,
            Some(TimeZone::UTC),
        ))
        .unwrap();
    let column = |name: &str, values: [f64; 3]| Series::new(name.into(), &values).into_column();
    let columns = vec![
        date.into_column(),
        column("open", [1.0, 2.0, 3.0]),
        column("high", [2.0, 3.0, 4.0]),
        column("low", [0.5, 1.5, 2.5]),
        column("close", [1.5, 2.5, 3.5]),
        column("volume", [7.0, 8.0, 9.0]),
    ];
    let mut frame = DataFrame::new(3, columns).unwrap();
    let expected = [
        ("2021-11-17T02:00:00", [1.0, 2.0, 0.5, 1.5, 7.0]),
        ("2021-11-17T03:00:00", [2.0, 3.0, 1.5, 2.5, 8.0]),
        ("2021-11-17T04:00:00", [3.0, 4.0, 2.5, 3.5, 9.0]),
    ];
    let Ingested { panel, report } = try_read(&arrow(&frame), &Given::default()).unwrap();
    assert_bars(&panel, &expected);
    assert_eq!(report.files[0].layout, FileLayout::FreqtradeBars);
    assert!(
        report.files[0]
            .evidence
            .starts_with("Arrow IPC with columns date")
    );
    frame.rename("date", "timestamp".into()).unwrap();
    let Ingested { panel, report } = try_read(&arrow(&frame), &Given::default()).unwrap();
    assert_bars(&panel, &expected);
    assert_eq!(report.files[0].layout, FileLayout::Tidy);
    frame.rename("close", "last".into()).unwrap();
    let error = try_read(&arrow(&frame), &Given::default()).unwrap_err();
    assert_says(
        &error,
        &["Tidy comes nearest", "lacks the columns close", "last"],
    );
}
