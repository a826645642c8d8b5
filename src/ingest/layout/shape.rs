//! What a layout of lines looks like, as data; and whether a file looks so.

use super::clock::{Clock, TimeForm};
use super::plan::{Number, Plan};
use super::sample::{Sample, SampleLine};
use super::{Layout, Mismatch};

/// A layout of lines, or one era of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) layout: Layout,
    pub(super) separator: char,
    pub(super) head: Head,
    /// Of a file without a header in their order; of others in any order.
    pub(super) columns: &'static [Column],
    pub(super) time: TimeForm,
    pub(super) zone: Zone,
    pub(super) label: Label,
    pub(super) order: Order,
    /// What stands for a number that is not there.
    pub(super) missing: &'static [&'static str],
    pub(super) prices: Prices,
    pub(super) rows: RowKind,
    /// What lines begin with that are no rows, wherever they stand.
    pub(super) remarks: &'static [&'static str],
}

/// What stands before the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// Nothing.
    Bare,
    /// The names of the columns.
    Names,
    /// The names of the columns, perhaps below a line of comment.
    CommentAndNames,
}

/// The zone of times that do not state theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Utc,
    /// Minutes ahead of UTC all year round.
    Fixed(i32),
    /// The file does not tell.
    Open,
}

/// Which end of a bar its time marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// Its open.
    Open,
    /// The file does not tell.
    Given,
}

/// In which order rows may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    Either,
}

/// How prices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prices {
    Decimal,
    /// A whole number counts billionths, one with a decimal point is a price.
    WholeBillionths,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum RowKind {
    Bar,
    Trade,
    Quote,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) role: Role,
    pub(super) names: &'static [&'static str],
    pub(super) need: Need,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    /// Time of the day.
    DayTime,
    /// `D` where the bars are days.
    Period,
    Instrument,
    Open,
    High,
    Low,
    Close,
    AdjClose,
    Volume,
    Price,
    Size,
    Bid,
    Ask,
    Unused,
}

/// Whether a column must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
    /// There may be any number of it.
    Any,
}

/// A name that any series identifier such as `DCOILWTICO` has: capitals, perhaps digits and
/// underscores.
pub(super) const SERIES: &str = "the series";

impl Shape {
    /// What most layouts of bars share.
    pub(super) const BARS: Self = Self {
        layout: Layout::Tidy,
        separator: ',',
        head: Head::Names,
        columns: &[],
        time: TimeForm::Iso,
        zone: Zone::Utc,
        label: Label::Open,
        order: Order::OldestFirst,
        missing: &[],
        prices: Prices::Decimal,
        rows: RowKind::Bar,
        remarks: &[],
    };

    /// How the rows of such a file are read, or how far it looks so and what does not.
    pub(super) fn plan(&'static self, sample: &Sample<'_>) -> Result<Plan, Mismatch> {
        match self.head {
            Head::Bare => self.bare(sample),
            Head::Names => self.headed(sample, 0),
            Head::CommentAndNames => self.headed(sample, 0).or_else(|first| {
                self.headed(sample, 1)
                    .map_err(|second| first.nearer(second))
            }),
        }
    }

    fn bare(&'static self, sample: &Sample<'_>) -> Result<Plan, Mismatch> {
        let line = sample.line(0).ok_or_else(Mismatch::empty)?;
        let cells = line.cells(self.separator);
        let most = self.columns.len();
        let needed = |column: &&Column| column.need == Need::Required;
        let least = self.columns.iter().filter(needed).count();
        if !(least..=most).contains(&cells.len()) {
            let separator = self.separator;
            let found = cells.len();
            return Err(Mismatch {
                nearness: 0,
                why: format!(
                    "row {} has {found} cells between {separator:?}, expected {most}",
                    line.number
                ),
            });
        }
        let at: Vec<(usize, Column)> = self
            .columns
            .iter()
            .copied()
            .enumerate()
            .take(cells.len())
            .collect();
        let mut plan = Plan::new(self, &at, cells.len(), line.number);
        self.check_row(&plan, line)
            .map_err(|(right, why)| Mismatch {
                nearness: 300 + right,
                why,
            })?;
        plan.evidence = format!(
            "no header, {} cells a row such as {}",
            cells.len(),
            cut(&line.text)
        );
        Ok(plan)
    }

    /// With `n_before` lines of comment.
    fn headed(&'static self, sample: &Sample<'_>, n_before: usize) -> Result<Plan, Mismatch> {
        let header = sample.line(n_before).ok_or_else(Mismatch::empty)?;
        let cells = header.cells(self.separator);
        let (at, foreign) = self.assign(&cells);
        let has = |column: &&Column| at.iter().any(|(_, found)| found.names == column.names);
        let needed: Vec<&Column> = self
            .columns
            .iter()
            .filter(|column| column.need == Need::Required)
            .collect();
        let lacking: Vec<&str> = needed
            .iter()
            .filter(|column| !has(column))
            .map(|column| column.names[0])
            .collect();
        let share = 600 * (needed.len() - lacking.len()) / needed.len().max(1);
        let nearness = u32::try_from(share).unwrap_or(0);
        if !lacking.is_empty() || !foreign.is_empty() {
            let nearness = nearness.saturating_sub(20 * u32::try_from(foreign.len()).unwrap_or(30));
            return Err(Mismatch {
                nearness,
                why: differs(header, &lacking, &foreign),
            });
        }
        let mut plan = Plan::new(self, &at, cells.len(), header.number + 1);
        plan.header = Some(header.text.to_string());
        plan.evidence = format!("header {} in line {}", cut(&header.text), header.number);
        if let Some(row) = sample.line(n_before + 1) {
            self.check_row(&plan, row)
                .map_err(|(right, why)| Mismatch {
                    nearness: nearness + right / 2,
                    why: format!("its header is right, but {why}"),
                })?;
            let time = row.cells(self.separator)[plan.time].to_owned();
            plan.evidence.extend([", times such as ", &time]);
        }
        Ok(plan)
    }

    /// Which column each cell of a header names, and the cells that name none.
    fn assign<'a>(&self, cells: &[&'a str]) -> (Vec<(usize, Column)>, Vec<&'a str>) {
        let (mut at, mut foreign): (Vec<(usize, Column)>, _) = (Vec::new(), Vec::new());
        for (i, cell) in cells.iter().enumerate() {
            let free = |column: &&Column| {
                column.need == Need::Any || !at.iter().any(|(_, taken)| taken.names == column.names)
            };
            match self
                .columns
                .iter()
                .filter(free)
                .find(|column| column.is_named(cell))
            {
                Some(column) => at.push((i, *column)),
                None => foreign.push(*cell),
            }
        }
        (at, foreign)
    }

    /// Whether the first row holds what it should; otherwise how much of it does (to 400), and what
    /// does not.
    fn check_row(&self, plan: &Plan, line: &SampleLine<'_>) -> Result<(), (u32, String)> {
        let cells = line.cells(self.separator);
        let row = line.number;
        if cells.len() != plan.n_cells {
            let (found, expected) = (cells.len(), plan.n_cells);
            return Err((
                0,
                format!("row {row} has {found} cells, expected {expected}"),
            ));
        }
        let day_time = plan.day_time.map(|at| cells[at]);
        let found = cells[plan.time];
        if Clock::new(self.time).read(found, day_time).is_none() {
            let both = day_time.map_or_else(String::new, |time| format!(" {time}"));
            let (name, expected) = (plan.time_name, self.time.expected());
            let why =
                format!("row {row}, column {name}: found \"{found}{both}\", expected {expected}");
            return Err((100, why));
        }
        for number in &plan.numbers {
            let found = cells[number.at];
            if !self.missing.contains(&found) && found.parse::<f64>().is_err() {
                let why = format!(
                    "row {row}, column {}: found {found:?}, expected a number",
                    number.name
                );
                return Err((300, why));
            }
        }
        Ok(())
    }
}

impl Column {
    pub(super) const fn required(role: Role, names: &'static [&'static str]) -> Self {
        Self {
            role,
            names,
            need: Need::Required,
        }
    }

    pub(super) const fn optional(role: Role, names: &'static [&'static str]) -> Self {
        Self {
            role,
            names,
            need: Need::Optional,
        }
    }

    /// Columns of which there may be any number, and that are not read.
    pub(super) const fn unused(names: &'static [&'static str]) -> Self {
        Self {
            role: Role::Unused,
            names,
            need: Need::Any,
        }
    }

    /// Whether a header may call it so: in any case, and a name that ends with `*` stands for all
    /// that begin like it.
    fn is_named(&self, cell: &str) -> bool {
        self.names.iter().any(|name| match name.strip_suffix('*') {
            Some(front) => cell
                .get(..front.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(front)),
            None if *name == SERIES => {
                let series = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
                cell.bytes().all(series) && cell.bytes().any(|byte| byte.is_ascii_uppercase())
            }
            None => cell.eq_ignore_ascii_case(name),
        })
    }
}

impl Role {
    /// Name of the number that a row becomes.
    pub(super) const fn field(self) -> Option<&'static str> {
        match self {
            Self::Open => Some("open"),
            Self::High => Some("high"),
            Self::Low => Some("low"),
            Self::Close => Some("close"),
            Self::AdjClose => Some("adj_close"),
            Self::Volume => Some("volume"),
            Self::Price => Some("price"),
            Self::Size => Some("size"),
            Self::Bid => Some("bid"),
            Self::Ask => Some("ask"),
            Self::Time | Self::DayTime | Self::Period | Self::Instrument | Self::Unused => None,
        }
    }
}

impl Plan {
    /// With the columns where they are.
    fn new(
        shape: &'static Shape,
        at: &[(usize, Column)],
        n_cells: usize,
        first_row: usize,
    ) -> Self {
        let place = |role| {
            at.iter()
                .find(|(_, column)| column.role == role)
                .map(|(i, _)| *i)
        };
        let time = at.iter().find(|(_, column)| column.role == Role::Time);
        let (time, time_name) = time.map_or((0, "time"), |(i, column)| (*i, column.names[0]));
        let number = |(at, column): &(usize, Column)| {
            Some(Number {
                at: *at,
                role: column.role,
                field: column.role.field()?,
                name: column.names[0],
            })
        };
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
            of_instruments: Vec::new(),
            evidence: String::new(),
        }
    }
}

fn differs(header: &SampleLine<'_>, lacking: &[&str], foreign: &[&str]) -> String {
    let mut why = format!("row {}, its header,", header.number);
    if !lacking.is_empty() {
        why.extend([" lacks ", &lacking.join(", ")]);
    }
    if !foreign.is_empty() {
        let and = if lacking.is_empty() { "" } else { " and" };
        let shown: Vec<String> = foreign.iter().take(5).map(|name| cut(name)).collect();
        why.extend([and, " has ", &shown.join(", "), " besides"]);
    }
    why
}

/// The text, or the front of a long one, in quotes.
pub(super) fn cut(text: &str) -> String {
    const MOST: usize = 80;
    let front: String = text.chars().take(MOST).collect();
    if front.len() < text.len() {
        format!("{front:?}…")
    } else {
        format!("{front:?}")
    }
}
