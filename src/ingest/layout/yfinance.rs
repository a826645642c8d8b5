//! What yfinance writes with `to_csv`: three header rows (`Price,Close,High,…`, `Ticker,SPY,SPY,…`,
//! `Date,,,…`), columns in the order of the alphabet, several tickers side by side.

use super::plan::{Number, Plan};
use super::sample::Sample;
use super::shape::{Column, Order, Role, Shape, Zone, cut};
use super::{Layout, Mismatch};

/// What the columns of a ticker are called.
pub(super) static SHAPE: Shape = Shape {
    layout: Layout::Yfinance,
    zone: Zone::Open,
    order: Order::Either,
    missing: &[""],
    columns: &[
        Column::required(Role::Time, &["Date", "Datetime"]),
        Column::required(Role::Open, &["Open"]),
        Column::required(Role::High, &["High"]),
        Column::required(Role::Low, &["Low"]),
        Column::required(Role::Close, &["Close"]),
        Column::optional(Role::AdjClose, &["Adj Close"]),
        Column::required(Role::Volume, &["Volume"]),
    ],
    ..Shape::BARS
};

pub(super) fn plan(sample: &Sample<'_>) -> Result<Plan, Mismatch> {
    let line = |i| sample.line(i).ok_or_else(Mismatch::empty);
    let (fields, tickers, index) = (line(0)?, line(1)?, line(2)?);
    let (field_cells, ticker_cells) = (fields.cells(','), tickers.cells(','));
    let index_cells = index.cells(',');
    let starts = [(&fields, "Price"), (&tickers, "Ticker")];
    let names = [field_cells[0], ticker_cells[0]];
    for (n, ((line, expected), found)) in (0..).zip(starts.into_iter().zip(names)) {
        if found != expected {
            let (row, found) = (line.number, cut(found));
            return Err(Mismatch {
                nearness: 300 * n,
                why: format!("row {row} begins with {found}, expected {expected:?}"),
            });
        }
    }
    let wrong = |why| Mismatch { nearness: 700, why };
    let (row, found) = (index.number, index_cells[0]);
    if !["Date", "Datetime"].contains(&found)
        || index_cells[1..].iter().any(|cell| !cell.is_empty())
    {
        let found = cut(&index.text);
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
    let of_instruments = by_ticker(&field_cells, &ticker_cells).map_err(wrong)?;
    let known: Vec<&str> = of_instruments
        .iter()
        .map(|(ticker, _)| ticker.as_str())
        .collect();
    Ok(Plan {
        shape: &SHAPE,
        header: Some(fields.text.to_string()),
        first_row: index.number + 1,
        n_cells: field_cells.len(),
        time: 0,
        time_name: "Date",
        day_time: None,
        period: None,
        instrument: None,
        evidence: format!(
            "three header rows, Price and Ticker and {found}, of {}",
            known.join(", ")
        ),
        numbers: of_instruments[0].1.clone(),
        of_instruments,
    })
}

/// The columns of each ticker, at least one, each with all prices and a volume.
fn by_ticker(fields: &[&str], tickers: &[&str]) -> Result<Vec<(String, Vec<Number>)>, String> {
    let mut all: Vec<(String, Vec<Number>)> = Vec::new();
    for (at, (field, ticker)) in fields.iter().zip(tickers).enumerate().skip(1) {
        let column = SHAPE
            .columns
            .iter()
            .find(|column| column.names[0] == *field);
        let Some((column, name)) = column.and_then(|column| Some((column, column.role.field()?)))
        else {
            return Err(format!("row 1 has a column {}", cut(field)));
        };
        let number = Number {
            at,
            role: column.role,
            field: name,
            name: column.names[0],
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
                    cut(ticker)
                ));
            }
        }
    }
    if all.is_empty() {
        return Err("row 1 has no column of prices".to_owned());
    }
    Ok(all)
}
