//! The machine, and what memrec itself costs it.

use sysinfo::System;

/// What a recording says of the machine it was made on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: Option<String>,
    /// Operating system and kernel version.
    pub kernel: Option<String>,
    /// Its RAM in bytes.
    pub memory_bytes: Option<u64>,
}

/// Asks for the machine's name, kernel and RAM. Whatever cannot be had is left out.
pub fn host() -> Host {
    let memory_bytes = System::new().ok().and_then(|mut system| {
        system.refresh_memory_specifics(sysinfo::MemoryRefreshKind::nothing().with_ram());
        Some(system.total_memory()).filter(|bytes| *bytes > 0)
    });
    Host {
        name: System::host_name().ok(),
        kernel: System::kernel_version().ok().map(|version| format!("{} {version}", std::env::consts::OS)),
        memory_bytes,
    }
}

/// What memrec itself has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OwnCost {
    /// User and system time in seconds, of all threads, without children.
    pub cpu_s: Option<f64>,
    /// Its own peak resident set size in bytes.
    pub peak_rss_bytes: Option<u64>,
}

/// Asks the kernel what this process has cost (`getrusage`).
pub fn own_cost() -> OwnCost {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return OwnCost::default() };
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // ru_maxrss outlives exec: it would tell of the shell that exec'd memrec. /proc tells of memrec alone.
    let peak_rss_bytes = std::fs::read("/proc/self/status").ok().and_then(|status| high_water_mark(&status));
    OwnCost { cpu_s: Some(micros as f64 / 1e6), peak_rss_bytes }
}

fn high_water_mark(status: &[u8]) -> Option<u64> {
    super::linux::parse::status(status)?.memory.peak_rss
}

/// Lets this process keep as many descriptors as it may: three for each process of the tree. To be called after a command was started, which would
/// inherit it.
pub fn raise_descriptor_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    // Where it fails, a tree of some hundred processes fits all the same.
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
