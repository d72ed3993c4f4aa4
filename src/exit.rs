//! What memrec's exit status is.

use crate::model::ExitStatus;

/// How memrec is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All went well.
    Done,
    /// As the command did: with its code, or by the same signal.
    As(ExitStatus),
    /// The command's time had passed and it was ended: 124, as timeout(1) has it.
    TimedOut,
    /// memrec itself failed before there was anything to record, misuse included: 125.
    NotRecorded,
    /// The command was found but cannot be executed: 126.
    NotExecutable,
    /// The command was not found: 127.
    NotFound,
    /// A command other than `run` and `attach` failed: 1.
    Failed,
    /// It was misused: 2.
    Misused,
}

impl Outcome {
    /// Ends this process so. Files must be closed by now.
    pub fn leave(self) -> ! {
        if let Self::As(ExitStatus::Signal(signal)) = self {
            crate::launch::die_by(signal);
            // Only if that signal did not end us after all.
            std::process::exit(128 + signal);
        }
        std::process::exit(self.code())
    }

    fn code(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::As(ExitStatus::Code(code)) => code,
            Self::As(ExitStatus::Signal(signal)) => 128 + signal,
            Self::TimedOut => 124,
            Self::NotRecorded => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Failed => 1,
            Self::Misused => 2,
        }
    }
}
