//! A recording opens in pandas, polars and DuckDB with no options.
//!
//! `MEMREC_TEST_PYTHON` names a Python that has all three, and then they must all succeed. Without it, the machine's `python3` tries what it has, and
//! what is missing is skipped visibly.

#[path = "common/skipping.rs"]
mod skipping;

use std::process::{Command, Stdio};

#[test]
fn a_recording_opens_in_pandas_polars_and_duckdb() {
    opens(&[]);
}

#[test]
fn a_recording_with_further_columns_opens_in_them_too() {
    opens(&["--extra", "anon,file,shmem,hugetlb,pagetables,threads,cpu,majfaults,cgroup"]);
}

/// Records with `options`, and has it read.
fn opens(options: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("run.csv");
    // A name that a careless reader stumbles over, children that come and go, and a hundred ticks and more.
    let script = "cp \"$(command -v sleep)\" \"$0/=a,b\"; for i in 1 2 3; do sleep 0.1 & \"$0/=a,b\" 0.1; done; wait";
    let recorded = Command::new(env!("CARGO_BIN_EXE_memrec"))
        .args(["run", "--quiet", "-i", "2ms", "-o"])
        .arg(&csv)
        .args(options)
        .args(["--", "sh", "-c", script])
        .arg(folder.path())
        .status();
    assert!(recorded.expect("memrec runs").success());

    let required = std::env::var_os("MEMREC_TEST_PYTHON");
    let python = required.clone().unwrap_or_else(|| "python3".into());
    let reader = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign_readers.py");
    let output = Command::new(&python).arg(reader).arg(&csv).stdin(Stdio::null()).output();
    let output = match output {
        Ok(output) => output,
        Err(error) if required.is_none() => {
            skipping::skipped(format_args!("python3: {error}"));
            return;
        }
        Err(error) => panic!("{}: {error}", python.display()),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().filter(|line| line.contains("skipped")).for_each(skipping::skipped);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(required.is_none() || !said.contains("skipped"), "{said}");
}
