//! The command that the tests record: `probe WORD [ARGUMENT]...`. It does one thing, says on stdout when it has done it, and most often goes on until its
//! stdin ends, so that nothing outlives the test that holds the other end.
//!
//! It runs without Rust's runtime, which ignores SIGPIPE and opens `/dev/null` over closed descriptors before `main` could tell of them.
#![no_main]

mod processes;
mod report;

/// The words, each with its arguments:
/// ```text
/// report FILE         write into FILE what this process was given: signals, limits, descriptors, environment, ...
/// with KEY=N... -- COMMAND...   become COMMAND with block=SIGNAL, raise=SIGNAL, ignore=SIGNAL, close=FD, open=FD, nofile=N, oom=N, alarm=SECONDS,
///                     prctl=OPTION:VALUE or terminal=PATH
/// as-root COMMAND...  become COMMAND as root, where this program has been made to
/// hold MIB            have that much memory until a line comes or stdin ends
/// mix MIB THREADS     have that much memory, and half as much shared; have further threads; use 0.2 s of CPU; stay until a line comes or stdin ends
/// huge MIB            have that much in huge pages until a line comes or stdin ends; end with 77 where there are not enough of them
/// touch MIB           have that much memory, tell the kernel's mark of it, end
/// quit MIB CODE       have that much memory in small pages, end at once with all of it and CODE
/// daemon MIB          leave a daemon behind that holds memory until stdin ends; end with 3
/// thread-child MIB    a second thread forks a child that holds memory until stdin ends
/// leaderless MIB      the main thread ends, another one holds memory until stdin ends
/// tree N MIB          N children hold MIB and up to 4 MiB more until stdin ends
/// prefork MIB N DIRTY   have MIB, of which N children write to DIRTY MiB each, until stdin ends
/// hidden MIB          a child that holds memory lets nobody look at it, until stdin ends
/// grow MIB            fork a child that holds memory for every line of stdin
/// middle MIB          a child has a child that holds memory until stdin ends; both stay when the one between them is killed
/// spike MIB           after a line, memory for a moment; then what the kernel's mark of it is; then until stdin ends
/// forget N            N children that end at once, and that nobody waits for; ends when stdin does
/// crowd N             N children, and N more that end at once; zombies stay until stdin ends
/// storm N             N children that end at once
/// chain N             after a line, a process that lives for 2 ms and is the parent of the next, N times
/// borrow MIB FIFO     posix_spawn of `cat`, whose child runs in this process' memory until somebody writes to FIFO
/// miss MIB N          after a line, posix_spawn of a program that is not there, N times; then until stdin ends
/// reuse MIB           a child, and after a line another one that has the same pid
/// pause               stay until a signal or its parent's death ends it
/// count-signals       tell of every signal that may end a program, and of some others, with who sent it; USR2 ends it with 7
/// ```
#[unsafe(no_mangle)]
extern "C" fn main(count: libc::c_int, words: *const *const libc::c_char) -> libc::c_int {
    let word = |place: usize| {
        assert!(place < count as usize, "a word is missing");
        // SAFETY: the C library gives `count` strings that live as long as the process.
        unsafe { std::ffi::CStr::from_ptr(*words.add(place)) }.to_str().expect("words are UTF-8")
    };
    let number = |place: usize| word(place).parse::<usize>().expect("a number");
    match word(1) {
        "report" => report::write(word(2)),
        "with" => {
            let mut place = 2;
            while word(place) != "--" {
                report::give(word(place));
                place += 1;
            }
            assert!(place + 1 < count as usize, "no command");
            // SAFETY: `words` ends with a null pointer (C17, 5.1.2.2.1), which is further on.
            unsafe { libc::execvp(*words.add(place + 1), words.add(place + 1)) };
            return 127;
        }
        "as-root" => {
            // SAFETY: as above.
            unsafe {
                assert_eq!(libc::setresuid(0, 0, 0), 0, "{}", std::io::Error::last_os_error());
                libc::execvp(*words.add(2), words.add(2));
            }
            return 127;
        }
        "hold" => {
            let _held = processes::touch(number(2));
            processes::say(format_args!("ready {}", std::process::id()));
            processes::wait_for_input();
        }
        "mix" => processes::mix(number(2), number(3)),
        "huge" => return processes::huge(number(2)),
        "touch" => {
            let _held = processes::touch(number(2));
            processes::say(format_args!("peak {}", report::own_peak()));
        }
        "quit" => processes::quit(number(2), number(3)),
        "daemon" => {
            processes::daemon(number(2));
            return 3;
        }
        "thread-child" => processes::thread_child(number(2)),
        "leaderless" => processes::leaderless(number(2)),
        "tree" => processes::tree(number(2), number(3)),
        "prefork" => processes::prefork(number(2), number(3), number(4)),
        "hidden" => processes::hidden(number(2)),
        "borrow" => processes::borrow(number(2), word(3)),
        "miss" => processes::miss(number(2), number(3)),
        "grow" => processes::grow(number(2)),
        "middle" => processes::middle(number(2)),
        "chain" => processes::chain(number(2)),
        "spike" => processes::spike(number(2)),
        "forget" => processes::forget(number(2)),
        "crowd" => processes::crowd(number(2)),
        "storm" => processes::storm(number(2)),
        "churn" => processes::churn(number(2)),
        "reuse" => return processes::reuse(number(2)),
        "pause" => {
            processes::say(format_args!("ready {}", std::process::id()));
            processes::pause();
        }
        "count-signals" => return processes::count_signals(false),
        "count-stops" => return processes::count_signals(true),
        other => panic!("{other} is none of the words"),
    }
    0
}
