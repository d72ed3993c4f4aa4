//! Asking docker and podman. They are asked as a user would ask them, by their command line, and never waited for longer than it takes a daemon to answer
//! that answers at all.

use super::targets::Absent;
use crate::cli::{Client, Engine};
use crate::launch::kill_group;
use crate::model::{Pid, printable, reason};
use std::io::{ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// For so long they are waited for, both together, and the second at least for the other.
const PATIENCE: Duration = Duration::from_secs(10);
const LEAST_PATIENCE: Duration = Duration::from_secs(2);

/// How often it is looked whether an answer is there.
const PAUSE: Duration = Duration::from_millis(5);

/// What a program has written is taken soon after it has ended; what it has left running may keep its stdout for ever.
const UNTIL_READ: Duration = Duration::from_millis(500);

/// No answer is longer than this. Who writes more gets a broken pipe.
const LONGEST_ANSWER: u64 = 4096;

/// Of what they say, so much is passed on.
const LONGEST_TOLD: usize = 100;

/// An answer to the question for a container's main process.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Running(Pid),
    NotRunning,
    /// It knows none of that name, or cannot tell, in its own words.
    Unknown(String),
    NotInstalled,
    Silent,
    EndAsked,
}

/// The pid of a container's main process, from docker, or from podman if docker does not know it. `end_asked` waits for that long, and tells whether
/// somebody does not want an answer any more.
pub(super) fn main_process(name: &str, end_asked: &mut dyn FnMut(Duration) -> bool) -> Result<Pid, Absent> {
    let what = format!("cannot attach: container {name}");
    let began = Instant::now();
    let (mut said, mut silent, mut installed) = (Vec::new(), false, false);
    for program in ["docker", "podman"] {
        let patience = PATIENCE.saturating_sub(began.elapsed()).max(LEAST_PATIENCE);
        match ask(program, name, patience, end_asked) {
            Answer::Running(pid) => return Ok(pid),
            Answer::NotRunning => {
                let start = format!("start it with '{program} start {name}', or use --wait");
                return Err(Absent::Yet(format!("{what}: it is there but not running; {start}")));
            }
            Answer::EndAsked => return Err(Absent::EndAsked),
            Answer::NotInstalled => {
                said.push(format!("{program} is not installed"));
                continue;
            }
            Answer::Unknown(words) => said.push(format!("{program} says '{words}'")),
            Answer::Silent => {
                silent = true;
                said.push(format!("{program} gave no answer in {:.0} s", patience.as_secs_f64()));
            }
        }
        installed = true;
    }
    let said = said.join(", ");
    if !installed {
        return Err(Absent::Ever(format!("{what}: neither docker nor podman is installed; give a PID or --cgroup")));
    }
    if silent {
        return Err(Absent::Ever(format!("{what}: {said}; see whether its daemon runs, or give a PID or --cgroup")));
    }
    Err(Absent::Yet(format!("{what}: {said}; see 'docker ps' or 'podman ps', or use --wait")))
}

fn ask(program: &str, name: &str, patience: Duration, end_asked: &mut dyn FnMut(Duration) -> bool) -> Answer {
    let mut command = Command::new(program);
    command.args(["inspect", "-f", "{{.State.Pid}}", name]);
    // In a process group of its own: a Ctrl-C is for memrec, and must not look like an answer.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Answer::NotInstalled,
        Err(error) => return Answer::Unknown(reason(&error)),
    };
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let deadline = Instant::now() + patience;
    // Where its end cannot be learnt (SIGCHLD is ignored), it is told by its streams.
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        let asked = end_asked(PAUSE);
        if asked || Instant::now() >= deadline {
            end(child);
            return if asked { Answer::EndAsked } else { Answer::Silent };
        }
    }
    let text = |stream: Receiver<String>| stream.recv_timeout(UNTIL_READ).unwrap_or_default();
    answer(&text(out), &text(err))
}

/// Nobody waits for what it does after that, nor for whom it has started: they are a process group.
fn end(mut child: Child) {
    kill_group(child.id());
    let _ = child.wait();
}

/// On a thread: whoever wrote may have left somebody behind who keeps the stream open.
fn read(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (send, receive) = channel();
    if let Some(stream) = stream {
        let read = move || {
            let mut bytes = Vec::new();
            // What was read until an error counts.
            let _ = stream.take(LONGEST_ANSWER).read_to_end(&mut bytes);
            // Nobody listens any more where it came too late.
            let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
        };
        // Without a thread there is no answer.
        let _ = std::thread::Builder::new().spawn(read);
    }
    receive
}

/// `4711`, `0` for a container that does not run; or nothing, and on stderr:
/// ```text
/// Error: No such object: web
/// Error: inspecting object: no such object: "web"
/// Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
/// ```
fn answer(out: &str, err: &str) -> Answer {
    match out.trim().parse::<Pid>() {
        Ok(0) => return Answer::NotRunning,
        Ok(pid) if i32::try_from(pid).is_ok() => return Answer::Running(pid),
        _ => {}
    }
    // Warnings come first, the reason last. An image has no state that a template could ask for.
    let lines = err.lines().rev().chain(out.lines()).map(str::trim);
    let words = lines.into_iter().find(|line| !line.is_empty()).unwrap_or("nothing");
    if words.contains("template") {
        return Answer::Unknown("it is an image".to_owned());
    }
    let words = words.strip_prefix("Error: ").unwrap_or(words);
    let words = words.strip_prefix("Error response from daemon: ").unwrap_or(words);
    let short = &words[..words.floor_char_boundary(LONGEST_TOLD)];
    let cut = if short.len() < words.len() { "…" } else { "" };
    Answer::Unknown(format!("{}{cut}", printable(short)))
}

/// What somebody should know who records a client.
pub(super) fn about(client: &Client) -> String {
    let name = client.container.as_deref().unwrap_or("NAME");
    let attach = format!("memrec attach --wait --container {name}");
    match client.engine {
        Engine::Docker => format!(
            "docker asks its daemon to start the container, whose processes are not docker's children and not in this recording; record them with: {attach}"
        ),
        // Podman starts a conmon, which lets go of podman and so comes to memrec as an orphan; but not where podman asks another machine,
        // nor what is in the container already.
        Engine::Podman => format!(
            "podman leaves the container to conmon, and its processes may go on elsewhere than in this recording; record the container with: {attach}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(words: &str) -> Answer {
        Answer::Unknown(words.to_owned())
    }

    #[test]
    fn answers_are_understood() {
        assert_eq!(answer("4711\n", ""), Answer::Running(4711));
        assert_eq!(answer("4711\n", "WARNING: old\n"), Answer::Running(4711));
        assert_eq!(answer("0\n", ""), Answer::NotRunning);
        assert_eq!(answer("\n", "Error: No such object: web\n"), unknown("No such object: web"));
        let warned = "time=\"2026\" level=warning msg=\"x\"\nError: inspecting object: no such object: \"web\"\n";
        assert_eq!(answer("", warned), unknown("inspecting object: no such object: \"web\""));
        assert_eq!(answer("", "Error response from daemon: no\n\n"), unknown("no"));
        let image = "\ntemplate parsing error: template: :1:8: executing \"\" at <.State.Pid>: map has no entry\n";
        assert_eq!(answer("\n", image), unknown("it is an image"));
    }

    #[test]
    fn garbage_is_shown_short_and_harmless() {
        assert_eq!(answer("\x1b[2Jhi\nthere", ""), unknown("\\u{1b}[2Jhi"));
        assert_eq!(answer("", ""), unknown("nothing"));
        assert_eq!(answer("-1", ""), unknown("-1"));
        assert_eq!(answer("4294967295", ""), unknown("4294967295"));
        let Answer::Unknown(words) = answer(&"ü".repeat(4000), "") else { panic!("no pid") };
        assert_eq!(words.chars().count(), 51);
    }

    #[test]
    fn who_records_a_client_is_told_how_to_record_the_container() {
        let container = Some("web".to_owned());
        let told = about(&Client { engine: Engine::Docker, container });
        assert!(told.ends_with("memrec attach --wait --container web"), "{told}");
        let told = about(&Client { engine: Engine::Podman, container: None });
        assert!(told.ends_with("memrec attach --wait --container NAME"), "{told}");
    }
}
