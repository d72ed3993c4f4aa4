//! `attach`.

use super::containers::container_name;
use super::recording::RecordingLine;
use super::{Misuse, Pattern, Recording};
use crate::model::Pid;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// `attach`.
#[derive(Debug)]
pub struct Attach {
    /// How.
    pub recording: Recording,
    /// What to record.
    pub wanted: Wanted,
    /// What to do where it is not there.
    pub wait: Wait,
}

/// The ways to name what is recorded.
#[derive(Debug)]
pub enum Wanted {
    /// These processes; at least one.
    Pids(Vec<Pid>),
    /// All processes of a name.
    Named(Pattern),
    /// All processes of a control group: its folder, or its path as `/proc/PID/cgroup` shows it.
    Cgroup(PathBuf),
    /// A container of docker's or podman's: its name or id, which begins with a letter or a digit.
    Container(String),
}

/// What to do where there is nothing to record yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wait {
    /// Fail.
    #[default]
    No,
    /// Wait for it.
    UntilThere,
}

#[derive(Debug, Args)]
pub(super) struct AttachLine {
    #[command(flatten)]
    recording: RecordingLine,
    #[command(flatten)]
    wanted: WantedLine,
    /// Wait until there is something to record
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct WantedLine {
    /// Process ids
    #[arg(value_name = "PID", value_parser = pid, allow_negative_numbers = true)]
    pids: Vec<Pid>,
    /// All processes whose short name (comm), or the name of whose program, this regular expression is found in
    #[arg(long, value_name = "REGEX", value_parser = name, allow_hyphen_values = true)]
    name: Option<Pattern>,
    /// A container of docker's or podman's, by its name or id
    #[arg(long, value_name = "NAME", value_parser = container, allow_hyphen_values = true)]
    container: Option<String>,
    /// A control group: its folder, or its path as /proc/PID/cgroup shows it, such as /system.slice/nginx.service
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    cgroup: Option<PathBuf>,
}

impl AttachLine {
    pub(super) fn into_attach(self) -> Result<Attach, Misuse> {
        let WantedLine { pids, name, container, cgroup } = self.wanted;
        let wanted = match (name, container, cgroup) {
            (Some(name), ..) => Wanted::Named(name),
            (_, Some(container), _) => Wanted::Container(container),
            (.., Some(cgroup)) => Wanted::Cgroup(cgroup),
            _ if pids.is_empty() => {
                let message =
                    "attach: nothing to record is named; give a PID, --name, --container or --cgroup".to_owned();
                return Err(Misuse::Wrong { message, recording: true });
            }
            _ => Wanted::Pids(pids),
        };
        let wait = if self.wait { Wait::UntilThere } else { Wait::No };
        Ok(Attach { recording: self.recording.into_recording(false, "attach")?, wanted, wait })
    }
}

/// What `run --attach` names: process ids, or as mprof has it a part of a name.
pub(super) fn wanted_of(words: &[OsString]) -> Result<Wanted, Misuse> {
    let misuse = |why: String| Misuse::Wrong {
        message: format!("run: --attach: {why}; see 'memrec attach --help'"),
        recording: true,
    };
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    match &words[..] {
        [only] if !only.is_empty() && !only.bytes().all(|byte| byte.is_ascii_digit()) => {
            let name = name(&regex::escape(only)).map_err(misuse)?;
            Ok(Wanted::Named(name))
        }
        words => words.iter().map(|word| pid(word)).collect::<Result<_, _>>().map(Wanted::Pids).map_err(misuse),
    }
}

fn pid(text: &str) -> Result<Pid, String> {
    let wrong = || {
        "a process id is a whole number above 0, as 'ps' or 'pgrep' print it, and a name is given with --name"
            .to_owned()
    };
    text.parse().ok().filter(|pid| *pid > 0 && *pid <= i32::MAX as u32).ok_or_else(wrong)
}

fn name(text: &str) -> Result<Pattern, String> {
    Pattern::parse(text, "process")
}

fn container(text: &str) -> Result<String, &'static str> {
    container_name(text)
        .map(str::to_owned)
        .ok_or("names and ids of containers have letters, digits, '_', '.' and '-', and begin with a letter or a digit")
}

#[cfg(test)]
mod tests {
    use super::super::{Command, parse};
    use super::*;

    fn wanted(words: &[&str]) -> Result<Wanted, String> {
        let line = ["memrec", "attach"].iter().chain(words).map(|word| (*word).into());
        match parse(line) {
            Ok(Command::Attach(attach)) => Ok(attach.wanted),
            Err(Misuse::Wrong { message, recording: true }) => Err(message),
            other => panic!("{words:?}: {other:?}"),
        }
    }

    #[test]
    fn exactly_one_kind_of_target_is_named() {
        assert!(matches!(wanted(&["--name", "^web"]), Ok(Wanted::Named(name)) if name.as_str() == "^web"));
        assert!(matches!(wanted(&["--container=/web"]), Ok(Wanted::Container(name)) if name == "web"));
        assert!(matches!(wanted(&["--cgroup", "/a"]), Ok(Wanted::Cgroup(path)) if path.as_os_str() == "/a"));
        assert!(matches!(wanted(&["1", "2"]), Ok(Wanted::Pids(pids)) if pids == [1, 2]));
        assert!(wanted(&[]).unwrap_err().contains("give a PID, --name, --container or --cgroup"));
        for words in
            [&["--name", "a", "1"][..], &["--cgroup", "a", "--name", "b"], &["--container", "a", "--cgroup", "b"]]
        {
            assert!(wanted(words).unwrap_err().contains("cannot be used with"), "{words:?}");
        }
        assert!(wanted(&["--name", "a", "--name", "b"]).is_err());
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason_on_one_line() {
        let told = wanted(&["--name", "(web"]).unwrap_err();
        assert!(told.contains("unclosed group") && !told.contains('\n'), "{told}");
        assert!(wanted(&["--name", ""]).unwrap_err().contains("every process"));
        assert!(wanted(&["--name", "(a{999}){999}"]).unwrap_err().contains("too large"));
        for name in ["-f", "", "a b", "a/b", "..", "\x1b[2J", "a\nb"] {
            let told = wanted(&["--container", name]).unwrap_err();
            assert!(told.contains("begin with a letter") && !told.contains(char::is_control), "{told}");
        }
    }

    #[test]
    fn a_regular_expression_is_found_anywhere_in_any_bytes() {
        let matches = |pattern: &str, name: &[u8]| super::name(pattern).unwrap().is_match(name);
        assert!(matches("ngi", b"nginx") && matches(r"^\w+$", b"nginx") && matches("(?i)NGINX", b"nginx"));
        assert!(matches("ng.*x$", b"\xffnginx") && !matches("^ngi$", b"nginx"));
    }
}
