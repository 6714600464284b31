//! A data file: lines of JSON, compressed, with the checksum of the compressed bytes.

use super::manifest::FileLine;
use crate::CliError;
use crate::terminal::json_line;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A data file that is being written.
pub(super) struct DataFile {
    path: PathBuf,
    key: String,
    gzip: GzEncoder<Digesting>,
    items: u64,
    bytes: u64,
}

/// Writes to a file, and digests what it writes.
struct Digesting {
    file: BufWriter<File>,
    md5: Md5,
}

impl DataFile {
    /// Creates the file of a key below the folder that stands for the bucket.
    pub(super) fn create(bucket: &Path, key: String) -> Result<Self, CliError> {
        let path = bucket.join(&key);
        let file = BufWriter::new(File::create(&path).map_err(CliError::write(&path))?);
        let gzip = GzEncoder::new(Digesting { file, md5: Md5::new() }, Compression::default());
        Ok(Self { path, key, gzip, items: 0, bytes: 0 })
    }

    /// Writes a line of JSON.
    pub(super) fn line(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let line = json_line(value)?;
        self.gzip.write_all(line.as_bytes()).map_err(CliError::write(&self.path))?;
        self.items += 1;
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// Completes the file. Returns its line of the manifest.
    pub(super) fn finish(self) -> Result<FileLine, CliError> {
        let Digesting { mut file, md5 } =
            self.gzip.finish().map_err(CliError::write(&self.path))?;
        file.flush().map_err(CliError::write(&self.path))?;
        let md5 = md5.finalize();
        Ok(FileLine {
            item_count: self.items,
            md5_checksum: STANDARD.encode(md5),
            etag: multipart_tag(&md5),
            data_file_s3_key: self.key,
            bytes: self.bytes,
        })
    }
}

/// The tag of an object that came in one part: the digest of the digests of its parts, and how many
/// there were.
fn multipart_tag(md5: &[u8]) -> String {
    format!("{:032x}-1", u128::from_be_bytes(Md5::digest(md5).into()))
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.md5.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
