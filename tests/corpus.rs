//! What libFuzzer has kept, played through the same functions that it calls: `fuzz/README.md`.

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use std::fs;
use std::path::Path;

/// All of the corpus of a target through its body; a panic is told with the file that brings it about.
fn play(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).expect("the corpus is kept with the sources");
    let files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    assert!(files.len() >= 5, "{}: {} files", folder.display(), files.len());
    for file in files {
        let bytes = fs::read(&file).expect("a file of the corpus");
        let played = std::panic::catch_unwind(|| body(&bytes));
        assert!(played.is_ok(), "{}", file.display());
    }
}

#[test]
fn whatever_a_csv_holds_it_is_read_in_order_and_comes_back() {
    play("samples", bodies::samples);
}

#[test]
fn whatever_a_sidecar_holds_its_events_come_back() {
    play("events", bodies::events);
}

#[test]
fn whatever_a_dat_holds_it_can_be_kept_as_a_recording() {
    play("mprof", bodies::mprof);
}

#[test]
fn whatever_a_recording_holds_it_is_drawn_or_refused() {
    play("picture", bodies::picture);
}

#[test]
fn whatever_the_kernel_writes_no_name_reads_as_something_else() {
    play("proc_files", bodies::proc_files);
}

#[test]
fn whatever_the_kernel_sends_is_a_message_or_none() {
    play("netlink", bodies::netlink);
}

#[test]
fn whatever_is_typed_is_printable_and_its_secrets_are_masked() {
    play("command_line", bodies::command_line);
}
