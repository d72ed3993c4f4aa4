//! Where the socket of a recording is.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Bytes that an address can have (`sun_path` of unix(7)), its end included.
const LONGEST_ADDRESS: usize = 108;

/// A name in a folder.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    name: String,
    /// Of a path that is too long for an address.
    folder: Option<File>,
}

impl Place {
    /// Beside the recording `csv`: behind a link, if there is one. The name is as long for every recording, however long that one's is.
    pub(super) fn beside(csv: &Path) -> io::Result<Self> {
        let csv = match fs::canonicalize(csv) {
            // Deleted or moved away, and recorded still.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let csv = std::path::absolute(csv)?;
                let folder = fs::canonicalize(csv.parent().unwrap_or(Path::new("/")))?;
                folder.join(csv.file_name().unwrap_or_default())
            }
            found => found?,
        };
        let name = csv.file_name().unwrap_or_default().as_bytes();
        Self::at(&csv, format!(".memrec-{:016x}.mark", hash(name)))
    }

    /// In the same folder, a name that nobody else has.
    pub(super) fn meanwhile(&self) -> io::Result<Self> {
        Self::at(&self.path, format!(".memrec-{}.mark", std::process::id()))
    }

    fn at(beside: &Path, name: String) -> io::Result<Self> {
        let path = beside.with_file_name(&name);
        let long = path.as_os_str().len() >= LONGEST_ADDRESS;
        let folder = long.then(|| {
            // To find something in it is all that is needed.
            let folder = path.parent().unwrap_or(Path::new("/"));
            OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(folder)
        });
        Ok(Self { folder: folder.transpose()?, path, name })
    }

    /// A path that is short enough for an address, as long as this is there.
    pub(super) fn address(&self) -> PathBuf {
        match &self.folder {
            Some(folder) => PathBuf::from(format!("/proc/self/fd/{}/{}", folder.as_raw_fd(), self.name)),
            None => self.path.clone(),
        }
    }
}

/// FNV-1a, with its 64-bit offset and prime: the same in every version of memrec.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
