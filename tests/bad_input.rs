//! Whatever is asked for and cannot be done is refused in one line that says what to do, with its exit code, and leaves nothing behind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::skipping::skipped;
use common::{Folder, finish};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const HEADER: &str = "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n";
const ROW: &str = "2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,hypercorn,40345600,40345600,0,,\n";

const START: &str = concat!(
    r#"{"time":"2026-11-23T10:17:22.005Z","elapsed_s":0.000000,"event":"start","format":1,"memrec":"0.1.0","#,
    r#""command":["hypercorn"],"interval_s":0.1,"host":"web1","kernel":"Linux 6.18","memory_bytes":8232910848,"#,
    r#""source":"linux","following":"events"}"#,
    "\n"
);

/// A folder with good and broken recordings in it.
fn stocked() -> Folder {
    let folder = Folder::new();
    let good = format!("{HEADER}{ROW}{}", ROW.replace("0.100213", "0.200213"));
    let files = [
        ("good.csv", good.as_str()),
        ("good.events.jsonl", START),
        ("empty.csv", ""),
        ("rowless.csv", HEADER),
        ("foreign.csv", "a,b,c\n1,2,3\n"),
        ("garbage.csv", "\0\u{1}\u{2}\n\0\0"),
        ("torn_header.csv", "time,elapsed_s,pro"),
        ("torn_only.csv", &format!("{HEADER}2026-11-23T10:17:22.105Z,0.1002")),
        ("script", "echo not executable\n"),
        ("interpreterless", "#!/no/such/interpreter\n"),
        ("plain", "nothing to execute\n"),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::set_permissions(folder.join("interpreterless"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(folder.join("sub")).unwrap();
    folder
}

/// All that is in a folder, byte for byte.
fn contents(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    folder.names().into_iter().map(|name| (name.clone(), fs::read(folder.join(&name)).unwrap_or_default())).collect()
}

/// A command line, the exit code that it gets, and a word of the line that says why. All that are wrong are told at once.
type Case<'a> = (&'a str, i32, &'a str);

fn are_refused(folder: &Folder, cases: &[Case<'_>]) {
    let before = contents(folder);
    let mut faults = Vec::new();
    for (line, code, why) in cases {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let mut command = folder.memrec(&words);
        // Not the caller's: a folder in it that may not be searched is a story of its own, told below.
        command.env("PATH", "/usr/bin:/bin");
        let ended = finish(command);
        let mut fault =
            |what: &str| faults.push(format!("memrec {line}: {what}: {:?} {}", ended.status.code(), ended.err));
        if ended.status.code() != Some(*code) {
            fault(&format!("its exit code is not {code}"));
        }
        if ended.err.lines().count() != 1 || !ended.err.ends_with('\n') {
            fault("not one line");
        }
        if !ended.err.starts_with("memrec: ") {
            fault("it does not say who speaks");
        }
        if !ended.err.contains("; ") {
            fault("it does not say what to do");
        }
        if !ended.err.contains(why) {
            fault(&format!("it does not say {why:?}"));
        }
        if ended.err.to_lowercase().contains("os error 0") || ended.err.contains("panicked") || !ended.out.is_empty() {
            fault("that is not for people");
        }
        if contents(folder) != before {
            fault(&format!("it has changed something: {:?}", folder.names()));
            break;
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join(""));
}

#[test]
fn commands_that_cannot_be_run_are_refused() {
    are_refused(
        &stocked(),
        &[
            ("run no-such-program", 127, "no-such-program: not found"),
            ("run ./no-such-program", 127, "not found"),
            ("run no/such/folder/program", 127, "not found"),
            ("run good.csv/program", 127, "not found"),
            ("run ./script", 126, "chmod +x ./script"),
            ("run ./sub", 126, "it is a folder"),
            ("run /", 126, "it is a folder"),
            ("run ./interpreterless", 126, "interpreter"),
            ("run -- no-such-program --with --options", 127, "not found"),
            ("run -o new.csv no-such-program", 127, "not found"),
            ("run --plot new.png no-such-program", 127, "not found"),
            ("run -o good.csv --force no-such-program", 127, "not found"),
            ("run -o good.csv --force ./script", 126, "chmod"),
            ("run -o good.csv --force ./sub", 126, "folder"),
        ],
    );
}

#[test]
fn a_command_without_a_name_is_not_found() {
    let folder = Folder::new();
    for words in [&["run", ""][..], &["run", "--", ""]] {
        let ended = finish(folder.memrec(words));
        assert_eq!((ended.code(), ended.err.lines().count(), folder.names().len()), (127, 1, 0), "{ended:?}");
    }
}

#[test]
fn a_program_that_is_nowhere_is_not_found_though_a_folder_of_the_path_may_not_be_searched() {
    let folder = Folder::new();
    fs::create_dir(folder.join("locked")).unwrap();
    fs::set_permissions(folder.join("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(folder.join("locked")).is_ok() {
        return skipped("permissions do not hold root back");
    }
    let mut command = folder.memrec(&["run", "no-such-program"]);
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.join("locked").display()));
    let ended = finish(command);
    assert_eq!(ended.code(), 127, "as a shell has it: {ended:?}");
    assert!(ended.err.contains("not found"), "{ended:?}");
}

#[test]
fn misuse_of_run_is_refused() {
    are_refused(
        &stocked(),
        &[
            ("run", 125, "run --help"),
            ("run --", 125, "run --help"),
            ("run -i 0 true", 125, "interval"),
            ("run -i -1 true", 125, "interval"),
            ("run -i -5ms true", 125, "interval"),
            ("run -i abc true", 125, "'abc'"),
            ("run -i 0.1ms true", 125, "1ms"),
            ("run -i 999us true", 125, "1ms"),
            ("run -i 1parsec true", 125, "1parsec"),
            ("run -i 1e999 true", 125, "1e999"),
            ("run -i nan true", 125, "nan"),
            ("run -i 99999999999999999999999 true", 125, "duration"),
            ("run --interval= true", 125, "interval"),
            ("run -d 0 true", 125, "duration"),
            ("run -d -1 true", 125, "duration"),
            ("run -d soon true", 125, "soon"),
            ("run --kill true", 125, "--duration"),
            ("run --until then true", 125, "until"),
            ("run --source windows true", 125, "source"),
            ("run --plot picture.jpeg true", 125, ".png"),
            ("run --plot picture true", 125, ".png"),
            ("run -i 1s -i 2s true", 125, "interval"),
            ("run -i 0 -o good.csv --force true", 125, "interval"),
            ("run --pss sometimes touch started", 125, "auto, off, always, or a duration"),
            ("run --pss 0 touch started", 125, "--pss"),
            ("run --pss -1s touch started", 125, "--pss"),
            ("run --pss 10parsecs touch started", 125, "is not a duration"),
            ("run --source portable --pss always touch started", 125, "--pss"),
            ("run --source portable --pss 10s touch started", 125, "--pss"),
        ],
    );
}

#[test]
fn further_columns_that_cannot_be_had_are_refused() {
    are_refused(
        &stocked(),
        &[
            ("run --extra anon,colour true", 125, "'colour' is none of the further columns; give some of anon,file,"),
            ("run --extra anon,anon true", 125, "'anon' stands there twice"),
            ("attach --extra rss 1", 125, "'rss' is none of"),
            ("run --extra true", 125, "'true' is none of"),
            ("run --extra anon --extra cpu true", 125, "--extra"),
            ("run --source portable --extra anon -o new.csv true", 125, "the portable source has no further columns"),
            ("attach --source portable --extra cgroup 1", 125, "the portable source has no further columns"),
            ("plot --metric anon good.csv", 1, "it has no anon"),
        ],
    );
}

#[test]
fn labels_counts_and_alerts_that_cannot_be_had_are_refused_before_the_command_starts() {
    are_refused(
        &stocked(),
        &[
            ("run --mark-log plain touch started", 125, "--mark-regex"),
            ("run --mark-regex x touch started", 125, "--mark-log"),
            ("run --mark-log plain --mark-regex a(b touch started", 125, "unclosed group, at its character 2, '('"),
            ("run --mark-log plain --mark-regex [z touch started", 125, "unclosed character class"),
            ("run --mark-log plain --mark-regex (a)\\1 touch started", 125, "backreferences are not supported"),
            ("run --mark-log plain --mark-regex (a{999}){999} touch started", 125, "too large"),
            ("run --mark-log plain --mark-regex= touch started", 125, "every line"),
            ("run --mark-log sub --mark-regex x touch started", 125, "sub: it is not a file"),
            ("attach --mark-log sub --mark-regex x 1", 125, "sub: it is not a file"),
            ("run --count-log plain touch started", 125, "--count"),
            ("run --count a=b touch started", 125, "--count-log"),
            ("run --count-log plain --count ab touch started", 125, "as in errors=ERROR"),
            ("run --count-log plain --count =b touch started", 125, "its name is missing"),
            ("run --count-log plain --count a= touch started", 125, "every line"),
            ("run --count-log plain --count a=*b touch started", 125, "at its character 1, '*'"),
            ("run --count-log plain --count a=b --count a=c touch started", 125, "'a' stands there twice"),
            ("attach --count-log plain --count a=b --count a=c 1", 125, "attach: --count: 'a' stands there twice"),
            ("run --count-log good.csv/log --count a=b touch started", 125, "good.csv/log"),
            ("run --alert touch started", 125, "as in 2GiB="),
            ("run --count-log plain --count -x touch started", 125, "as in errors=ERROR"),
            ("run --alert 1GiB= touch started", 125, "its command is missing"),
            ("run --alert much=true touch started", 125, "'much'"),
            ("run --alert 0=true touch started", 125, "above 0"),
            ("run --alert -1=true touch started", 125, "'-1' is not a size"),
            ("mark", 2, "LABEL"),
            ("mark -- true", 2, "LABEL"),
            ("mark a b", 2, "'b'"),
            ("mark --edge begin a", 2, "--edge"),
            ("mark a", 1, "none runs in this folder"),
            ("mark a -r good.csv", 1, "nobody is recording it"),
            ("mark a -r -1", 1, "nobody is recording it"),
            ("mark a -r missing.csv", 1, "no such file"),
            ("mark a -- ./script", 126, "chmod +x ./script"),
            ("mark a -- no-such-program", 127, "not found"),
        ],
    );
}

#[test]
fn options_that_are_not_there_yet_are_refused_rather_than_ignored() {
    are_refused(
        &stocked(),
        &[
            ("run --listen 127.0.0.1:9000 true", 125, "--listen"),
            ("run --wait true", 125, "--wait"),
            ("attach --kill -d 1 1", 125, "--kill"),
            ("plot --top 0 good.csv", 2, "1 to 20"),
            ("plot --top 21 good.csv", 2, "1 to 20"),
            ("plot --limit much good.csv", 2, "much"),
            ("plot --limit 0 good.csv", 2, "give a size"),
            ("report --limit 0 good.csv", 2, "give a size"),
            ("diff good.csv good.csv --to good.csv", 2, "twice"),
            ("plot --theme pink good.csv", 2, "light"),
            ("plot --group-by colour good.csv", 2, "name"),
            ("plot --log --view stacked good.csv", 2, "--view lines"),
            ("plot --growth --size 400x200 good.csv", 2, "height of at least 360"),
            ("plot --clock good.csv good.csv", 2, "--clock"),
            ("plot --terminal -o x.png good.csv", 2, "--output"),
            ("peak --metric rss good.csv", 2, "--metric"),
            ("list --all", 2, "--all"),
            ("list good.csv", 2, "good.csv"),
            ("frobnicate", 2, "frobnicate"),
            ("--frobnicate", 2, "--frobnicate"),
            ("", 2, "memrec run COMMAND"),
        ],
    );
}

#[test]
fn places_where_no_recording_can_be_are_refused_before_the_command_starts() {
    are_refused(
        &stocked(),
        &[
            ("run -o good.csv touch started", 125, "--force"),
            ("run -o ./good.csv touch started", 125, "--force"),
            ("run -o sub touch started", 125, "it is a folder"),
            ("run -o sub --force touch started", 125, "it is a folder"),
            ("run -o good.csv --force --plot picture.gif touch started", 125, ".png"),
            ("run -o . touch started", 125, "it is a folder"),
            ("run -o sub/ touch started", 125, "sub/"),
            ("run -o new/ touch started", 125, "new/"),
            ("run -o missing/run.csv touch started", 125, "missing/run.csv"),
            ("run -o good.csv/run.csv touch started", 125, "good.csv/run.csv"),
            ("run -o /proc/run.csv touch started", 125, "/proc/run.csv"),
            ("run -o /proc/self/run.csv touch started", 125, "/proc/self/run.csv"),
            ("run -o /dev/full touch started", 125, "/dev/full"),
        ],
    );
}

#[test]
fn a_sidecar_that_exists_is_as_good_as_a_recording() {
    let folder = Folder::new();
    fs::write(folder.join("run.events.jsonl"), "old events").unwrap();
    are_refused(&folder, &[("run -o run.csv touch started", 125, "run.events.jsonl")]);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.join("locked")).unwrap();
    fs::set_permissions(folder.join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("locked/try"), "").is_ok() {
        return skipped("permissions do not hold root back");
    }
    are_refused(&folder, &[("run -o locked/run.csv touch started", 125, "cannot be written to")]);
}

#[test]
fn recordings_that_cannot_be_read_are_refused() {
    let mut cases = Vec::new();
    for command in ["peak", "plot", "plot -o new.png"] {
        for (name, why) in [
            ("missing.csv", "no such file"),
            ("good.csv missing.csv", "missing.csv"),
            ("sub", "it is a folder"),
            ("good.csv/run.csv", "good.csv/run.csv"),
            ("empty.csv", "empty"),
            ("rowless.csv", "no rows"),
            ("torn_only.csv", "no rows"),
            ("foreign.csv", "a,b,c"),
            ("garbage.csv", "not a recording"),
            ("torn_header.csv", "not a recording"),
            ("plain", "not a recording"),
            ("/dev/null", "not a regular file"),
            ("7", "7: no such file"),
            ("-7", "-7: no such file"),
        ] {
            cases.push((format!("{command} {name}"), 1, why));
        }
    }
    let cases: Vec<Case<'_>> = cases.iter().map(|(line, code, why)| (line.as_str(), *code, *why)).collect();
    are_refused(&stocked(), &cases);
}

#[test]
fn a_recording_that_may_not_be_read_is_refused() {
    let folder = stocked();
    fs::set_permissions(folder.join("good.csv"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(folder.join("good.csv")).is_ok() {
        return skipped("permissions do not hold root back");
    }
    are_refused(&folder, &[("peak good.csv", 1, "good.csv"), ("plot good.csv", 1, "good.csv")]);
}

#[test]
fn a_folder_without_a_recording_has_no_newest() {
    are_refused(
        &Folder::new(),
        &[("peak", 1, "memrec run"), ("plot", 1, "memrec run"), ("peak 0", 1, "0"), ("peak -1", 1, "-1")],
    );
}

#[test]
fn figures_that_cannot_be_drawn_are_refused() {
    are_refused(
        &stocked(),
        &[
            ("plot -w 100,200 good.csv", 1, "outside of the recording"),
            ("plot -w -200,-100 good.csv", 1, "outside of the recording"),
            ("plot -w 0.2,0.1 good.csv", 2, "the earlier moment first"),
            ("plot -w abc good.csv", 2, "'abc'"),
            ("plot -w 1 good.csv", 2, "'1'"),
            ("plot -w 1,2,3 good.csv", 2, "'1,2,3'"),
            ("plot -o picture.jpeg good.csv", 2, ".png"),
            ("plot -o picture good.csv", 2, ".png"),
            ("plot -o missing/picture.png good.csv", 1, "missing/picture.png"),
            ("plot -o sub good.csv", 2, ".png"),
            ("plot -o good.csv/picture.png good.csv", 1, "good.csv/picture.png"),
            ("plot --metric uss good.csv", 1, "uss"),
            ("plot --metric weight good.csv", 2, "weight"),
            ("plot --view round good.csv", 2, "view"),
            ("plot --size 0x0 good.csv", 2, "0x0"),
            ("plot --size 10x10 good.csv", 2, "10x10"),
            ("plot --size large good.csv", 2, "large"),
            ("plot --scale 0 good.csv", 2, "scale"),
            ("plot --scale 99 good.csv", 2, "scale"),
        ],
    );
}

#[test]
fn a_torn_last_line_is_tolerated_and_told() {
    let folder = Folder::new();
    fs::write(folder.join("torn.csv"), format!("{HEADER}{ROW}2026-11-23T10:17:22.205Z,0.200213,1,47")).unwrap();
    for words in [&["peak", "torn.csv"][..], &["plot", "torn.csv"]] {
        let ended = finish(folder.memrec(words));
        assert_eq!(ended.code(), 0, "{ended:?}");
        let told: Vec<&str> = ended.err.lines().filter(|line| line.contains("torn")).collect();
        assert!(
            told.iter().any(|line| line.starts_with("memrec: passed over: torn.csv: ") && line.contains('3')),
            "{ended:?}"
        );
        assert!(ended.err.lines().all(|line| line.starts_with("memrec: ")), "{ended:?}");
    }
}

#[test]
fn a_broken_line_in_the_middle_is_tolerated_and_told() {
    let folder = Folder::new();
    let later = ROW.replace("0.100213", "0.300213");
    fs::write(folder.join("run.csv"), format!("{HEADER}{ROW}what, is this?\n{later}")).unwrap();
    let ended = finish(folder.memrec(&["peak", "run.csv"]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    assert!(ended.out.starts_with("run.csv\t38.477 MiB\n"), "{ended:?}");
    assert!(ended.err.starts_with("memrec: passed over: run.csv: "), "{ended:?}");
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = Folder::new();
    for words in
        [&["--help"][..], &["run", "--help"], &["attach", "-h"], &["plot", "--help"], &["mark", "-h"], &["--version"]]
    {
        let ended = finish(folder.memrec(words));
        assert_eq!((ended.code(), ended.err.as_str()), (0, ""), "{words:?}");
        assert!(!ended.out.is_empty());
    }
}
