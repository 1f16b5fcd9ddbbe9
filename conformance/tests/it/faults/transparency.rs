//! The proxy without a fault must not be felt.
