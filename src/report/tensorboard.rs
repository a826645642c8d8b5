//! `TensorBoard` event files, written during training.
//!
//! The file is a sequence of records (`TFRecord`): length as `u64`, masked CRC of the length,
//! payload, masked CRC of the payload, all little endian. The CRC is CRC-32C (Castagnoli), masked
//! as `rotate_right(crc, 15) + 0xa282ead8`. The payload is a protobuf `tensorflow.Event`; only its
//! scalar part is declared here. Source: `tensorflow/core/lib/io/record_writer.h`,
//! `tensorflow/core/util/event.proto`, `tensorflow/core/framework/summary.proto`.

use super::error::ReportError;
use crate::train::{METRICS, MetricRow};
use prost::Message;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// An event file that grows by one event per update. Tags are the metric names of [`METRICS`], the
/// step is the number of environment steps.
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: File,
}

impl EventWriter {
    /// Creates `events.out.tfevents.<seconds>.<run>` in `folder` (which must exist), with the
    /// format version as first event. `TensorBoard` shows `wall_time_s`, in seconds since 1970;
    /// this module reads no clock.
    ///
    /// # Errors
    /// [`ReportError::File`] if the file cannot be written.
    pub fn create(folder: &Path, run: &str, wall_time_s: f64) -> Result<Self, ReportError> {
        let path = folder.join(format!("events.out.tfevents.{wall_time_s:010.0}.{run}"));
        let file = File::create(&path).map_err(ReportError::file(&path))?;
        let mut writer = Self { path, file };
        writer.append(&Event {
            wall_time: wall_time_s,
            step: 0,
            what: Some(What::FileVersion("brain.Event:2".to_owned())),
        })?;
        Ok(writer)
    }

    /// Appends the metrics that the update logged, as one event.
    ///
    /// # Errors
    /// [`ReportError::File`] if the file cannot be written.
    pub fn write(&mut self, row: &MetricRow, wall_time_s: f64) -> Result<(), ReportError> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the format stores 32-bit scalars"
        )]
        let value = METRICS
            .iter()
            .zip(&row.values)
            .filter_map(|(metric, value)| {
                Some(ScalarValue {
                    tag: metric.name.to_owned(),
                    simple_value: Some((*value)? as f32),
                })
            });
        self.append(&Event {
            wall_time: wall_time_s,
            step: i64::try_from(row.env_steps).unwrap_or(i64::MAX),
            what: Some(What::Summary(Summary {
                value: value.collect(),
            })),
        })
    }

    /// Path of the event file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn append(&mut self, event: &Event) -> Result<(), ReportError> {
        self.file
            .write_all(&frame(&event.encode_to_vec()))
            .map_err(ReportError::file(&self.path))
    }
}

/// Wraps a payload in a record.
fn frame(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(payload.len() + 16);
    record.extend_from_slice(&length);
    record.extend_from_slice(&masked_crc(&length).to_le_bytes());
    record.extend_from_slice(payload);
    record.extend_from_slice(&masked_crc(payload).to_le_bytes());
    record
}

fn masked_crc(bytes: &[u8]) -> u32 {
    const CRC_32C: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    CRC_32C
        .checksum(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

/// Protobuf `tensorflow.Event`, reduced to the fields of scalars.
#[derive(Clone, PartialEq, prost::Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, prost::Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<ScalarValue>,
}

/// Protobuf `tensorflow.Summary.Value`, reduced to the fields of scalars.
#[derive(Clone, PartialEq, prost::Message)]
struct ScalarValue {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// The reader in these tests shares no code with the writer: bitwise CRC, protobuf by hand.
#[cfg(test)]
mod tests {
    #![allow(
        clippy::cast_possible_truncation,
        clippy::manual_rotate,
        reason = "an independent reader of small files"
    )]
    use super::*;
    use crate::report::tests::demo;

    #[test]
    fn crc_is_castagnoli_and_masked() {
        assert_eq!(
            bitwise_crc_32c(b"123456789"),
            0xe306_9283,
            "check value of CRC-32C"
        );
        assert_eq!(masked_crc(b"123456789"), unrotated_mask(0xe306_9283));
        // RFC 3720, B.4: 32 zero bytes.
        assert_eq!(bitwise_crc_32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(masked_crc(&[0; 32]), unrotated_mask(0x8a91_36aa));
    }

    #[test]
    fn the_first_record_is_the_one_tensorflow_writes() {
        let folder = tempfile::tempdir().unwrap();
        let writer = EventWriter::create(folder.path(), "demo", 0.0).unwrap();
        let bytes = std::fs::read(writer.path()).unwrap();
        // Payload: field 3 (file_version), 13 bytes; proto3 omits wall_time 0 and step 0.
        let records = read_records(&bytes);
        assert_eq!(records, vec![b"\x1a\x0dbrain.Event:2".to_vec()]);
        let name = writer.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(name, "events.out.tfevents.0000000000.demo");
    }

    #[test]
    fn scalars_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::create(folder.path(), "demo", 1.5e9).unwrap();
        let rows = &demo::training()[0].rows;
        for row in rows {
            writer.write(row, 1.5e9 + 0.25).unwrap();
        }
        let records = read_records(&std::fs::read(writer.path()).unwrap());
        assert_eq!(records.len(), rows.len() + 1);
        for (record, row) in records[1..].iter().zip(rows) {
            let fields = read_fields(record);
            assert_eq!(fields[0], (1, Wire::Fixed64((1.5e9_f64 + 0.25).to_bits())));
            assert_eq!(fields[1], (2, Wire::Varint(row.env_steps)));
            assert_eq!((fields.len(), fields[2].0), (3, 5));
            let expected: Vec<(String, u32)> = METRICS
                .iter()
                .zip(&row.values)
                .filter_map(|(m, v)| v.map(|v| (m.name.to_owned(), (v as f32).to_bits())))
                .collect();
            assert!(!expected.is_empty());
            assert_eq!(read_scalars(&fields[2].1), expected);
        }
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("absent");
        let error = EventWriter::create(&absent, "demo", 0.0).unwrap_err();
        assert!(error.to_string().contains("absent"), "{error}");
    }

    #[derive(Debug, Clone, PartialEq)]
    enum Wire {
        Varint(u64),
        Fixed64(u64),
        Fixed32(u32),
        Bytes(Vec<u8>),
    }

    fn read_records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            let stored = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            assert_eq!(stored(8), unrotated_mask(bitwise_crc_32c(&bytes[..8])));
            let payload = &bytes[12..12 + length];
            assert_eq!(
                stored(12 + length),
                unrotated_mask(bitwise_crc_32c(payload))
            );
            records.push(payload.to_vec());
            bytes = &bytes[16 + length..];
        }
        records
    }

    fn read_scalars(summary: &Wire) -> Vec<(String, u32)> {
        let Wire::Bytes(summary) = summary else {
            panic!("summary is a message")
        };
        read_fields(summary)
            .into_iter()
            .map(|(number, value)| {
                let (1, Wire::Bytes(value)) = (number, value) else {
                    panic!("value is a message in field 1")
                };
                match &read_fields(&value)[..] {
                    [(1, Wire::Bytes(tag)), (2, Wire::Fixed32(bits))] => {
                        (String::from_utf8(tag.clone()).unwrap(), *bits)
                    }
                    other => panic!("{other:?}"),
                }
            })
            .collect()
    }

    fn read_fields(mut bytes: &[u8]) -> Vec<(u64, Wire)> {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = read_varint(&mut bytes);
            let value = match key & 7 {
                0 => Wire::Varint(read_varint(&mut bytes)),
                1 => Wire::Fixed64(u64::from_le_bytes(take(&mut bytes, 8).try_into().unwrap())),
                2 => {
                    let length = read_varint(&mut bytes) as usize;
                    Wire::Bytes(take(&mut bytes, length).to_vec())
                }
                5 => Wire::Fixed32(u32::from_le_bytes(take(&mut bytes, 4).try_into().unwrap())),
                other => panic!("wire type {other}"),
            };
            fields.push((key >> 3, value));
        }
        fields
    }

    fn read_varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = take(bytes, 1)[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    fn take<'a>(bytes: &mut &'a [u8], n: usize) -> &'a [u8] {
        let (head, tail) = bytes.split_at(n);
        *bytes = tail;
        head
    }

    fn bitwise_crc_32c(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 }
            })
        })
    }

    fn unrotated_mask(crc: u32) -> u32 {
        ((crc >> 15) | (crc << 17)).wrapping_add(0xa282_ead8)
    }
}
