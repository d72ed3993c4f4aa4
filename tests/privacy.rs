//! What of a command line is written and shown, and what is not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Ended, Folder, finish};
use std::fs;
use std::process::Command;

const SECRET: &str = "Zq7hunter2";

/// All that a recording has left behind and said, pictures apart.
fn everything(folder: &Folder, ended: &[&Ended]) -> String {
    let texts = folder.names().into_iter().filter(|name| !name.ends_with(".png"));
    let mut all: String = texts.map(|name| name.clone() + &fs::read_to_string(folder.join(&name)).unwrap()).collect();
    ended.iter().for_each(|ended| all += &format!("{}{}", ended.out, ended.err));
    all
}

/// A script that has a child with the same argument, and whose own name says nothing.
const HAS_A_CHILD: &str = "sleep 0.05; (sleep 0.1; :); :";

#[test]
fn a_secret_in_a_command_line_is_neither_written_nor_shown() {
    let folder = Folder::new();
    let secret = format!("--password={SECRET}");
    let script = format!("sh -c '{HAS_A_CHILD}' mysql -p{SECRET}");
    let recorded = finish(
        folder.run(&["-i", "5ms", "--plot", "run.png"], &["sh", "-c", &script, "x", &secret, "--token", SECRET]),
    );
    assert_eq!(recorded.code(), 0, "{}", recorded.err);
    let shown: Vec<Ended> = ["plot", "peak", "list"].map(|word| finish(folder.memrec(&[word]))).into();
    let all = everything(&folder, &[&recorded, &shown[0], &shown[1], &shown[2]]);
    assert!(!all.contains(SECRET), "{all}");
    let commands: Vec<String> =
        folder.events_called("spawn").iter().map(|spawn| spawn["command"].to_string()).collect();
    assert!(commands[0].contains("--password=***"), "{commands:?}");
}

#[test]
fn a_failure_does_not_show_it_either() {
    let folder = Folder::new();
    let address = format!("postgres://me:{SECRET}@db/run.csv");
    let token = format!("--token={SECRET}");
    // A word was left out: env, psql.
    let assigned = format!("PASSWORD={SECRET}");
    let failing: [&[&str]; 3] =
        [&["run", "--", &assigned, "true"], &["run", "--", "./none", &token], &["run", "--", &address]];
    for words in failing {
        let ended = finish(folder.memrec(words));
        assert_ne!(ended.code(), 0);
        assert!(!ended.err.contains(SECRET), "{}", ended.err);
    }
}

/// `argument` stands in the middle of words that are no secrets, to whoever does not want them written.
#[test]
fn without_command_lines_nothing_of_them_is_anywhere() {
    let folder = Folder::new();
    let argument = "an-argument-of-mine";
    let options = ["-i", "5ms", "--no-command-line", "--plot", "run.png"];
    let recorded = finish(folder.run(&options, &["sh", "-c", HAS_A_CHILD, argument, argument]));
    assert_eq!(recorded.code(), 0, "{}", recorded.err);
    let shown: Vec<Ended> = ["plot", "peak", "list"].map(|word| finish(folder.memrec(&[word]))).into();
    let all = everything(&folder, &[&recorded, &shown[0], &shown[1], &shown[2]]);
    assert!(!all.contains(argument) && !all.contains("sleep 0"), "{all}");
    for event in folder.events() {
        assert!(event.get("command").is_none(), "{event}");
    }
    // Letters in a picture are pixels: that they are those of another title is told by the bytes. What the title is without command lines is tested where it is made.
    let named = finish(folder.memrec(&["plot", "run.csv", "-o", "named.png", "--title", argument]));
    assert_eq!(named.code(), 0, "{}", named.err);
    assert_ne!(fs::read(folder.join("named.png")).unwrap(), fs::read(folder.join("run.png")).unwrap());
    assert!(!fs::read(folder.join("run.png")).unwrap().windows(argument.len()).any(|part| part == argument.as_bytes()));
}

#[test]
fn without_command_lines_the_container_that_a_client_starts_is_not_named() {
    let folder = Folder::new();
    fs::write(folder.join("docker"), "#!/bin/sh\nexit 0\n").unwrap();
    let made = Command::new("chmod").arg("+x").arg(folder.join("docker")).status().unwrap();
    assert!(made.success());
    let docker = ["./docker", "run", "--name", "an-argument-of-mine", "image"];
    let recorded = finish(folder.run(&["--no-command-line"], &docker));
    assert!(recorded.err.contains("--container NAME"), "{}", recorded.err);
    assert!(!everything(&folder, &[&recorded]).contains("an-argument-of-mine"));
}

#[test]
fn attached_without_command_lines_none_is_written_either() {
    let folder = Folder::new();
    let mut held = common::Running::start(folder.command("sh", &["-c", "read line", "an-argument-of-mine"]));
    let attached = finish(folder.attach(&["-i", "5ms", "-d", "0.1", "--no-command-line"], &[held.pid()]));
    assert_eq!(attached.code(), 0, "{}", attached.err);
    assert!(!everything(&folder, &[&attached]).contains("an-argument-of-mine"));
    held.finish();
}

#[test]
fn the_environment_is_never_written() {
    let folder = Folder::new();
    let mut run = folder.run(&["-i", "5ms"], &["sleep", "0.05"]);
    run.env("A_VARIABLE", "a-value-of-mine");
    let recorded = finish(run);
    assert_eq!(recorded.code(), 0);
    let all = everything(&folder, &[&recorded]);
    assert!(!all.contains("a-value-of-mine") && !all.contains("A_VARIABLE"), "{all}");
}

#[test]
fn a_recording_is_named_after_the_command_without_its_folder_and_its_arguments() {
    let folder = Folder::new();
    fs::create_dir(folder.join("a-folder-of-mine")).unwrap();
    common::copy_program("/bin/true", folder.join("a-folder-of-mine/tool"));
    let recorded = finish(folder.memrec(&["run", "--", "./a-folder-of-mine/tool", "an-argument-of-mine"]));
    assert_eq!(recorded.code(), 0, "{}", recorded.err);
    let names = folder.names();
    assert_eq!(names.len(), 3);
    for name in names.iter().filter(|name| name.starts_with("memrec-")) {
        assert!(name.contains("Z-tool.") && !name.contains("mine"), "{name}");
    }
}

/// What redis, postgres and nginx do: the title over the arguments, and nothing behind it.
#[test]
fn a_title_that_a_program_gives_itself_has_no_row_of_nothings_behind_it() {
    if finish(Folder::new().command("python3", &["-c", ""])).code() != 0 {
        return common::skipping::skipped("there is no python3");
    }
    let folder = Folder::new();
    // PR_SET_MM_ARG_START and PR_SET_MM_ARG_END are for root; writing over one's own memory is for everybody.
    let script = "import ctypes, sys\n\
                  stat = open('/proc/self/stat').read().rsplit(')', 1)[1].split()\n\
                  start, end = int(stat[45]), int(stat[46])\n\
                  title = b'server: waiting'\n\
                  ctypes.memset(start, 0, end - start)\n\
                  ctypes.memmove(start, title, len(title))\n\
                  print('ready', flush=True)\n\
                  sys.stdin.read()\n";
    let mut titled = common::Running::start(folder.command("python3", &["-c", script, "a", "b", "c"]));
    titled.line();
    let attached = finish(folder.attach(&["-i", "5ms", "-d", "0.1"], &[titled.pid()]));
    assert_eq!(attached.code(), 0, "{}", attached.err);
    assert_eq!(folder.events_called("spawn")[0]["command"], serde_json::json!(["server: waiting"]));
    titled.finish();
}
