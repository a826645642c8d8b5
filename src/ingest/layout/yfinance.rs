//! CSV of a yfinance download (`to_csv`): three header rows (`Price,Close,High,…`,
//! `Ticker,SPY,SPY,…`, `Date,,,…`), columns in alphabetical order, several tickers side by side.

use super::column_map::{ColumnMap, Mismatch, NumberColumn};
use super::sample::{Sample, quoted_front};
use super::shape::{Order, Role, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

/// Columns of one ticker.
pub(super) static SHAPE: Shape = Shape {
    layout: FileLayout::Yfinance,
    zone: Zone::Open,
    order: Order::Either,
    missing: &[""],
    columns: columns![
        Time! "Date", "Datetime"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
        AdjClose? "Adj Close"; Volume! "Volume";
    ],
    ..Shape::BARS
};

/// Finds the columns of a file.
pub(super) fn find(sample: &Sample<'_>) -> Result<ColumnMap, Mismatch> {
    let line = |i| sample.line(i).ok_or_else(Mismatch::too_short);
    let (fields, tickers, index) = (line(0)?, line(1)?, line(2)?);
    let (field_cells, ticker_cells) = (fields.cells(b','), tickers.cells(b','));
    let index_cells = index.cells(b',');
    let starts = [(&fields, "Price"), (&tickers, "Ticker")];
    let names = [field_cells[0], ticker_cells[0]];
    for (n, ((line, expected), found)) in (0..).zip(starts.into_iter().zip(names)) {
        if found != expected {
            let (row, found) = (line.number, quoted_front(found));
            return Err(Mismatch::new(
                300 * n,
                format!("row {row} begins with {found}, expected {expected:?}"),
            ));
        }
    }
    let wrong = |why| Mismatch { nearness: 700, why };
    let (row, found) = (index.number, index_cells[0]);
    if !["Date", "Datetime"].contains(&found)
        || index_cells[1..].iter().any(|cell| !cell.is_empty())
    {
        let found = quoted_front(&index.text);
        return Err(wrong(format!(
            "row {row} is {found}, expected Date or Datetime and empty cells"
        )));
    }
    if field_cells.len() != ticker_cells.len() {
        let (found, expected) = (ticker_cells.len(), field_cells.len());
        return Err(wrong(format!(
            "row {} has {found} cells, expected {expected}",
            tickers.number
        )));
    }
    let by_instrument = by_ticker(&field_cells, &ticker_cells).map_err(wrong)?;
    let known: Vec<&str> = by_instrument
        .iter()
        .map(|(ticker, _)| ticker.as_str())
        .collect();
    let evidence = format!(
        "three header rows, Price and Ticker and {found}, of {}",
        known.join(", ")
    );
    let time = [(0, SHAPE.columns[0])];
    Ok(ColumnMap {
        header: Some(fields.text.to_string()),
        evidence,
        numbers: by_instrument[0].1.clone(),
        by_instrument,
        ..ColumnMap::new(&SHAPE, &time, field_cells.len(), index.number + 1)
    })
}

/// Columns of each ticker, at least one; each ticker has all prices and a volume.
fn by_ticker(
    fields: &[&str],
    tickers: &[&str],
) -> Result<Vec<(String, Vec<NumberColumn>)>, String> {
    let mut all: Vec<(String, Vec<NumberColumn>)> = Vec::new();
    for (at, (field, ticker)) in fields.iter().zip(tickers).enumerate().skip(1) {
        let column = SHAPE
            .columns
            .iter()
            .find(|column| column.names[0] == *field);
        let Some(number) = column.and_then(|column| NumberColumn::of(at, column)) else {
            return Err(format!("row 1 has a column {}", quoted_front(field)));
        };
        match all.iter_mut().find(|(known, _)| known == ticker) {
            Some((_, numbers)) => numbers.push(number),
            None => all.push(((*ticker).to_owned(), vec![number])),
        }
    }
    for (ticker, numbers) in &all {
        for role in [Role::Open, Role::High, Role::Low, Role::Close, Role::Volume] {
            if numbers.iter().filter(|number| number.role == role).count() != 1 {
                return Err(format!(
                    "row 1 has not one column {role:?} of {}",
                    quoted_front(ticker)
                ));
            }
        }
    }
    if all.is_empty() {
        return Err("row 1 has no column of prices".to_owned());
    }
    Ok(all)
}
