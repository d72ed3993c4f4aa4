//! Files of recordings on a real disk: created without harm to what is there, and found again.

#[path = "common/skipping.rs"]
mod skipping;

use memrec::model::{Event, Memory, Name, Row, Sample, What};
use memrec::storage::{
    CatalogError, CreateError, Created, Fault, Kind, Mode, OutputFile, Recording, Report, SidecarState, Writer, create,
    create_unused, is_running, list, resolve, sidecar_of,
};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

type Test = Result<(), Box<dyn Error>>;

const HEADER: &str = "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n";

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder of the test");
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn tick(millis: u64, pid: u32) -> Sample {
    let elapsed = Duration::from_millis(millis);
    let memory = Memory { rss: Some(1000 * millis), ..Memory::default() };
    let time = "2026-11-23T10:17:22Z".parse::<chrono::DateTime<chrono::Utc>>().expect("a moment") + elapsed;
    Sample {
        time,
        elapsed,
        rows: vec![Row { process: 1, pid, ppid: 1, name: Name::from_bytes(b"x"), memory }],
        cgroup: None,
    }
}

fn spawn(pid: u32) -> Event {
    let what = What::Spawn { process: 1, pid, ppid: 1, name: Name::from_bytes(b"x"), command: None };
    let Sample { time, elapsed, .. } = tick(0, pid);
    Event { time, elapsed, what }
}

fn begin(created: Created) -> Result<Writer<OutputFile>, Box<dyn Error>> {
    created.pending.commit()?;
    Ok(Writer::new(created.csv, created.events).map_err(|(_, error)| error)?)
}

#[test]
fn what_exists_is_never_overwritten() -> Test {
    for there in ["run.csv", "run.events.jsonl"] {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join(there), "old")?;
        let refused = create(&folder.path().join("run.csv"), Mode::New).expect_err("it exists");
        assert!(matches!(&refused, CreateError::Exists { path } if path.ends_with(there)));
        assert_eq!(names_in(folder.path()), [there], "nothing is left behind");
        assert_eq!(fs::read_to_string(folder.path().join(there))?, "old");
        let said = refused.to_string();
        assert!(said.starts_with("cannot create the recording: /") && said.ends_with("with --force"), "{said}");
    }
    Ok(())
}

#[test]
fn places_that_cannot_be_written_to_are_told_apart() -> Test {
    let folder = tempfile::tempdir()?;
    let refused = |path: &Path| create(path, Mode::New).expect_err("cannot be");
    assert!(matches!(refused(folder.path()), CreateError::IsAFolder { .. }));
    assert!(matches!(refused(&folder.path().join("no/run.csv")), CreateError::NoFolder { .. }));
    assert!(matches!(refused(&folder.path().join("x".repeat(300))), CreateError::Other { .. }));
    fs::write(folder.path().join("file"), "")?;
    assert!(matches!(refused(&folder.path().join("file/run.csv")), CreateError::Other { .. }));
    // Not even root may create files there.
    if Path::new("/proc/self").exists() {
        let refused = refused(Path::new("/proc/self/run.csv"));
        assert!(matches!(refused, CreateError::NotWritable { .. } | CreateError::Other { .. }), "{refused}");
    }
    assert_eq!(names_in(folder.path()), ["file"]);
    Ok(())
}

#[test]
fn a_folder_without_write_permission_is_named_as_such() -> Test {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555))?;
    match create(&folder.path().join("run.csv"), Mode::New) {
        Err(error) => assert!(matches!(error, CreateError::NotWritable { .. }), "{error}"),
        Ok(_) => skipping::skipped("permissions do not hold root back"),
    }
    Ok(())
}

#[test]
fn forced_files_take_their_places_when_the_command_has_started() -> Test {
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("run.csv");
    fs::write(&csv, "old")?;
    fs::write(sidecar_of(&csv), "old events")?;
    drop(create(&csv, Mode::Force)?.pending);
    assert_eq!(names_in(folder.path()), ["run.csv", "run.events.jsonl"]);
    assert_eq!((fs::read_to_string(&csv)?, fs::read_to_string(sidecar_of(&csv))?), ("old".into(), "old events".into()));

    let Created { csv: samples, events, pending } = create(&csv, Mode::Force)?;
    let mut writer = Writer::new(samples, events).map_err(|(_, error)| error)?;
    assert_eq!(fs::read_to_string(&csv)?, "old", "until it is committed");
    pending.commit()?;
    assert_eq!(writer.write(&tick(1000, 7), &[spawn(7)]).len(), 0);
    assert_eq!(names_in(folder.path()), ["run.csv", "run.events.jsonl"]);
    assert!(fs::read_to_string(&csv)?.starts_with(HEADER));
    assert!(fs::read_to_string(sidecar_of(&csv))?.contains("\"spawn\""));
    Ok(())
}

#[test]
fn forcing_refuses_what_is_no_file_and_what_is_running() -> Test {
    let folder = tempfile::tempdir()?;
    // A pipe of our own and not /dev/null: as root, a faulty memrec would take that from the whole machine.
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
    assert!(matches!(create(&pipe, Mode::Force), Err(CreateError::NotAFile { .. })));
    fs::remove_file(&pipe)?;
    assert!(matches!(create(folder.path(), Mode::Force), Err(CreateError::IsAFolder { .. })));
    let csv = folder.path().join("run.csv");
    let running = begin(create(&csv, Mode::New)?)?;
    assert!(is_running(&csv));
    assert!(matches!(create(&csv, Mode::Force), Err(CreateError::Running { .. })));
    drop(running);
    assert!(!is_running(&csv));
    drop(create(&csv, Mode::Force)?.pending);
    std::os::unix::fs::symlink("nowhere", folder.path().join("link.csv"))?;
    assert!(matches!(create(&folder.path().join("link.csv"), Mode::Force), Err(CreateError::NotAFile { .. })));
    assert_eq!(names_in(folder.path()), ["link.csv", "run.csv", "run.events.jsonl"]);
    Ok(())
}

#[test]
fn a_link_stays_and_the_file_behind_it_is_replaced() -> Test {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("disk"))?;
    fs::write(folder.path().join("disk/real.csv"), "old")?;
    let link = folder.path().join("run.csv");
    std::os::unix::fs::symlink("disk/real.csv", &link)?;
    let _writer = begin(create(&link, Mode::Force)?)?;
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(folder.path().join("disk/real.csv"))?, HEADER);
    Ok(())
}

#[test]
fn undecided_files_do_not_stay() -> Test {
    let folder = tempfile::tempdir()?;
    drop(create(&folder.path().join("run.csv"), Mode::New)?);
    assert_eq!(names_in(folder.path()), [""; 0]);
    Ok(())
}

#[test]
fn two_recordings_within_one_second_are_two() -> Test {
    let folder = tempfile::tempdir()?;
    let now = "2026-11-23T10:17:22Z".parse()?;
    let first = begin(create_unused(folder.path(), now, "sleep")?)?;
    let second = begin(create_unused(folder.path(), now, "sleep")?)?;
    drop((first, second));
    assert_eq!(names_in(folder.path()).len(), 4);
    assert!(folder.path().join("memrec-20261123T101722Z-sleep-2.csv").exists());
    Ok(())
}

#[test]
fn a_recording_goes_on_when_its_file_is_emptied_deleted_or_replaced() -> Test {
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("run.csv");
    let mut writer = begin(create(&csv, Mode::New)?)?;
    assert_eq!(writer.write(&tick(100, 7), &[spawn(7)]).len(), 0);
    fs::copy(&csv, folder.path().join("rotated.csv"))?;
    fs::OpenOptions::new().write(true).open(&csv)?.set_len(0)?;
    assert!(matches!(writer.write(&tick(200, 7), &[])[..], [Report::Cut { .. }]));
    let mut elapsed = Vec::new();
    Recording::open(&csv)?.samples(&mut |sample| elapsed.push(sample.elapsed.as_millis()))?;
    assert_eq!(elapsed, [200]);
    fs::remove_file(&csv)?;
    assert!(matches!(writer.write(&tick(1300, 7), &[])[..], [Report::Gone { .. }]));
    fs::write(&csv, "somebody else's")?;
    assert!(matches!(writer.write(&tick(2400, 7), &[])[..], [Report::Replaced { .. }]));
    assert_eq!(fs::read_to_string(&csv)?, "somebody else's");
    Ok(())
}

#[test]
fn a_recording_opens_with_its_events_and_can_be_read_twice() -> Test {
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("run.csv");
    let mut writer = begin(create(&csv, Mode::New)?)?;
    assert_eq!(writer.write(&tick(100, 7), &[spawn(7)]).len(), 0);
    let recording = Recording::open(&csv)?;
    for _ in 0..2 {
        let mut seen = Vec::new();
        assert_eq!(recording.samples(&mut |sample| seen.push(sample.clone()))?.rows, 1);
        assert_eq!(seen, [tick(100, 7)]);
    }
    assert_eq!((recording.events(), &recording.sidecar().state), (&[spawn(7)][..], &SidecarState::Read));
    assert_eq!((recording.kind(), recording.started()), (Kind::Memrec, Some(tick(0, 7).time)));
    Ok(())
}

#[test]
fn the_sidecar_of_another_recording_is_left_out_and_told() -> Test {
    let folder = tempfile::tempdir()?;
    let csv = folder.path().join("run.csv");
    fs::write(&csv, format!("{HEADER}2026-11-23T10:17:22.105Z,0.1,1,8,1,x,5,,,,\n"))?;
    assert_eq!(Recording::open(&csv)?.sidecar().state, SidecarState::Missing);
    for events in [
        r#"{"time":"2026-11-23T10:17:22Z","elapsed_s":0,"event":"spawn","process":1,"pid":7,"ppid":1,"name":"x"}"#,
        r#"{"time":"2026-11-22T10:17:22Z","elapsed_s":0,"event":"start","format":1,"memrec":"0","interval_s":1,"source":"","following":""}"#,
    ] {
        fs::write(sidecar_of(&csv), events)?;
        let recording = Recording::open(&csv)?;
        assert!(matches!(recording.sidecar().state, SidecarState::Foreign(_)), "{events}");
        assert_eq!(recording.events(), []);
    }
    fs::remove_file(sidecar_of(&csv))?;
    fs::create_dir(sidecar_of(&csv))?;
    assert!(matches!(Recording::open(&csv)?.sidecar().state, SidecarState::Unreadable(_)));
    Ok(())
}

#[test]
fn an_mprof_file_is_a_recording_too() -> Test {
    let folder = tempfile::tempdir()?;
    let dat = folder.path().join("mprofile_20261123101722.dat");
    fs::write(&dat, "CMDLINE python3 x.py\nMEM 1.000000 1795429042.0000\nMEM 2.000000 1795429042.1000\n")?;
    let recording = Recording::open(&dat)?;
    assert_eq!((recording.kind(), recording.samples(&mut |_| {})?.ticks), (Kind::Mprof, 2));
    assert_eq!(recording.command().map(ToString::to_string).as_deref(), Some("python3 x.py"));
    assert_eq!(recording.started(), Some("2026-11-23T10:17:22Z".parse()?));
    Ok(())
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() -> Test {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("x.csv");
    let said = |path: &Path| Recording::open(path).expect_err("not readable").to_string();
    fs::write(&path, "a,b\n")?;
    assert!(
        said(&path).contains("x.csv:1:1: not a recording of memrec or mprof: it begins with 'a,b'; give"),
        "{}",
        said(&path)
    );
    fs::write(&path, "")?;
    assert!(said(&path).contains("the file is empty"));
    assert!(said(folder.path()).contains("not a regular file"));
    assert!(said(&folder.path().join("none.csv")).contains("none.csv: no such file"));
    fs::write(&path, HEADER)?;
    let error = Recording::open(&path)?.samples(&mut |_| {}).expect_err("no rows");
    assert!(matches!(error.fault, Fault::NoRows(_)), "{error}");
    Ok(())
}

#[test]
fn recordings_are_listed_by_their_start_and_found_by_path_or_number() -> Test {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    fs::write(at("new.csv"), format!("{HEADER}2026-11-23T10:17:22.105Z,0.1,1,8,1,x,5,,,,\n"))?;
    fs::write(at("old.csv"), format!("{HEADER}2025-11-23T10:17:22.105Z,0.1,1,8,1,x,5,,,,\n"))?;
    fs::write(at("norows.csv"), HEADER)?;
    let start = r#"{"time":"2026-01-01T00:00:00Z","elapsed_s":0,"event":"start","format":1,"memrec":"0","interval_s":1,"source":"","following":""}"#;
    fs::write(at("norows.events.jsonl"), start)?;
    fs::write(at("mprofile_20260601000000.dat"), "CMDLINE x\nMEM 1.0 1780272000.0\n")?;
    for (other, text) in
        [("other.csv", "a,b\n"), ("empty.csv", ""), (".hidden.csv", HEADER), ("x.dat", "MEM 1.0 1.0\n")]
    {
        fs::write(at(other), text)?;
    }
    fs::create_dir(at("folder.csv"))?;
    let listed = list(folder.path())?;
    let names: Vec<_> = listed.iter().filter_map(|entry| entry.path.file_name()?.to_str()).collect();
    assert_eq!(names, ["old.csv", "norows.csv", "mprofile_20260601000000.dat", "new.csv"]);

    let found = |argument: Option<&str>| resolve(argument.map(std::ffi::OsStr::new), folder.path());
    for (argument, name) in [
        (None, "new.csv"),
        (Some("0"), "old.csv"),
        (Some("-1"), "new.csv"),
        (Some("-4"), "old.csv"),
        (Some("x.dat"), "x.dat"),
    ] {
        assert_eq!(found(argument)?, at(name), "{argument:?}");
    }
    assert!(matches!(found(Some("4")), Err(CatalogError::NoSuchNumber { count: 4, .. })));
    assert!(matches!(found(Some("-5")), Err(CatalogError::NoSuchNumber { .. })));
    assert!(matches!(found(Some("-9223372036854775808")), Err(CatalogError::NoSuchNumber { .. })));
    assert!(matches!(found(Some("none.csv")), Err(CatalogError::NoSuchFile { .. })));
    assert!(matches!(found(Some("folder.csv")), Err(CatalogError::IsAFolder { .. })));
    fs::write(at("0"), "a file of that name")?;
    assert_eq!(found(Some("0"))?, at("0"), "a path is tried first");
    let empty = tempfile::tempdir()?;
    assert!(matches!(resolve(None, empty.path()), Err(CatalogError::None { .. })));
    Ok(())
}
