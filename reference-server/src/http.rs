//! The HTTP beside the WebSocket.

pub(crate) mod body;
