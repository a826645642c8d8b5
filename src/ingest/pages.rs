//! Whether the counts and sizes that a Parquet file states can be true, before they are believed.
//!
//! A reader that allocates what a broken file asks for ends the program; this one reads the index
//! and the headers of the pages (Thrift's compact protocol, as the Parquet format specification
//! lays them out) and allocates nothing that a file asks for.

/// What cannot be.
pub(super) type Fault = &'static str;

/// Looks at every page header of a Parquet file.
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    const MAGIC: &[u8] = b"PAR1";
    let body = bytes
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.strip_suffix(MAGIC))
        .ok_or("no PAR1 at both ends")?;
    let (body, length) = body.split_last_chunk::<4>().ok_or("no index")?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| "an index too long")?;
    let start = body
        .len()
        .checked_sub(length)
        .ok_or("an index that is longer than the file")?;
    let index = Thrift::new(&body[start..]).value(Thrift::STRUCT, 0)?;
    let mut n_rows = 0_i64;
    for group in index.field(4).list() {
        let rows = group
            .field(3)
            .count("a row group with a negative number of rows")?;
        n_rows = n_rows.checked_add(rows).ok_or("too many rows")?;
        for column in group.field(1).list() {
            // Offsets count from the start of the file.
            check_column(column.field(3), &bytes[..MAGIC.len() + start])?;
        }
    }
    let stated = index.field(3).count("a negative number of rows")?;
    if stated == n_rows {
        Ok(())
    } else {
        Err("row groups that do not add up to its rows")
    }
}

fn check_column(column: &Value, bytes: &[u8]) -> Result<(), Fault> {
    let n_values = column
        .field(5)
        .count("a column with a negative number of values")?;
    let length = column.field(7).count("a column of negative length")?;
    let first = match column.field(11) {
        Value::Int(dictionary) => *dictionary,
        _ => column.field(9).count("a column without a page")?,
    };
    let first = usize::try_from(first).map_err(|_| "a column outside the file")?;
    let length = usize::try_from(length).map_err(|_| "a column outside the file")?;
    let end = first
        .checked_add(length)
        .ok_or("a column outside the file")?;
    let mut left = bytes.get(first..end).ok_or("a column outside the file")?;
    let mut n_left = n_values;
    while n_left > 0 {
        if left.is_empty() {
            return Err("a column with fewer values than it states");
        }
        let mut thrift = Thrift::new(left);
        let header = thrift.value(Thrift::STRUCT, 0)?;
        header.field(2).count("a page of negative length")?;
        let length = header.field(3).count("a page of negative length")?;
        let length = usize::try_from(length).map_err(|_| "a page outside its column")?;
        left = thrift
            .left
            .get(length..)
            .ok_or("a page outside its column")?;
        match header.field(7) {
            Value::Absent => {}
            dictionary => {
                dictionary
                    .field(1)
                    .count("a dictionary with a negative number of values")?;
            }
        }
        for data in [header.field(5), header.field(8)] {
            if !matches!(data, Value::Absent) {
                n_left -= data
                    .field(1)
                    .count("a page with a negative number of values")?;
            }
        }
    }
    if n_left < 0 {
        Err("a column with more values than it states")
    } else {
        Ok(())
    }
}

/// What the protocol can hold, as far as it is looked at.
enum Value {
    Int(i64),
    List(Vec<Self>),
    Struct(Vec<(i64, Self)>),
    Other,
    Absent,
}

impl Value {
    fn field(&self, id: i64) -> &Self {
        let fields = match self {
            Self::Struct(fields) => fields.as_slice(),
            _ => &[],
        };
        let found = fields.iter().find(|(field, _)| *field == id);
        found.map_or(&Self::Absent, |(_, value)| value)
    }

    fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }

    /// A number that is not negative.
    fn count(&self, fault: Fault) -> Result<i64, Fault> {
        match self {
            Self::Int(count) if *count >= 0 => Ok(*count),
            _ => Err(fault),
        }
    }
}

/// Reads Thrift's compact protocol.
struct Thrift<'a> {
    left: &'a [u8],
}

const ENDS: Fault = "an index or a page header that ends too early";

impl<'a> Thrift<'a> {
    const STRUCT: u8 = 12;
    /// The format needs a handful.
    const DEEPEST: usize = 32;

    const fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Result<Value, Fault> {
        if depth > Self::DEEPEST {
            return Err("an index or a page header that is nested too deeply");
        }
        match kind {
            1 | 2 => Ok(Value::Other),
            3 => self.take(1).map(|_| Value::Other),
            4..=6 => self.zigzag().map(Value::Int),
            7 => self.take(8).map(|_| Value::Other),
            8 => {
                let length = self.length()?;
                self.take(length).map(|_| Value::Other)
            }
            9 | 10 => self.list(depth),
            11 => self.map(depth),
            Self::STRUCT => self.fields(depth),
            _ => Err("an index or a page header of no known type"),
        }
    }

    fn fields(&mut self, depth: usize) -> Result<Value, Fault> {
        let (mut fields, mut id) = (Vec::new(), 0_i64);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(Value::Struct(fields));
            }
            id = match head >> 4 {
                0 => self.zigzag()?,
                delta => id.checked_add(i64::from(delta)).ok_or(ENDS)?,
            };
            fields.push((id, self.value(head & 15, depth + 1)?));
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        let head = self.byte()?;
        let (n, kind) = match head >> 4 {
            15 => (self.length()?, head & 15),
            n => (usize::from(n), head & 15),
        };
        let mut values = Vec::new();
        for _ in 0..n {
            values.push(match kind {
                // Here a truth value is a byte.
                1 | 2 => self.take(1).map(|_| Value::Other)?,
                kind => self.value(kind, depth + 1)?,
            });
        }
        Ok(Value::List(values))
    }

    fn map(&mut self, depth: usize) -> Result<Value, Fault> {
        let n = self.length()?;
        if n > 0 {
            let kinds = self.byte()?;
            for _ in 0..n {
                for kind in [kinds >> 4, kinds & 15] {
                    match kind {
                        1 | 2 => self.take(1).map(|_| ())?,
                        kind => self.value(kind, depth + 1).map(|_| ())?,
                    }
                }
            }
        }
        Ok(Value::Other)
    }

    /// A number of things of which each takes a byte or more: no more than bytes are left.
    fn length(&mut self) -> Result<usize, Fault> {
        let length = usize::try_from(self.varint()?).map_err(|_| ENDS)?;
        if length > self.left.len() {
            Err(ENDS)
        } else {
            Ok(length)
        }
    }

    fn zigzag(&mut self) -> Result<i64, Fault> {
        let bits = self.varint()?;
        Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed())
    }

    fn varint(&mut self) -> Result<u64, Fault> {
        let mut bits = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            bits |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(bits);
            }
        }
        Err("a number that is too long")
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (taken, left) = self.left.split_at_checked(n).ok_or(ENDS)?;
        self.left = left;
        Ok(taken)
    }
}
