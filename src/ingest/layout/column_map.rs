//! Columns of a shape in one file, and the fit of a file to a shape.

use super::clock::Clock;
use super::sample::{Sample, SampleLine, quoted_front};
use super::shape::{Column, Head, Need, Others, Role, Shape};

/// Positions of a shape's columns in one file.
#[derive(Debug, Clone)]
pub(in crate::ingest) struct ColumnMap {
    pub(super) shape: &'static Shape,
    /// Header line, which joined files repeat.
    pub(super) header: Option<String>,
    /// Line number of the first row, from 1.
    pub(super) first_row: usize,
    pub(super) n_cells: usize,
    pub(super) time: usize,
    pub(super) time_name: &'static str,
    pub(super) day_time: Option<usize>,
    pub(super) period: Option<usize>,
    pub(super) instrument: Option<usize>,
    pub(super) numbers: Vec<NumberColumn>,
    /// Columns that may be signals, and those without numbers.
    pub(super) further: Vec<FurtherColumn>,
    /// Cells of the signals, in the order of [`crate::ingest::DataFile::signals`].
    pub(super) signals: Vec<usize>,
    /// Numeric columns per instrument, if instruments stand side by side.
    pub(super) by_instrument: Vec<(String, Vec<NumberColumn>)>,
    pub(super) evidence: String,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct NumberColumn {
    pub(super) at: usize,
    pub(super) role: Role,
    /// Name that all layouts share.
    pub(super) field: &'static str,
    /// Name in the layout, for messages.
    pub(super) name: &'static str,
}

/// A column that the bars do not need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FurtherColumn {
    pub(super) at: usize,
    /// Name in the header, or in the layout if there is no header.
    pub(super) name: String,
    pub(super) content: Content,
}

/// Content of a further column, as the first row shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Numbers,
    Other,
    /// Volumes, which the bars hold already; they may be a signal, too.
    Volumes,
}

/// Difference between a file and a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) struct Mismatch {
    /// Degree of fit. Range: 0 to 1000.
    pub(super) nearness: u32,
    /// First difference: found, expected.
    pub(super) why: String,
}

impl Mismatch {
    pub(in crate::ingest) fn new(nearness: u32, why: impl Into<String>) -> Self {
        Self {
            nearness,
            why: why.into(),
        }
    }

    /// Mismatch of a file that ends before its first row.
    pub(super) fn too_short() -> Self {
        Self::new(0, "it ends before")
    }

    /// The nearer of two mismatches; the first on a tie.
    fn nearer(self, other: Self) -> Self {
        if other.nearness > self.nearness {
            other
        } else {
            self
        }
    }
}

impl NumberColumn {
    /// Numeric column at position `at`; `None` if the column is not numeric.
    pub(super) fn of(at: usize, column: &Column) -> Option<Self> {
        Some(Self {
            at,
            role: column.role,
            field: column.role.field()?,
            name: column.names[0],
        })
    }
}

impl ColumnMap {
    /// Finds the columns of `shape` in a file.
    pub(super) fn find(shape: &'static Shape, sample: &Sample<'_>) -> Result<Self, Mismatch> {
        match shape.head {
            Head::Bare => Self::without_header(shape, sample),
            Head::Names => Self::with_header(shape, sample, 0),
            Head::CommentAndNames => Self::with_header(shape, sample, 0).or_else(|first| {
                Self::with_header(shape, sample, 1).map_err(|second| first.nearer(second))
            }),
        }
    }

    fn without_header(shape: &'static Shape, sample: &Sample<'_>) -> Result<Self, Mismatch> {
        let line = sample.line(0).ok_or_else(Mismatch::too_short)?;
        let cells = line.cells(shape.separator);
        let (found, expected) = (cells.len(), shape.columns.len());
        if found != expected {
            let (row, separator) = (line.number, char::from(shape.separator));
            return Err(Mismatch::new(
                0,
                format!("row {row} has {found} cells between {separator:?}, expected {expected}"),
            ));
        }
        let at: Vec<(usize, Column)> = shape.columns.iter().copied().enumerate().collect();
        let mut map = Self::new(shape, &at, found, line.number);
        map.check_row(line)
            .map_err(|(right, why)| Mismatch::new(300 + right, why))?;
        let names: Vec<&str> = shape.columns.iter().map(|column| column.names[0]).collect();
        map.further = further(&at, &names, Some(&cells));
        map.evidence = format!(
            "no header, {found} cells a row such as {}",
            quoted_front(&line.text)
        );
        Ok(map)
    }

    /// Finds the columns by a header that follows `n_before` comment lines.
    fn with_header(
        shape: &'static Shape,
        sample: &Sample<'_>,
        n_before: usize,
    ) -> Result<Self, Mismatch> {
        let header = sample.line(n_before).ok_or_else(Mismatch::too_short)?;
        let cells = header.cells(shape.separator);
        let (at, foreign) = assign(shape, &cells);
        let has = |column: &&Column| at.iter().any(|(_, found)| found.names == column.names);
        let needed = shape
            .columns
            .iter()
            .filter(|column| column.need == Need::Required);
        let n_needed = needed.clone().count();
        let lacking: Vec<&str> = needed
            .filter(|column| !has(column))
            .map(|column| column.names[0])
            .collect();
        let (fitting, refused) = match shape.others {
            Others::Refused => (
                600 * (n_needed - lacking.len()) / n_needed.max(1),
                foreign.len(),
            ),
            // Optional columns count, too, because few are required.
            Others::Ignored => ((100 * at.len()).min(600), 0),
        };
        let nearness = u32::try_from(fitting).unwrap_or(0);
        if !lacking.is_empty() || refused > 0 {
            let nearness = nearness.saturating_sub(20 * u32::try_from(refused).unwrap_or(30));
            return Err(Mismatch::new(nearness, differs(header, &lacking, &foreign)));
        }
        let mut map = Self::new(shape, &at, cells.len(), header.number + 1);
        map.header = Some(header.text.to_string());
        map.evidence = format!(
            "header {} in line {}",
            quoted_front(&header.text),
            header.number
        );
        if let Some(row) = sample.line(n_before + 1) {
            map.check_row(row).map_err(|(right, why)| {
                let why = format!("its header is right, but {why}");
                Mismatch::new(nearness + right / 2, why)
            })?;
            let time = row.cells(shape.separator)[map.time].to_owned();
            map.evidence.extend([", times such as ", &time]);
        }
        let row = sample.line(n_before + 1);
        let row = row.map(|row| row.cells(shape.separator));
        map.further = further(&at, &cells, row.as_deref());
        Ok(map)
    }

    pub(super) fn new(
        shape: &'static Shape,
        at: &[(usize, Column)],
        n_cells: usize,
        first_row: usize,
    ) -> Self {
        let find = |role| at.iter().find(|(_, column)| column.role == role);
        let place = |role| find(role).map(|(i, _)| *i);
        let (time, time_name) = find(Role::Time).map_or((0, "time"), |(i, c)| (*i, c.names[0]));
        let number = |(at, column): &(usize, Column)| NumberColumn::of(*at, column);
        Self {
            shape,
            header: None,
            first_row,
            n_cells,
            time,
            time_name,
            day_time: place(Role::DayTime),
            period: place(Role::Period),
            instrument: place(Role::Instrument),
            numbers: at.iter().filter_map(number).collect(),
            further: Vec::new(),
            signals: Vec::new(),
            by_instrument: Vec::new(),
            evidence: String::new(),
        }
    }

    /// Checks the first row; the error holds its degree of fit (0 to 300) and the first difference.
    fn check_row(&self, line: &SampleLine<'_>) -> Result<(), (u32, String)> {
        let cells = line.cells(self.shape.separator);
        let row = line.number;
        if cells.len() != self.n_cells {
            let (found, expected) = (cells.len(), self.n_cells);
            return Err((
                0,
                format!("row {row} has {found} cells, expected {expected}"),
            ));
        }
        let day_time = self.day_time.map(|at| cells[at]);
        let found = cells[self.time];
        if Clock::new(self.shape.time).read(found, day_time).is_none() {
            let both = day_time.map_or_else(String::new, |time| format!(" {time}"));
            let (name, expected) = (self.time_name, self.shape.time.expected());
            let why =
                format!("row {row}, column {name}: found \"{found}{both}\", expected {expected}");
            return Err((100, why));
        }
        for NumberColumn { at, name, .. } in &self.numbers {
            let found = cells[*at];
            if !self.shape.missing.contains(&found) && found.parse::<f64>().is_err() {
                let why = format!("row {row}, column {name}: found {found:?}, expected a number");
                return Err((300, why));
            }
        }
        Ok(())
    }
}

/// Columns that the bars do not need, and the volumes. `at` has the places of the shape's columns,
/// `row` is the first row.
fn further(at: &[(usize, Column)], names: &[&str], row: Option<&[&str]>) -> Vec<FurtherColumn> {
    let content = |i: usize| {
        let role = at.iter().find(|(place, _)| *place == i);
        let text = row
            .and_then(|cells| cells.get(i))
            .copied()
            .unwrap_or_default();
        match role.map_or(Role::Unused, |(_, column)| column.role) {
            Role::Unused if names[i].is_empty() => Some(Content::Other),
            Role::Unused if text.is_empty() || text.parse::<f64>().is_ok() => {
                Some(Content::Numbers)
            }
            Role::Unused => Some(Content::Other),
            Role::Volume | Role::Size => Some(Content::Volumes),
            _ => None,
        }
    };
    let columns = names.iter().enumerate().filter_map(|(at, name)| {
        Some(FurtherColumn {
            at,
            name: (*name).to_owned(),
            content: content(at)?,
        })
    });
    columns.collect()
}

/// Columns named by the cells of a header, with their positions, and the cells that name none.
fn assign<'a>(shape: &Shape, cells: &[&'a str]) -> (Vec<(usize, Column)>, Vec<&'a str>) {
    let mut at: Vec<(usize, Column)> = Vec::new();
    let mut foreign = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        let free = |column: &&Column| {
            column.need == Need::Any || !at.iter().any(|(_, taken)| taken.names == column.names)
        };
        let mut columns = shape.columns.iter().filter(free);
        match columns.find(|column| column.is_named(cell)) {
            Some(column) => at.push((i, *column)),
            None => foreign.push(*cell),
        }
    }
    (at, foreign)
}

fn differs(header: &SampleLine<'_>, lacking: &[&str], foreign: &[&str]) -> String {
    let mut why = format!("row {}, its header,", header.number);
    if !lacking.is_empty() {
        why.extend([" lacks ", &lacking.join(", ")]);
    }
    if !foreign.is_empty() {
        let and = if lacking.is_empty() { "" } else { " and" };
        let shown: Vec<String> = foreign
            .iter()
            .take(5)
            .map(|name| quoted_front(name))
            .collect();
        why.extend([and, " has ", &shown.join(", "), " besides"]);
    }
    why
}
