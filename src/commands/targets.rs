//! Finding what `attach` was asked to record.

use super::containers;
use crate::cli::Wanted;
use crate::launch::Happened;
use crate::model::{CommandLine, Pid, printable, reason, shown};
use crate::record::{Attached, Clock, SystemClock, Target};
use crate::source::linux::process_of_thread;
use crate::source::{Arrivals, ControlGroup, GroupMembers, Hierarchies, Key, NoGroup, Search, Sighting, Source, State};
use std::io;
use std::path::Path;
use std::time::Duration;

/// What is to be recorded.
pub(super) struct Found {
    /// With whom the recording ends; nobody for a control group, which the source knows of.
    pub(super) roots: Vec<Pid>,
    /// Whose command line begins the recording.
    pub(super) first: Key,
    /// Its process id.
    pub(super) pid: Pid,
    /// A word for the name of the file.
    pub(super) name: String,
    /// What is said of it.
    pub(super) shown: String,
    /// What else is to be said of it, and written down.
    pub(super) note: Option<String>,
}

/// There is nothing to record: one line for the user, without the leading `memrec: `.
#[derive(Debug)]
pub(super) enum Absent {
    /// Now.
    Yet(String),
    /// And waiting does not change that.
    Ever(String),
    /// Somebody does not want to know any more.
    EndAsked,
}

impl Absent {
    pub(super) fn into_message(self) -> String {
        match self {
            Self::Yet(message) | Self::Ever(message) => message,
            Self::EndAsked => "ended before there was anything to record".to_owned(),
        }
    }
}

/// Looks for it, once or again and again.
pub(super) struct Finder<'a> {
    wanted: &'a Wanted,
    search: Search,
    arrivals: Arrivals,
}

impl<'a> Finder<'a> {
    pub(super) fn new(wanted: &'a Wanted) -> io::Result<Self> {
        Ok(Self { wanted, search: Search::open()?, arrivals: Arrivals::watch() })
    }

    /// What is looked for, in words.
    pub(super) fn wanted(&self) -> String {
        match self.wanted {
            Wanted::Pids(pids) if pids.len() == 1 => format!("process {}", pids[0]),
            Wanted::Pids(pids) => {
                format!("processes {}", pids.iter().map(Pid::to_string).collect::<Vec<_>>().join(", "))
            }
            Wanted::Named(name) => format!("a process whose name matches {}", quoted(name.as_str())),
            Wanted::Cgroup(path) => format!("a process in the control group {}", shown(path)),
            Wanted::Container(name) => format!("the container {name}"),
        }
    }

    /// Whether it is worth looking again at `now`: where others have to be asked, which is dear. All else costs next to nothing.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        match self.wanted {
            Wanted::Pids(_) | Wanted::Named(_) | Wanted::Cgroup(_) => true,
            Wanted::Container(_) => self.arrivals.due(now),
        }
    }

    pub(super) fn find(&mut self, source: &mut dyn Source, attached: &mut Attached) -> Result<Found, Absent> {
        match self.wanted {
            Wanted::Pids(pids) => {
                let found: Vec<Sighting> = pids.iter().map(|pid| by_pid(source, *pid)).collect::<Result<_, _>>()?;
                // `cli` has seen to it that there is at least one.
                of_processes(&found).ok_or_else(|| Absent::Ever("cannot attach: no process is named".to_owned()))
            }
            Wanted::Named(name) => {
                let pids = self.search.find(SystemClock.now(), &|found| name.is_match(found));
                let living = pids.iter().filter_map(|pid| source.identify(*pid, Duration::ZERO));
                let found: Vec<Sighting> = living.filter(|found| found.state == State::Alive).collect();
                let name = quoted(name.as_str());
                of_processes(&found).ok_or_else(|| {
                    Absent::Yet(format!(
                        "cannot attach: --name {name}: no process has such a name; --wait waits for one"
                    ))
                })
            }
            Wanted::Cgroup(path) => self.in_group(source, path),
            Wanted::Container(name) => {
                let found = self.in_container(source, attached, name);
                // The programs that were asked were started by memrec.
                self.arrivals.pass_over();
                found
            }
        }
    }

    fn in_group(&mut self, source: &mut dyn Source, path: &Path) -> Result<Found, Absent> {
        let what = format!("cannot attach: control group {}", shown(path));
        let groups = mounted(&what)?.at(path).map_err(|error| match error {
            NoGroup::NotThere => {
                Absent::Yet(format!("{what}: {error}; see /proc/PID/cgroup, or wait for it with --wait"))
            }
            NoGroup::NotAGroup => {
                Absent::Ever(format!("{what}: {error}; give a folder where control groups are mounted"))
            }
        })?;
        let mut pids = Vec::new();
        for group in groups {
            let Some(members) = open_group(&group, &mut pids).map_err(|error| unreadable(&what, &error))? else {
                continue;
            };
            let living = pids.iter().filter(|pid| self.search.lives(**pid));
            let first = living.filter_map(|pid| source.identify(*pid, Duration::ZERO)).next();
            let Some(first) = first else { continue };
            source.follow_group(members);
            let number = if pids.len() == 1 { "1 process".to_owned() } else { format!("{} processes", pids.len()) };
            return Ok(Found {
                roots: Vec::new(),
                first: first.key,
                pid: first.pid,
                name: group.path.file_name().map_or("cgroup".to_owned(), |name| name.to_string_lossy().into_owned()),
                shown: format!("control group {} ({number})", shown(&group.path)),
                note: None,
            });
        }
        Err(Absent::Yet(format!("{what}: no process of this pid namespace is in it; --wait waits for one")))
    }

    fn in_container(&mut self, source: &mut dyn Source, attached: &mut Attached, name: &str) -> Result<Found, Absent> {
        let mut end_asked = |pause| matches!(attached.wait(pause, [None; 2]), Ok(Happened::AskedToEnd) | Err(_));
        let what = format!("cannot attach: container {name}");
        let mut pid = containers::main_process(name, &mut end_asked)?;
        if !self.search.lives(pid) {
            // It may just have ended, and perhaps another one has taken its place.
            let again = containers::main_process(name, &mut end_asked)?;
            if again == pid && !Path::new(&format!("/proc/{pid}")).exists() {
                return Err(Absent::Ever(format!(
                    "{what}: its main process, {pid}, is not on this machine, or hidden from this user; run memrec where the container runs"
                )));
            }
            pid = again;
        }
        let has_ended =
            || Absent::Yet(format!("{what}: its main process has just ended; --wait waits for the next one"));
        if !self.search.lives(pid) {
            return Err(has_ended());
        }
        let first = source.identify(pid, Duration::ZERO).ok_or_else(has_ended)?;
        let group = mounted(&what)?.of_container(pid).map_err(|_| has_ended())?;
        let mut pids = Vec::new();
        let members = match &group {
            Some(group) => open_group(group, &mut pids).ok().flatten().filter(|_| pids.contains(&pid)),
            None => None,
        };
        let note = match members {
            Some(members) => {
                source.follow_group(members);
                None
            }
            None => Some(format!(
                "container {name} has no control group to itself: its main process and what that starts are recorded, and not what 'exec' starts in it"
            )),
        };
        let shown = format!("container {name} (pid {pid})");
        Ok(Found { roots: vec![pid], first: first.key, pid, name: name.to_owned(), shown, note })
    }
}

fn by_pid(source: &mut dyn Source, pid: Pid) -> Result<Sighting, Absent> {
    let advice = "find one with 'ps' or 'pgrep'";
    if let Some(process) = process_of_thread(pid) {
        let what = format!("cannot attach: {pid}: this is a thread of process {process}; give that one");
        return Err(Absent::Ever(what));
    }
    match source.identify(pid, Duration::ZERO) {
        Some(found) if found.state == State::Alive => Ok(found),
        Some(_) => Err(Absent::Yet(format!(
            "cannot attach: {pid}: this process has ended, or is a part of the kernel without memory of its own; {advice}"
        ))),
        None => Err(Absent::Yet(format!("cannot attach: {pid}: no process has this pid; {advice}"))),
    }
}

fn of_processes(found: &[Sighting]) -> Option<Found> {
    let first = found.first()?;
    let more = if found.len() > 1 { format!(" and {} more", found.len() - 1) } else { String::new() };
    Some(Found {
        roots: found.iter().map(|process| process.pid).collect(),
        first: first.key,
        pid: first.pid,
        name: first.name.as_str().to_owned(),
        shown: format!("{} (pid {}){more}", printable(first.name.as_str()), first.pid),
        note: None,
    })
}

fn mounted(what: &str) -> Result<Hierarchies, Absent> {
    let unreadable = |error| Absent::Ever(format!("{what}: /proc/self/mountinfo: {}; mount /proc", reason(&error)));
    Hierarchies::mounted().map_err(unreadable)
}

/// Opens a group and lists who is in it. `None` where it is gone by now.
fn open_group(group: &ControlGroup, pids: &mut Vec<Pid>) -> io::Result<Option<GroupMembers>> {
    let opened = GroupMembers::open(group).and_then(|mut members| members.read(pids).map(|()| members));
    match opened {
        Ok(members) => Ok(Some(members)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreadable(what: &str, error: &io::Error) -> Absent {
    match error.kind() {
        io::ErrorKind::Unsupported => Absent::Ever(format!(
            "{what}: it is a threaded one, which has no processes of its own; give the group above it"
        )),
        _ => Absent::Ever(format!("{what}: {}; run memrec as root, or give another one", reason(error))),
    }
}

/// As one would type it.
fn quoted(text: &str) -> String {
    CommandLine::masked([text]).to_string()
}
