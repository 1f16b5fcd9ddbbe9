//! The texts and numbers that name things: parsed once, valid from then on, cheap to clone.
//!
//! Characters are Unicode code points throughout; control characters are those of the category Cc (ENV-5).
//! Comparison is code point by code point: nothing is normalised, folded or trimmed (ROOM-2).

mod number;
mod text;

pub use number::{NumberError, Seq, Timestamp};
pub use text::{
    AvatarUrl, AvatarUrlRef, DisplayName, DisplayNameRef, Epoch, RequestId, RequestIdRef, TextError, Token,
    TokenRef, Topic, TopicRef, User, UserRef,
};
