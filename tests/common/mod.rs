//! Starting memrec in a folder of its own, waiting for what happens rather than for time, and reading what it has written.
//!
//! Everything that is started ends with its stdin, which the test holds: a test that fails leaves nothing running.
#![allow(dead_code, reason = "every test file has its own use of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

pub(crate) mod cells;
pub(crate) mod groups;
pub(crate) mod ordinary;
pub(crate) mod skipping;
pub(crate) mod terminal;

use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

/// How often it is asked whether something has happened that a test waits for, 5 ms apart: a minute and more. Nothing takes nearly as long; it
/// is only against hanging for ever. Counted, not timed: a machine that stands still meanwhile is no reason to give up.
const QUESTIONS: usize = 12_000;
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(5);

pub(crate) const MIB: u64 = 1 << 20;

/// memrec itself.
pub(crate) fn memrec() -> &'static str {
    env!("CARGO_BIN_EXE_memrec")
}

/// The program that is recorded: `examples/probe`.
pub(crate) fn probe() -> String {
    example("probe")
}

/// A program of `examples/`.
pub(crate) fn example(name: &str) -> String {
    let example = Path::new(memrec()).with_file_name("examples").join(name);
    assert!(example.exists(), "{} is not there; build it with: cargo build --examples", example.display());
    example.to_str().unwrap().to_owned()
}

/// Copies a program. Not by this process: a descriptor to write to it, which another test's fork has inherited for a moment, would keep it from
/// being executed.
pub(crate) fn copy_program(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    let copied = Command::new("cp").arg(from.as_ref()).arg(to.as_ref()).status();
    assert!(copied.unwrap().success());
}

/// What a note begins with that says nothing of what is tested: where the tests run, there are no process events.
const NO_EVENTS: &str = "no process events: ";

/// Whether a line on stderr is that note.
fn is_about_events(line: &str) -> bool {
    line.strip_prefix("memrec: ").is_some_and(|note| note.starts_with(NO_EVENTS))
}

/// Asks again and again until there is an answer.
pub(crate) fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    for _ in 0..QUESTIONS {
        if let Some(answer) = answer() {
            return answer;
        }
        std::thread::sleep(BETWEEN_QUESTIONS);
    }
    panic!("waited in vain for {what}");
}

/// A row of a recording.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Row {
    pub(crate) elapsed_s: f64,
    pub(crate) process: u32,
    pub(crate) pid: u32,
    pub(crate) ppid: u32,
    pub(crate) name: String,
    pub(crate) rss_bytes: Option<u64>,
    pub(crate) peak_rss_bytes: Option<u64>,
    pub(crate) pss_bytes: Option<u64>,
    pub(crate) uss_bytes: Option<u64>,
}

/// A folder of its own, in which memrec is started.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The names of all that is in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.path()).unwrap().map(|found| found.unwrap().file_name().into_string().unwrap());
        names.collect::<BTreeSet<String>>().into_iter().collect()
    }

    /// `program` with `words`, here.
    pub(crate) fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words).current_dir(self.path()).env_remove("MEMREC_RECORDING");
        // Whatever the tests were started with: under `nohup` or a script's `&` some signals are ignored, and a core may be wanted.
        // SAFETY: plain system calls; the default action is no handler of ours.
        unsafe {
            command.pre_exec(|| {
                for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
                libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
                Ok(())
            })
        };
        command
    }

    /// `memrec WORDS...`, here.
    pub(crate) fn memrec(&self, words: &[&str]) -> Command {
        self.command(memrec(), words)
    }

    /// `memrec run -o run.csv OPTIONS... -- COMMAND...`, here.
    pub(crate) fn run(&self, options: &[&str], command: &[&str]) -> Command {
        self.memrec(&[&["run", "-o", "run.csv"], options, &["--"], command].concat())
    }

    /// The same with the probe as the command.
    pub(crate) fn run_probe(&self, options: &[&str], words: &[&str]) -> Command {
        self.run(options, &[&[probe().as_str()], words].concat())
    }

    /// `memrec attach -o run.csv OPTIONS... PID...`, here.
    pub(crate) fn attach(&self, options: &[&str], pids: &[u32]) -> Command {
        let mut command = self.memrec(&[&["attach", "-o", "run.csv"], options].concat());
        command.args(pids.iter().map(u32::to_string));
        command
    }

    /// `memrec attach -o run.csv WORDS...`, here, with what it says on stderr on stdout, for [`Running::line`].
    pub(crate) fn attach_aloud(&self, words: &[&str]) -> Command {
        let mut command = self.command("sh", &["-c", "exec \"$0\" attach -o run.csv \"$@\" 2>&1", memrec()]);
        command.args(words);
        command
    }

    /// The rows of `run.csv`.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.rows_of("run.csv")
    }

    /// The rows of a recording here, written to still or not.
    pub(crate) fn rows_of(&self, name: &str) -> Vec<Row> {
        let text = whole_lines(&self.join(name));
        csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
    }

    /// The rows of `run.csv` with all of their columns, by name.
    pub(crate) fn records(&self) -> Vec<BTreeMap<String, String>> {
        let text = whole_lines(&self.join("run.csv"));
        csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
    }

    /// The rows of `run.csv` by tick. The last one may be under way.
    pub(crate) fn ticks(&self) -> Vec<Vec<Row>> {
        let rows = self.rows();
        rows.chunk_by(|a, b| a.elapsed_s == b.elapsed_s).map(<[Row]>::to_vec).collect()
    }

    /// The events beside `run.csv`.
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = whole_lines(&self.join("run.events.jsonl"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Those of one kind.
    pub(crate) fn events_called(&self, kind: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["event"] == kind).collect()
    }

    /// What was noted, but for what memrec notes wherever the kernel tells of no processes: in containers, and for who is not root before Linux 6.6.
    pub(crate) fn notes(&self) -> Vec<String> {
        let notes = self.events_called("note").into_iter().map(|note| note["text"].as_str().unwrap().to_owned());
        notes.filter(|text| !text.starts_with(NO_EVENTS)).collect()
    }

    /// Waits for a row that is as asked for.
    pub(crate) fn wait_for_row(&self, what: &str, wanted: impl Fn(&Row) -> bool) -> Row {
        until(what, || self.rows().into_iter().find(&wanted))
    }

    /// Waits for two more ticks: the second one began after this was called.
    pub(crate) fn wait_for_a_whole_tick(&self) {
        let before = self.ticks().len();
        until("two more ticks", || (self.ticks().len() > before + 1).then_some(()));
    }
}

/// The text of a file up to its last whole line; nothing where there is no file yet.
fn whole_lines(path: &Path) -> String {
    let mut text = fs::read_to_string(path).unwrap_or_default();
    assert!(path.parent().unwrap().exists(), "somebody has removed the test's folder");
    text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    text
}

/// A program that runs. It is ended when this goes.
pub(crate) struct Running {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Running {
    /// Starts it, with its stdin and stdout in the test's hands.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        // What is told on stderr comes here too where the two are one.
        let mut told = output.lines().map_while(Result::ok).filter(|line| !is_about_events(line));
        std::thread::spawn(move || told.try_for_each(|line| tell.send(line)));
        Self { child, input, lines }
    }

    /// The process id of what was started.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints.
    pub(crate) fn line(&self) -> String {
        until("a line", || match self.lines.try_recv() {
            Err(TryRecvError::Disconnected) => panic!("it has closed its stdout"),
            line => line.ok(),
        })
    }

    /// All lines that were not asked for, to the end of its stdout.
    pub(crate) fn rest(&self) -> Vec<String> {
        self.lines.iter().collect()
    }

    /// Waits until nothing more can come on its stdout, and nothing has.
    pub(crate) fn closes_its_stdout(&self) {
        until("the end of its stdout", || match self.lines.try_recv() {
            Ok(line) => panic!("{line}"),
            Err(TryRecvError::Disconnected) => Some(()),
            Err(TryRecvError::Empty) => None,
        });
    }

    /// The pid in the next line, which is `WORD PID`.
    pub(crate) fn pid_told(&self, word: &str) -> u32 {
        let line = self.line();
        let pid = line.strip_prefix(word).unwrap_or_else(|| panic!("{line:?} is not about {word}"));
        pid.trim().parse().unwrap()
    }

    /// The pids in the next lines, one for each word, in the words' order whatever the lines' was.
    pub(crate) fn pids_told<const N: usize>(&self, words: [&str; N]) -> [u32; N] {
        let lines: Vec<String> = words.iter().map(|_| self.line()).collect();
        words.map(|word| {
            let line = lines.iter().find_map(|line| line.strip_prefix(word));
            line.unwrap_or_else(|| panic!("{lines:?} are not about {word}")).trim().parse().unwrap()
        })
    }

    /// Gives it a line on stdin.
    pub(crate) fn give_line(&mut self) {
        use std::io::Write;
        self.input.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Ends its stdin.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: i32) {
        send(self.pid(), signal);
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        until("a program's end", || self.child.try_wait().unwrap())
    }

    /// Ends its stdin and waits for its end.
    pub(crate) fn finish(&mut self) -> ExitStatus {
        self.end_input();
        self.wait()
    }

    /// Whether it runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The probe with `words`, and its pid, when it says that it is ready.
pub(crate) fn start_probe(folder: &Folder, words: &[&str]) -> (Running, u32) {
    let running = Running::start(folder.command(&probe(), words));
    let pid = running.pid_told("ready");
    (running, pid)
}

/// Stops memrec, or whatever it is, and waits until it stands still.
pub(crate) fn stop(running: &Running) {
    running.signal(libc::SIGSTOP);
    until("it to stand still", || (stat(running.pid())?.0 == 'T').then_some(()));
}

/// Sends a signal to a process.
pub(crate) fn send(pid: u32, signal: i32) {
    let signal = nix::sys::signal::Signal::try_from(signal).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), signal).unwrap();
}

/// Whether a process is there and is no zombie.
pub(crate) fn lives(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

/// State and parent of a process, as the kernel tells: `4711 (a name) S 4700 ...`.
pub(crate) fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat[stat.rfind(')')? + 2..].split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// The processes of the whole machine.
pub(crate) fn all_pids() -> Vec<u32> {
    let names = fs::read_dir("/proc").unwrap().flatten();
    names.filter_map(|name| name.file_name().to_str()?.parse().ok()).collect()
}

/// What has ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("{self:?} has no exit code"))
    }

    /// The lines on stderr, but for the one that says that there are no process events here.
    pub(crate) fn told(&self) -> Vec<&str> {
        self.err.lines().filter(|line| !is_about_events(line)).collect()
    }
}

/// Runs it to its end, with nothing on stdin.
pub(crate) fn finish(mut command: Command) -> Ended {
    // Files rather than pipes: what a command leaves running may keep them open.
    let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
    let status = finish_as_it_is(command);
    Ended { status, out: text(out), err: text(err) }
}

/// Runs it to its end with the standard streams that it was given.
pub(crate) fn finish_as_it_is(mut command: Command) -> ExitStatus {
    let mut child = command.spawn().unwrap();
    for _ in 0..QUESTIONS {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(BETWEEN_QUESTIONS);
    }
    let _ = child.kill();
    panic!("{command:?} does not end");
}

fn text(mut file: File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
