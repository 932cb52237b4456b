//! The codes a process ends with, after `sysexits.h`.

use std::process::{ExitCode, Termination};

/// How a process ended, for whoever started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: the work is done, or a stop was asked for and everything drained.
    Success,
    /// 1: the work failed, or a stop overran its grace.
    Failure,
    /// 64: the flags or the configuration are at fault; starting again unchanged cannot help.
    Usage,
    /// 69: something outside is away (a broker, a port in use); starting again later may help.
    Unavailable,
    /// 70: a broken invariant in the program.
    Software,
}

impl Exit {
    /// The code the operating system sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::Software => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_follow_sysexits() {
        let codes = [Exit::Success, Exit::Failure, Exit::Usage, Exit::Unavailable, Exit::Software].map(Exit::code);

        assert_eq!(codes, [0, 1, 64, 69, 70]);
    }
}
