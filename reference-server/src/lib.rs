//! The Roomwire reference server: chat rooms over WebSocket, right, fast and small enough to learn from.
