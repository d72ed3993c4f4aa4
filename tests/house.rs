//! The plan of the house, `docs/ARCHITECTURE.md`, is true: the arrows between rooms, the homes of crates, the sizes of files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PLAN: &str = "docs/ARCHITECTURE.md";

/// A crate and the rooms that may know it.
const HOMES: [(&str, &[&str]); 11] = [
    ("clap", &["cli"]),
    ("sysinfo", &["source"]),
    ("csv", &["storage"]),
    ("plotters", &["plot"]),
    ("tiny_skia", &["plot"]),
    ("ab_glyph", &["plot"]),
    ("unicode_width", &["plot"]),
    ("ctrlc", &["record"]),
    ("serde_json", &["storage", "report"]),
    ("regex", &["cli"]),
    ("nix", &["launch", "post", "record", "source", "storage"]),
];

const LONGEST_FILE: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<PathBuf> {
    let files = files_in(&["src"]);
    assert!(files.len() > 50, "the sources were found");
    files
}

fn files_in(folders: &[&str]) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), folders.iter().map(|folder| root().join(folder)).collect::<Vec<_>>());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// `plot` for `src/plot/axis.rs`, `exit` for `src/exit.rs`.
fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Code without comments; tests of a room keep to the same arrows.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The first word of every path that begins with `prefix`, and each of `prefix{a, b}`.
fn named_after<'a>(code: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let word = |text: &'a str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        match rest.strip_prefix('{') {
            None => _ = found.insert(word(rest)),
            Some(list) => {
                let (mut depth, mut start) = (0, 0);
                for (place, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            found.insert(word(list[start..place].trim_start()));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            found.insert(word(list[start..place].trim_start()));
                            start = place + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found.remove("");
    found
}

/// The block of the plan with `->` in it: room, and whom it may know.
fn plan() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join(PLAN)).unwrap();
    let block = text.split("```").find(|block| block.contains("->")).expect("the plan has a block of arrows");
    let arrow = |line: &str| {
        let (from, to) = line.split_once("->")?;
        let to = to.split(',').map(|room| room.trim().to_owned()).filter(|room| room != "nothing").collect();
        Some((from.trim().to_owned(), to))
    };
    block.lines().filter_map(arrow).collect()
}

#[test]
fn rooms_know_only_those_whom_the_plan_lets_them_know() {
    let plan = plan();
    let mut wrong = Vec::new();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources() {
        let room = room_of(&file);
        let code = code(&file);
        // The binary reaches the library by its name.
        let prefix = if room == "main" { "memrec::" } else { "crate::" };
        for other in named_after(&code, prefix) {
            let other = other.to_owned();
            if room == "lib" || room == other || !plan.contains_key(&other) {
                continue;
            }
            let allowed = plan.get(&room).unwrap_or_else(|| panic!("{room} is no room of {PLAN}"));
            if !allowed.contains(&other) {
                wrong.push(format!("{}: {room} -> {other}", file.display()));
            }
            used.entry(room.clone()).or_default().insert(other);
        }
    }
    assert!(wrong.is_empty(), "arrows that {PLAN} does not draw:\n{}", wrong.join("\n"));
    for (room, allowed) in &plan {
        let used = used.get(room).cloned().unwrap_or_default();
        let idle: Vec<_> = allowed.difference(&used).collect();
        assert!(idle.is_empty(), "{PLAN} draws arrows from {room} that nobody uses: {idle:?}");
    }
}

#[test]
fn the_plan_has_no_circles() {
    let mut plan = plan();
    assert!(plan.len() >= 11, "the plan names every room: {:?}", plan.keys());
    while !plan.is_empty() {
        let before = plan.len();
        let open: BTreeSet<String> = plan.keys().cloned().collect();
        plan.retain(|_, to| to.iter().any(|room| open.contains(room)));
        assert!(plan.len() < before, "a circle among {:?}", plan.keys());
    }
}

#[test]
fn every_room_stands_in_the_plan_and_every_row_of_the_plan_in_the_house() {
    let rooms: BTreeSet<String> = sources().iter().map(|file| room_of(file)).filter(|room| room != "lib").collect();
    let planned: BTreeSet<String> = plan().into_keys().collect();
    assert_eq!(rooms, planned);
}

#[test]
fn a_crate_lives_in_its_home() {
    for file in sources() {
        let (room, code) = (room_of(&file), code(&file));
        for (name, homes) in HOMES {
            let knows = code.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = code[..at].trim_end_matches("::");
                // Another crate's module of that name is not it.
                !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
            });
            assert!(!knows || homes.contains(&room.as_str()), "{}: {name} lives in {homes:?}", file.display());
        }
        assert!(
            room == "lib" || !code.contains("target_os"),
            "{}: which operating system it is, is asked in one place",
            file.display()
        );
    }
}

#[test]
fn unsafe_code_is_in_launch_and_in_one_file_of_source() {
    for file in sources() {
        let code = code(&file);
        let has = code.lines().any(is_unsafe);
        let home = room_of(&file) == "launch" || file.ends_with("source/linux/sys.rs");
        assert!(!has || home, "{}: unsafe code outside of launch and source/linux/sys.rs", file.display());
    }
}

/// A block, a function, an implementation, an attribute.
fn is_unsafe(line: &str) -> bool {
    ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "unsafe trait", "#[unsafe("]
        .iter()
        .any(|form| line.contains(form))
}

/// clippy is asked too, and this where it is not: for tests, benches and examples as for the program.
#[test]
fn whatever_is_unsafe_says_why_it_is_not() {
    /// Lines between the reason and what it is for: a statement may begin above its block.
    const BETWEEN: usize = 5;
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for lint in ["undocumented_unsafe_blocks = \"deny\"", "unsafe_op_in_unsafe_fn = \"deny\"", "unwrap_used = \"deny\""]
    {
        assert!(manifest.contains(lint), "Cargo.toml: {lint}");
    }
    let mut seen = 0;
    for file in files_in(&["src", "tests", "benches", "examples"]) {
        // This file speaks of it.
        if file.ends_with("tests/house.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("undocumented_unsafe_blocks"), "{}: no exceptions", file.display());
        let lines: Vec<&str> = text.lines().collect();
        for (place, line) in lines.iter().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            // `no_mangle` is a matter of names.
            if is_unsafe(line) && !line.contains("#[unsafe(") {
                let above = &lines[place.saturating_sub(BETWEEN + 1)..place];
                let says = above.iter().any(|line| line.trim_start().starts_with("// SAFETY: "));
                assert!(says, "{}:{}: unsafe, and no reason above it", file.display(), place + 1);
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "they were found");
}

/// What `deny.toml` asks of the sources of crates, where nobody has cargo-deny: each is of the one registry, and of a version.
#[test]
fn every_crate_comes_from_the_registry_in_a_version_that_was_tested() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources: BTreeSet<&str> = lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    assert_eq!(sources.into_iter().collect::<Vec<_>>(), ["\"registry+https://github.com/rust-lang/crates.io-index\""]);
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for wild in ["\"*\"", "git = ", "path = \"..", "\">"] {
        assert!(!manifest.contains(wild), "Cargo.toml: {wild}");
    }
}

#[test]
fn no_file_is_too_long_to_be_read() {
    for file in sources() {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= LONGEST_FILE, "{}: {lines} lines; split it", file.display());
    }
}

#[test]
fn every_dependency_has_its_reason_beside_it() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (mut table, mut reason) = (String::new(), false);
    for line in manifest.lines() {
        if line.starts_with('[') {
            table = line.to_owned();
        } else if table.contains("dependencies]") && line.contains('=') {
            assert!(reason, "Cargo.toml: {line}: say in a comment above what it is for");
        }
        reason = line.starts_with('#');
    }
}

/// `deny.toml` cannot tell the tests' crates from the recorder's.
#[test]
fn what_the_recorded_web_service_is_made_of_is_not_what_the_recorder_is_made_of() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let own = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(own.contains("\nclap = "), "the table was found");
    for crate_of_the_service in ["axum", "hyper", "tokio", "tower"] {
        assert!(manifest.contains(&format!("\n{crate_of_the_service} = ")), "{crate_of_the_service} was found");
        assert!(!own.contains(&format!("\n{crate_of_the_service}")), "{crate_of_the_service} is for examples alone");
    }
}

/// Every test that `docs/TRUST.md` names is there.
#[test]
fn the_tests_that_trust_rests_on_exist() {
    let page = fs::read_to_string(root().join("docs/TRUST.md")).expect("docs/TRUST.md");
    let mut named = 0;
    let mut file = String::new();
    for word in page.split('`').skip(1).step_by(2) {
        let name = match word.split_once("::") {
            Some((place, name)) if word != "file::name" && !place.contains(' ') => {
                let in_src = if place.starts_with("src/") { place.to_owned() } else { format!("src/{place}") };
                let path = if place.ends_with(".rs") { in_src } else { format!("tests/{place}.rs") };
                file = fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
                name
            }
            _ if word.starts_with('…') => word,
            _ => continue,
        };
        let there = match name.strip_prefix('…') {
            _ if name == "*" || name == "tests" => file.contains("#[test]"),
            Some(end) => file.contains(&format!("{end}()")),
            None => file.contains(&format!("fn {name}(")),
        };
        assert!(there, "docs/TRUST.md names `{word}`, which is not there");
        named += 1;
    }
    assert!(named > 40, "{named}");
}
