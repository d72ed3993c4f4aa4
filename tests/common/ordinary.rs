//! memrec and the probe in the hands of an ordinary user.

use super::{Folder, Running, copy_program, finish, memrec, probe};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

/// Whether these tests run as root.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// The two programs, and what goes before their names so that whoever runs them may do no more than others.
pub(crate) struct Ordinary<'a> {
    folder: &'a Folder,
    before: &'static [&'static str],
    pub(crate) memrec: String,
    pub(crate) probe: String,
}

impl<'a> Ordinary<'a> {
    /// Where these tests run as root, as nobody, and with copies that nobody can reach. `None` where not even that helps.
    pub(crate) fn of(folder: &'a Folder) -> Option<Self> {
        if !is_root() {
            return Some(Self { folder, before: &[], memrec: memrec().to_owned(), probe: probe() });
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let copy = |from: &str, name: &str| {
            copy_program(from, folder.join(name));
            folder.join(name).to_str().unwrap().to_owned()
        };
        let before = &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let ordinary = Self { folder, before, memrec: copy(memrec(), "memrec"), probe: copy(&probe(), "probe") };
        let reached = ordinary.command(&["sh", "-c", "test -x ./memrec && test -x ./probe"]);
        // Somebody has to be found to become nobody.
        let there = Command::new("setpriv").arg("--version").output().is_ok();
        (there && finish(reached).status.success()).then_some(ordinary)
    }

    /// These words, as that user.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let words = [self.before, words].concat();
        self.folder.command(words[0], &words[1..])
    }

    /// `memrec run -o run.csv OPTIONS... -- probe WORDS...`, as that user.
    pub(crate) fn run_probe(&self, options: &[&str], words: &[&str]) -> Running {
        let run = [&self.memrec, "run", "-o", "run.csv"];
        Running::start(self.command(&[&run[..], options, &["--", &self.probe], words].concat()))
    }
}
