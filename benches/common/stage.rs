//! A folder that everybody may enter, with a copy of memrec and one of this program in it: so that an ordinary user can play there too.

use super::player::TRUTH;
use super::recording::Recording;
use std::cell::Cell;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program that does not end is worth a word, not a benchmark that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The kernel's short name of what is played.
pub const PLAYER: &str = "player";

#[derive(Clone, Copy, PartialEq)]
pub enum Privilege {
    AsStarted,
    Dropped,
}

impl Privilege {
    pub fn name(self) -> &'static str {
        match self {
            Self::AsStarted if is_root() => "root",
            Self::AsStarted => "ordinary user",
            Self::Dropped => "unprivileged",
        }
    }

    fn command(self, program: &Path) -> Command {
        if self == Self::AsStarted {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program);
        command
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum How {
    Run,
    Attach,
}

impl How {
    pub fn name(self) -> &'static str {
        if self == Self::Run { "run" } else { "attach" }
    }
}

/// What is recorded and with what.
pub struct Play<'a> {
    pub privilege: Privilege,
    pub how: How,
    pub options: &'a [&'a str],
    pub command: &'a [&'a str],
}

/// What memrec wrote of a play, and the lines in which the play told the truth.
pub struct Played {
    pub recording: Recording,
    pub truth: Vec<String>,
}

impl Played {
    /// The words behind the first word of each line that begins with it.
    pub fn told(&self, first: &str) -> Vec<Vec<u64>> {
        let words = self.truth.iter().filter_map(|line| line.strip_prefix(first)?.strip_prefix(' '));
        words.map(|line| line.split(' ').filter_map(|word| word.parse().ok()).collect()).collect()
    }
}

pub struct Stage {
    folder: tempfile::TempDir,
    plays: Cell<u32>,
    knows_pss: bool,
    privileges: Vec<Privilege>,
}

impl Stage {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("the folder for temporary files can be written to");
        let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
        open(folder.path(), 0o755);
        // Another memrec can be put on trial, an older one for one.
        let memrec = std::env::var_os("MEMREC_BENCH_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_memrec").into());
        let this = std::env::current_exe().expect("/proc tells it");
        for (from, name) in [(PathBuf::from(memrec), "memrec"), (this, PLAYER)] {
            let to = folder.path().join(name);
            fs::copy(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
            open(&to, 0o755);
        }
        let written = folder.path().join("written");
        fs::create_dir(&written).expect("there is room");
        open(&written, 0o777);
        let mut stage = Self { folder, plays: Cell::new(0), knows_pss: false, privileges: Vec::new() };
        let help = Command::new(stage.memrec()).args(["run", "--help"]).output().expect("memrec can be started");
        stage.knows_pss = String::from_utf8_lossy(&help.stdout).contains("--pss");
        stage.privileges = stage.possible_privileges();
        stage
    }

    pub fn memrec(&self) -> PathBuf {
        self.folder.path().join("memrec")
    }

    pub fn player(&self) -> String {
        self.folder.path().join(PLAYER).to_str().expect("folders for temporary files have plain names").to_owned()
    }

    /// Where recordings and truths go.
    pub fn written(&self) -> PathBuf {
        self.folder.path().join("written")
    }

    /// Whether this memrec has `--pss`.
    pub fn knows_pss(&self) -> bool {
        self.knows_pss
    }

    /// As whom to play: as who started the benchmark, and where that is root, once more without any privilege.
    pub fn privileges(&self) -> &[Privilege] {
        &self.privileges
    }

    fn possible_privileges(&self) -> Vec<Privilege> {
        let mut all = vec![Privilege::AsStarted];
        if !is_root() {
            println!("skipped: what root sees; start the benchmark as root for that");
        } else if quietly(Privilege::Dropped.command(&self.memrec()).arg("--version")) {
            all.push(Privilege::Dropped);
        } else {
            println!("skipped: what an ordinary user sees; setpriv(1) is missing, or {} out of reach", self.player());
        }
        all
    }

    /// Names for the files of one more play: the recording, the truth, what memrec says on stderr.
    fn files(&self) -> (PathBuf, PathBuf, PathBuf) {
        let number = self.plays.get();
        self.plays.set(number + 1);
        let name = |ending: &str| self.written().join(format!("{number}.{ending}"));
        let truth = name("truth");
        File::create(&truth).expect("there is room");
        fs::set_permissions(&truth, Permissions::from_mode(0o666)).expect("it is ours");
        (name("csv"), truth, name("stderr"))
    }

    /// Records it to its end.
    pub fn play(&self, play: &Play) -> Result<Played, String> {
        let (csv, truth, stderr) = self.files();
        let said = File::create(&stderr).map_err(|error| error.to_string())?;
        let mut memrec = play.privilege.command(&self.memrec());
        memrec.args([play.how.name(), "-q", "-o"]).arg(&csv).args(play.options).env(TRUTH, &truth);
        memrec.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        let status = match play.how {
            How::Run => ended(&mut spawn(memrec.arg("--").args(play.command))?),
            How::Attach => {
                let mut player = play.privilege.command(Path::new(play.command[0]));
                player.args(&play.command[1..]).env(TRUTH, &truth).stdin(Stdio::piped()).stdout(Stdio::piped());
                let mut player = spawn(&mut player)?;
                // Once it says so it is itself, and no longer what was forked to become it.
                let _ = BufReader::new(player.stdout.take().expect("piped")).read_line(&mut String::new());
                let mut memrec = spawn(memrec.arg(player.id().to_string()))?;
                // Two ticks: the second one was begun by a memrec that has set up all it needs.
                wait_for_ticks(&csv, 2, &mut memrec);
                let _ = player.stdin.take().expect("piped").write_all(b"\n");
                ended(&mut player).and_then(|_| ended(&mut memrec))
            }
        };
        let told = fs::read_to_string(&stderr).unwrap_or_default();
        let last = told.lines().last().unwrap_or("nothing said").to_owned();
        if !status?.success() {
            return Err(last);
        }
        let truth = fs::read_to_string(&truth).unwrap_or_default().lines().map(str::to_owned).collect();
        Ok(Played { recording: Recording::read(&csv), truth })
    }

    /// A program that works when it is asked to, with nobody looking or memrec, for a conversation over its stdin and stdout.
    pub fn start(&self, how: Option<How>, options: &[&str], words: &[&str]) -> Result<Talk, String> {
        let (csv, _, stderr) = self.files();
        let said = File::create(&stderr).map_err(|error| error.to_string())?;
        let mut command = match how {
            Some(How::Run) => {
                let mut command = Command::new(self.memrec());
                command.args(["run", "-q", "-o"]).arg(&csv).args(options).arg("--").arg(self.player());
                command
            }
            _ => Command::new(self.player()),
        };
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said);
        let mut started = spawn(&mut command)?;
        let answers = BufReader::new(started.stdout.take().expect("piped"));
        let mut talk = Talk { started, answers };
        talk.answer()?;
        if how == Some(How::Run) {
            wait_for_ticks(&csv, 1, &mut talk.started);
        }
        Ok(talk)
    }

    /// Attaches to what talks, and is there when this returns.
    pub fn attach_to(&self, talk: &Talk, options: &[&str]) -> Result<Child, String> {
        let (csv, _, stderr) = self.files();
        let said = File::create(&stderr).map_err(|error| error.to_string())?;
        let mut memrec = Command::new(self.memrec());
        memrec.args(["attach", "-q", "-o"]).arg(&csv).args(options).arg(talk.started.id().to_string()).stderr(said);
        let mut memrec = spawn(&mut memrec)?;
        wait_for_ticks(&csv, 1, &mut memrec);
        Ok(memrec)
    }
}

/// A program that answers each line with a line.
pub struct Talk {
    started: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Talk {
    fn answer(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(length) if length > 0 => Ok(line.trim().to_owned()),
            _ => Err("it does not answer".to_owned()),
        }
    }

    pub fn ask(&mut self, question: &str) -> Result<String, String> {
        let asked = writeln!(self.started.stdin.as_mut().expect("piped"), "{question}");
        asked.map_err(|error| error.to_string())?;
        self.answer()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.started.stdin = None;
        let _ = ended(&mut self.started);
    }
}

/// Ends a memrec that is attached as a user would.
pub fn interrupt(memrec: &mut Child) {
    let pid = nix::unistd::Pid::from_raw(memrec.id() as i32);
    let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT);
    let _ = ended(memrec);
}

fn spawn(command: &mut Command) -> Result<Child, String> {
    command.spawn().map_err(|error| format!("{}: {error}", command.get_program().display()))
}

/// Waits for the end, and makes it where it does not come.
fn ended(child: &mut Child) -> Result<ExitStatus, String> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return Err(error.to_string()),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("did not end within {} s", PATIENCE.as_secs()))
}

/// Until that many ticks are in the file, or memrec has ended.
fn wait_for_ticks(csv: &Path, ticks: usize, memrec: &mut Child) {
    let began = Instant::now();
    while began.elapsed() < PATIENCE && Recording::read(csv).ticks().len() < ticks {
        if !matches!(memrec.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn is_root() -> bool {
    // SAFETY: a plain system call that cannot fail.
    unsafe { libc::geteuid() == 0 }
}

fn quietly(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
