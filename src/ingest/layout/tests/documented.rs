//! Compares docs/layouts.md with the code.

use super::super::recognize::shapes;
use super::super::shape::{Label, Shape, Zone};
use super::super::yfinance;
use crate::ingest::file_layout::RowKind;
use crate::ingest::{FileLayout, Session};
use std::collections::BTreeSet;

/// Cells of the table row about a layout.
fn row(text: &str, layout: FileLayout) -> Vec<&str> {
    let start = format!("| `{layout}` |");
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(&start))
        .collect();
    let [row] = rows[..] else {
        panic!("{layout} has {} rows", rows.len());
    };
    row.trim_matches('|').split('|').map(str::trim).collect()
}

fn zone(shape: &Shape) -> String {
    match shape.zone {
        Zone::Fixed(0) => "UTC".to_owned(),
        Zone::Fixed(minutes) => format!("UTC-{:02}:{:02}", -minutes / 60, -minutes % 60),
        Zone::Open => "given".to_owned(),
    }
}

fn label(shape: &Shape) -> &'static str {
    match (shape.rows, shape.label) {
        (RowKind::Trade | RowKind::Quote, _) => "-",
        (RowKind::Bar, Label::Open) => "open",
        (RowKind::Bar, Label::Given) => "given",
    }
}

#[test]
fn every_layout_is_in_the_table_with_its_zone_and_its_label() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/layouts.md"));
    let text = text.unwrap();
    for layout in FileLayout::ALL {
        let row = row(&text, layout);
        assert_eq!(row.len(), 6, "{row:?}");
        let of_lines: Vec<&Shape> = shapes()
            .chain([&yfinance::SHAPE])
            .filter(|shape| shape.layout == layout)
            .collect();
        let (zones, labels): (BTreeSet<String>, BTreeSet<&str>) = if of_lines.is_empty() {
            // Parquet, Arrow and JSON.
            let label = match layout {
                FileLayout::FreqtradeBars => "open",
                _ => "-",
            };
            (["UTC".to_owned()].into(), [label].into())
        } else {
            of_lines
                .iter()
                .map(|shape| (zone(shape), label(shape)))
                .unzip()
        };
        assert_eq!(layout.leaves_label_open(), row[4] == "given", "{layout}");
        let list = |cell: &str| cell.split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(list(row[3]), zones, "{layout}");
        assert_eq!(
            list(row[4]),
            list(&labels.into_iter().collect::<Vec<_>>().join(", ")),
            "{layout}"
        );
    }
    let n_rows = text
        .lines()
        .filter(|line| line.starts_with("| `") && !line.starts_with("| `--"));
    assert_eq!(n_rows.count(), FileLayout::ALL.len());
}

/// The document lists the layouts that define the hours of a day.
#[test]
fn layouts_that_define_hours_are_listed() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/layouts.md"));
    let text = text.unwrap();
    for (start, session) in [
        ("* Days of UTC by definition", Session::UTC_DAY),
        (
            "* 09:30 to 16:00 in New York by definition",
            Session::AMERICAN_STOCKS,
        ),
    ] {
        let list = text.split(start).nth(1).unwrap();
        let list = list
            .split("\n*")
            .next()
            .unwrap()
            .split("\n\n")
            .next()
            .unwrap();
        for layout in FileLayout::ALL {
            let is_listed = list.contains(&format!("`{layout}`"));
            assert_eq!(is_listed, layout.session() == Some(session), "{layout}");
        }
    }
}

/// The deserializer's message about an unknown name lists all names.
#[test]
fn all_layouts_are_listed_by_their_names() {
    let error = serde_json::from_str::<FileLayout>("\"?\"")
        .unwrap_err()
        .to_string();
    let known: Vec<&str> = error.split('`').skip(1).step_by(2).skip(1).collect();
    assert_eq!(known, FileLayout::ALL.map(FileLayout::name));
    for layout in FileLayout::ALL {
        assert_eq!(serde_json::to_value(layout).unwrap(), layout.name());
    }
}
