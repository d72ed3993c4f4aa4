use super::*;
use std::fs::{create_dir_all, write};

/// Hierarchies in a folder: v1 of memory and of cpu, and v2.
fn hybrid(at: &Path) -> Hierarchies {
    let at = at.display();
    let text = format!(
        "31 23 0:28 / {at} rw - tmpfs tmpfs rw,mode=755\n\
         32 31 0:29 / {at}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
         41 31 0:38 / {at}/a\\040b rw shared:9 master:3 - cgroup2 cgroup2 rw\n\
         35 31 0:32 / {at}/memory rw - cgroup cgroup rw,memory\ntorn - cgroup\n"
    );
    Hierarchies::parse(text.as_bytes())
}

fn make(folder: &Path) {
    create_dir_all(folder).unwrap();
    write(folder.join("cgroup.procs"), "").unwrap();
}

#[test]
fn a_group_is_found_by_its_folder_and_by_its_path_with_memory_first() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    let all = hybrid(&at);
    for hierarchy in ["cpu", "a b", "memory"] {
        make(&at.join(hierarchy));
        make(&at.join(hierarchy).join("x.slice/web"));
    }
    make(&at.join("cpu/alone"));
    let folders = |wanted: &str| -> Vec<String> {
        let groups = all.at(Path::new(wanted)).unwrap();
        groups.iter().map(|group| group.folder.strip_prefix(&at).unwrap().to_str().unwrap().to_owned()).collect()
    };
    let everywhere = ["memory/x.slice/web", "a b/x.slice/web", "cpu/x.slice/web"];
    assert_eq!(folders("/x.slice/web"), everywhere);
    assert_eq!(folders("x.slice/web/"), everywhere);
    assert_eq!(folders("/alone"), ["cpu/alone"]);
    assert_eq!(folders("/"), ["memory", "a b", "cpu"]);
}

#[test]
fn a_folder_tells_its_path_and_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    make(&at.join("a b/web"));
    let group = hybrid(&at).at(&at.join("a b/./web")).unwrap().remove(0);
    assert_eq!((group.path, group.version), (PathBuf::from("/web"), Version::Two));
}

#[test]
fn what_is_no_group_is_told_apart_from_what_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    let all = hybrid(&at);
    make(&at.join("memory/web"));
    make(&at.join("elsewhere"));
    assert_eq!(all.at(&at.join("elsewhere")), Err(NoGroup::NotAGroup));
    for nothing in ["/nosuch", "", "/x/../web", "../web"] {
        assert_eq!(all.at(Path::new(nothing)), Err(NoGroup::NotThere), "{nothing:?}");
    }
}

#[test]
fn in_a_container_paths_begin_above_what_is_mounted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    let text = format!("35 31 0:32 /docker/1234 {}/memory ro - cgroup cgroup rw,memory\n", at.display());
    make(&at.join("memory"));
    make(&at.join("memory/web"));
    let all = Hierarchies::parse(text.as_bytes());
    assert_eq!(all.at(Path::new("/docker/1234/web")).unwrap()[0].folder, at.join("memory/web"));
    assert_eq!(all.at(&at.join("memory/web")).unwrap()[0].path, Path::new("/docker/1234/web"));
    assert_eq!(all.at(Path::new("/docker/5678")), Err(NoGroup::NotThere));
}

#[test]
fn a_container_has_a_group_to_itself_or_none() {
    let id = "46aaacd93c006de536d7cc1366a205754e9d4be22bf33db34f6f0e521195c3aa";
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    let all = hybrid(&at);
    let scope = format!("machine.slice/libpod-{id}.scope");
    make(&at.join("memory").join(&scope));
    make(&at.join("memory/user.slice/session-2.scope"));
    make(&at.join("a b/pod"));
    let found = |its: &str, ours: &str, parents: &str| {
        let strangers = [ours, parents].map(|text| text.as_bytes().to_vec());
        all.own_group(its.as_bytes(), &strangers).map(|group| group.folder.strip_prefix(&at).unwrap().to_owned())
    };
    let whole = Some(Path::new("memory").join(&scope));
    assert_eq!(found(&format!("4:memory:/{scope}/container\n0::/\n"), "4:memory:/\n", ""), whole, "all of it");
    assert_eq!(found("4:memory:/\n0::/pod\n", "4:memory:/\n0::/\n", ""), Some("a b/pod".into()));
    let session = "4:memory:/user.slice/session-2.scope\n0::/\n";
    assert_eq!(found(session, session, ""), None, "ours too");
    assert_eq!(found(session, "4:memory:/\n", session), None, "whoever started it is there too");
    let inside = format!("4:memory:/{scope}/system.slice\n");
    assert_eq!(found(&format!("4:memory:/{scope}\n"), &inside, ""), None, "memrec is within");
    assert_eq!(found("4:memory:/\n0::/\n", "4:memory:/x\n", ""), None);
    assert_eq!(found("4:memory:/gone\n", "4:memory:/x\n", ""), None);
    assert_eq!(found("garbage", "", ""), None);
}
