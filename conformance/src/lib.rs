//! Roomwire's conformance runner: says what a chat-room server gets wrong, and by which sentence of the spec.
