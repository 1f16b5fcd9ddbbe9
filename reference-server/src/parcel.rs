//! Many frames in one call: what waits for one connection is copied together and handed over at once.
//!
//! A call to the system costs as much as copying tens of kilobytes, so a few hundred bytes a frame are copied gladly.
//! A single frame, which is what a quiet room has, is handed over as it is.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;

use crate::frame::Frame;

/// The most that is copied together for one call, in bytes.
const GATHERED_MAX: usize = 64 * 1024;

thread_local! {
    /// One for each thread, not one for each connection.
    static GATHERED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What has become of some frames.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    /// Those that were written whole.
    pub(crate) frames: usize,
    /// The bytes that were written.
    pub(crate) bytes: usize,
    /// What was not written, in its order, with the space for more.
    pub(crate) rest: VecDeque<Frame>,
    /// Whether the first of the rest was written in part.
    pub(crate) cut: bool,
    /// The client does not take more at the moment.
    pub(crate) blocked: bool,
    /// The client has gone.
    pub(crate) broken: bool,
}

/// Writes frames until all are written, or no more is taken. `cut` says that the first is the rest of one. `write` says how many bytes of those that it is handed it
/// took; `WouldBlock` where it took none for now.
pub(crate) fn send(
    frames: VecDeque<Frame>,
    cut: bool,
    mut write: impl FnMut(&[u8]) -> io::Result<usize>,
) -> Parcel {
    let mut parcel = Parcel { rest: frames, cut, ..Parcel::default() };
    GATHERED.with_borrow_mut(|gathered| {
        while let Some(first) = parcel.rest.front() {
            let bytes = if parcel.rest.len() == 1 || first.bytes().len() >= GATHERED_MAX {
                first.bytes()
            } else {
                gather(&parcel.rest, gathered);
                &*gathered
            };
            let size = bytes.len();
            match write(bytes) {
                Ok(0) => parcel.broken = true,
                Ok(sent) => {
                    parcel.blocked = sent < size;
                    parcel.account(sent);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => parcel.blocked = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => parcel.broken = true,
            }
            if parcel.blocked || parcel.broken {
                break;
            }
        }
    });
    parcel
}

/// Copies whole frames together, as many as one call takes.
fn gather(frames: &VecDeque<Frame>, gathered: &mut Vec<u8>) {
    gathered.clear();
    for frame in frames {
        if gathered.len() + frame.bytes().len() > GATHERED_MAX && !gathered.is_empty() {
            break;
        }
        gathered.extend_from_slice(frame.bytes());
    }
}

impl Parcel {
    fn account(&mut self, mut sent: usize) {
        self.bytes += sent;
        while let Some(first) = self.rest.front_mut() {
            let size = first.bytes().len();
            if sent < size {
                if sent > 0 {
                    first.skip(sent);
                    self.cut = true;
                }
                return;
            }
            sent -= size;
            self.frames += first.count();
            self.cut = false;
            self.rest.pop_front();
        }
    }
}
