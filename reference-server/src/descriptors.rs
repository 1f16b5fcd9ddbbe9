//! Room for the files of all connections, made before the first of them comes.
//!
//! Linux keeps the open files of a process in a table, which it doubles when it is full. In a process of several threads
//! (the history has one) it then waits until no processor looks at the old table any more, for ten milliseconds and
//! longer, in the middle of letting somebody in. When a thousand reconnect at once, that is most of what they wait for.

use std::io;

/// Allows this process as many files as the system does, and makes the table large enough for `connections`, or for as
/// many as are allowed. It costs eight bytes each. To be called before there is a second thread.
///
/// # Errors
/// What the system says. Everything works without, more slowly, and up to its limit.
pub(crate) fn make_room(connections: usize) -> io::Result<()> {
    let allowed = rlimit::increase_nofile_limit(u64::MAX)?;
    widen(allowed.min(connections as u64))
}

/// Opens a file with the highest of so many numbers, and closes it again: the table never shrinks.
#[cfg(target_os = "linux")]
fn widen(files: u64) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, fcntl};

    let Some(last) = i32::try_from(files).ok().and_then(|files| files.checked_sub(1)) else { return Ok(()) };
    let opened = fcntl(io::stderr(), FcntlArg::F_DUPFD_CLOEXEC(last))?;
    Ok(nix::unistd::close(opened)?)
}

#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps, reason = "the same as where there is something to do")]
fn widen(_: u64) -> io::Result<()> {
    Ok(())
}
