//! What tells processes of one name apart: of eight compilers, which one compiles what.

use crate::model::{CommandLine, Event, ProcessNumber, What, printable};
use std::collections::{HashMap, HashSet};

/// Longer words are paths' tails and hashes, which tell a reader nothing.
const LONGEST: usize = 28;

/// Programs that run others: the name of what they run says more than their own.
const INTERPRETERS: [&str; 7] = ["python", "node", "ruby", "perl", "php", "bash", "sh"];

/// Options of theirs that are followed by a value.
const WITH_VALUE: [&str; 5] = ["-W", "-X", "-r", "--require", "-I"];

/// And by code in place of a script.
const WITH_CODE: [&str; 2] = ["-c", "-e"];

/// The latest command line of every process, from the events of a recording.
pub(super) fn commands(events: &[Event]) -> HashMap<ProcessNumber, &CommandLine> {
    let command = |event| match event {
        &Event { what: What::Spawn { process, command: Some(ref command), .. }, .. }
        | &Event { what: What::Exec { process, command: Some(ref command), .. }, .. } => Some((process, command)),
        _ => None,
    };
    events.iter().filter_map(command).collect()
}

/// A word for each of these processes, which have `name` in common: the argument that differs between them the most. Where none differs, what an
/// interpreter runs. `None` where there is no such word.
pub(super) fn roles(name: &str, commands: &[Option<&CommandLine>]) -> Vec<Option<String>> {
    let lines: Vec<&[String]> =
        commands.iter().map(|command| command.map_or(&[][..], CommandLine::arguments)).collect();
    let words = |place: usize| lines.iter().map(move |line| line.get(place).and_then(|word| word_of(word)));
    let differing = |place: usize| words(place).flatten().collect::<HashSet<_>>().len();
    let longest = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    // The first among equals: what matters most is said first.
    let best = (1..longest).rev().max_by_key(|place| differing(*place)).filter(|place| differing(*place) > 1);
    if let Some(place) = best {
        return words(place).collect();
    }
    let interpreter = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let runs_others = INTERPRETERS.contains(&interpreter);
    lines.iter().map(|line| runs_others.then(|| script(line)).flatten()).collect()
}

/// The script or module in `python3 -u train.py` and `python3 -m http.server`.
fn script(line: &[String]) -> Option<String> {
    let mut arguments = line.iter().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-m" => return word_of(arguments.next()?),
            option if WITH_CODE.contains(&option) => return None,
            option if WITH_VALUE.contains(&option) => _ = arguments.next(),
            option if option.starts_with('-') => {}
            script => return word_of(script),
        }
    }
    None
}

/// An argument as a word: of a path its last part. `None` for an option, and for what is too long to be read at a glance.
fn word_of(argument: &str) -> Option<String> {
    let word = printable(argument.rsplit('/').find(|part| !part.is_empty())?);
    let fits = !argument.starts_with('-') && !word.trim().is_empty() && word.chars().count() <= LONGEST;
    fits.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, lines: &[&str]) -> Vec<Option<String>> {
        let lines: Vec<CommandLine> = lines.iter().map(|line| CommandLine::masked(line.split(' '))).collect();
        roles(name, &lines.iter().map(Some).collect::<Vec<_>>())
    }

    fn words(words: &[&str]) -> Vec<Option<String>> {
        words.iter().map(|word| Some((*word).to_owned())).collect()
    }

    #[test]
    fn compilers_are_told_apart_by_what_they_compile() {
        let lines = [
            "rustc --crate-name serde --edition=2021 /src/serde/lib.rs --out-dir /t",
            "rustc --crate-name clap --edition=2021 /src/clap/lib.rs --out-dir /t",
        ];
        assert_eq!(of("rustc", &lines), words(&["serde", "clap"]));
        assert_eq!(of("cc1", &["cc1 -O2 /src/a.c", "cc1 -O2 /src/b.c"]), words(&["a.c", "b.c"]));
    }

    #[test]
    fn workers_that_are_all_alike_have_no_word() {
        assert_eq!(of("gunicorn", &["gunicorn app:app", "gunicorn app:app"]), [None, None]);
        assert_eq!(roles("gunicorn", &[None, None]), [None, None]);
    }

    #[test]
    fn an_interpreter_is_known_by_what_it_runs() {
        assert_eq!(of("python3.11", &["/usr/bin/python3.11 -u work/train.py --epochs 40"]), words(&["train.py"]));
        assert_eq!(of("python3", &["python3 server.py"; 2]), words(&["server.py", "server.py"]));
        assert_eq!(of("python3", &["python3 -m http.server 8000"]), words(&["http.server"]));
        assert_eq!(of("node", &["node --require x app.js"]), words(&["app.js"]));
        assert_eq!(of("python3", &["python3 -W ignore x.py"]), words(&["x.py"]));
        assert_eq!(of("python3", &["python3 -c print(1)"]), [None]);
        assert_eq!(of("hypercorn", &["hypercorn app:app"]), [None]);
    }
}
