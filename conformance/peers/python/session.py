"""What a connection's frames do. Nothing in here waits, so frames are handled in the order in which they came, and
their answers go out in that order (ORD-8). The ids in comments name requirements of docs/spec."""

from limits import DRAIN_MS, LIMITS, PROFILES
from payloads import (
    fault_of_chat, fault_of_join, fault_of_notice, is_id, is_integer, is_name, is_too_deep, named_topic, read_inner,
    read_object,
)
from rooms import Hub, encode

HEARTBEAT, CHAT, JOIN, NOTICE, USER_LIST, LEAVE = 1, 2, 3, 4, 5, 6
CODES = {
    "malformed_envelope": 400, "unauthenticated": 401, "wrong_user": 403, "unknown_type": 501, "invalid_payload": 422,
    "too_many_topics": 403, "not_joined": 403, "wrong_author": 403, "no_such_member": 404, "rate_limited": 429,
    "unavailable": 503,
}
ANNOUNCEMENT = encode(NOTICE, 203, {"data": {"reconnectAfterMs": DRAIN_MS}})


class Refused(Exception):
    def __init__(self, reason: str, message: str | None = None, **more):
        self.reason = reason
        self.data = {"reason": reason, **({"message": message} if message else {}), **more}


def receive(hub: Hub, conn, text: str):
    """Answers a frame of a connection, or refuses it."""
    envelope = read_object(text)
    type_, id_, topic = 0, None, None
    if envelope is not None:
        type_ = envelope["type"] if is_integer(envelope.get("type")) else 0
        id_ = envelope["id"] if is_id(envelope.get("id")) else None
    try:
        check_envelope(conn, envelope)
        request = {} if type_ == HEARTBEAT else read_inner(envelope["payLoad"])
        topic = named_topic(request)
        chat = check_request(hub, conn, type_, id_, request)
    except Refused as refused:
        conn.send(encode(type_, CODES[refused.reason], refused.data, id_, topic=topic))
        return
    if conn.user is None:  # only now, as a refused frame settles no user (ERR-7)
        conn.settle(envelope["token"])
        if hub.draining:
            conn.send(ANNOUNCEMENT)
    match type_:
        case 1:
            conn.send(encode(HEARTBEAT, 100, "", id_))
        case 2:
            say(hub, conn, request, chat, id_)
        case 3:
            join(hub, conn, request, id_)
        case 4:
            give_notice(conn, request, id_)
        case 5:
            conn.send(encode(USER_LIST, 205, conn.rooms[topic].list_users(), id_))
        case 6:
            hub.leave(conn, topic)
            conn.send(encode(LEAVE, 204, {"topic": topic}, id_))


def check_envelope(conn, envelope: dict | None):
    """The first four rows of the table of errors, in their order (ERR-6)."""
    if envelope is None or is_too_deep(envelope):
        raise Refused("malformed_envelope", "a frame is one JSON object")
    if not isinstance(envelope.get("token"), str) or not isinstance(envelope.get("payLoad"), str):
        raise Refused("malformed_envelope", "a frame has a string token and a string payLoad")
    if not is_integer(envelope.get("type")):
        raise Refused("malformed_envelope", "a frame has an integer type")
    if "id" in envelope and not is_id(envelope["id"]):
        raise Refused("malformed_envelope", "an id is a string of 1 to 64 characters")
    if not is_name(envelope["token"]):  # the text of a token is its user (ERR-9)
        raise Refused("unauthenticated")
    if conn.user not in (None, envelope["token"]):
        raise Refused("wrong_user", "this connection belongs to another user")
    if not HEARTBEAT <= envelope["type"] <= LEAVE:
        raise Refused("unknown_type")


def check_request(hub: Hub, conn, type_: int, id_: str | None, request: dict | None) -> dict | None:
    """The other rows. Gives the chatInfo of a chat, as it was read."""
    if type_ == HEARTBEAT:
        return None
    if request is None:
        raise Refused("invalid_payload", "the payLoad is not the text of a JSON object")
    topic = named_topic(request)
    if topic is None:
        raise Refused("invalid_payload", "there is no valid topic")
    chat = None
    fault = None
    if type_ == CHAT:
        chat = read_inner(request.get("chatInfo"))
        fault = fault_of_chat(chat)
    elif type_ == JOIN:
        fault = fault_of_join(request)
    elif type_ == NOTICE:
        fault = fault_of_notice(request)
    if fault is not None:
        raise Refused("invalid_payload", fault)
    room = conn.rooms.get(topic)
    if type_ == JOIN and room is None and len(conn.rooms) >= LIMITS["maxTopics"]:
        raise Refused("too_many_topics")
    if type_ in (CHAT, NOTICE, USER_LIST) and room is None:
        raise Refused("not_joined")
    if type_ == CHAT and chat["user"] != conn.user:
        raise Refused("wrong_author")
    if type_ == NOTICE and request["to"] not in room.members:
        raise Refused("no_such_member")
    if hub.draining and type_ in (CHAT, JOIN, NOTICE):
        raise Refused("unavailable", retryAfterMs=DRAIN_MS)
    if type_ == CHAT and id_ is not None and room.said_before(conn.user, id_) is None and room.wait_ms():
        raise Refused("rate_limited", "too much was said here in too short a time", retryAfterMs=room.wait_ms())
    return chat


def say(hub: Hub, conn, request: dict, chat: dict, id_: str | None):
    room = conn.rooms[request["topic"]]
    before = room.said_before(conn.user, id_)
    if before is not None:
        conn.send(before)  # to this connection alone (RES-13, RES-14)
    else:
        hub.say(room, conn.user, chat, request["chatInfo"], id_)


def join(hub: Hub, conn, request: dict, id_: str | None):
    topic = request["topic"]
    was_joined = topic in conn.rooms
    room = conn.rooms[topic] = hub.open_room(topic)
    is_new = room.enter(conn, request)
    joined = {"topic": topic, "user": conn.user, "epoch": room.epoch, "seq": room.seq, "version": 1,
              "profiles": PROFILES, "limits": LIMITS}
    users = encode(USER_LIST, 205, room.list_users())
    missed = []
    if "since" in request:
        found = None if was_joined else room.missed_since(request["since"])  # RES-10
        # All of them or none; and rather none than a connection that is ended for what waits for it.
        if found is not None and not conn.has_room_for(sum(map(len, found)) + len(users) + 16 * len(found) + 4096):
            found = None
        joined["recovered"] = found is not None
        missed = found or []
    conn.send(encode(JOIN, 201, joined, id_))
    conn.send(users)
    for frame in missed:
        conn.send(frame)
    if is_new:
        room.push_change("joined", conn.user, to_all_but=conn)


def give_notice(conn, request: dict, id_: str | None):
    topic, to = request["topic"], request["to"]
    notice = encode(NOTICE, 203, {"topic": topic, "from": conn.user, "data": request["data"]})
    conn.send(encode(NOTICE, 202, {"topic": topic, "to": to}, id_))  # before the 203 of one to oneself (NOTE-9)
    # The 202 may have been one frame too many for a connection that does not read: its user may be gone by now.
    room = conn.rooms.get(topic)
    for member in list(room.members.get(to, ())) if room else ():
        member.send(notice)
