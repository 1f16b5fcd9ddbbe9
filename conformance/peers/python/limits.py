"""What this server keeps to, and tells in each 201 (ROOM-7, PRES-3). Two times are from the environment."""

import os


def milliseconds(name: str, usual: int) -> int:
    """The time that the environment gives under `name`, or the usual one."""
    text = os.environ.get(name) or str(usual)
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 2**31:
        raise SystemExit(f"{name} is {text!r}, and is to be a number of milliseconds from 1 to {2**31 - 1}")
    return int(text)


LIMITS = {
    "heartbeatTimeoutMs": milliseconds("ROOMWIRE_HEARTBEAT_TIMEOUT_MS", 15_000),
    "authTimeoutMs": milliseconds("ROOMWIRE_AUTH_TIMEOUT_MS", 10_000),
    "maxMessageBytes": 65_536,
    "maxTopics": 64,
    "maxQueueBytes": 1_048_576,
    "presenceGraceMs": 0,
    "rosterMax": 25,
}
PROFILES = ["core", "presence", "notice", "resume", "history"]

HEARTBEAT_S = LIMITS["heartbeatTimeoutMs"] / 1000
AUTH_S = LIMITS["authTimeoutMs"] / 1000
CLOSE_S = 5  # from our close frame to the end of the TCP connection, whatever the client does
DRAIN_MS = 1000  # from the announcement to the close

# What is kept has an end. The first two are more than a server has to keep (RES-11, HIST-17).
MISSED_MAX = 200  # the chats of a topic that can be replayed
KEPT_MAX = 1000  # the chats of a stream that can be read
STREAMS_MAX = 10_000
EMPTY_MAX = 1000  # the topics that are remembered though nobody is in them
REMEMBERED_S = 300  # how long such a topic is remembered, and an id counts (RES-12)
REMEMBERED_BYTES = 64 << 20  # of chats with ids, in one topic; beyond that it is 429 until the oldest are let go
