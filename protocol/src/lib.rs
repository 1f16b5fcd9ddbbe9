//! The Roomwire 1 wire protocol: typed envelopes, payloads, codes and limits.
