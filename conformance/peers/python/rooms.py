"""Who is in which room, and what was said there. It sends to members, and knows nothing of sockets."""

import json
import time
import uuid
from collections import OrderedDict, deque

from history import History
from limits import EMPTY_MAX, LIMITS, MISSED_MAX, REMEMBERED_BYTES, REMEMBERED_S


def encode(type_: int, code: int, data, id_=None, **beside) -> bytes:
    """A frame. What is None is not there (ENV-10); what is no string becomes the text of its JSON (ENV-9)."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    frame = {"type": type_, "code": code, "data": text, "id": id_, **beside}
    # In ASCII, as TEXT-6 allows: so even a lone surrogate goes out as it came.
    return json.dumps({name: value for name, value in frame.items() if value is not None}).encode()


class Room:
    """One life of a topic. Its members are connections, by their users."""

    def __init__(self, topic: str):
        self.topic = topic
        self.epoch = str(uuid.uuid4())
        self.seq = 0
        self.members: dict[str, dict] = {}  # by user: the joined connections, as keys, in the order of their joins
        self.looks: dict[str, dict] = {}  # by user: displayName and avatarurl
        self._missed: deque[bytes] = deque()  # the last chats, up to the one that has the number `seq`
        self._missed_bytes = 0
        self._said: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()  # by user and id (RES-12)
        self._said_bytes = 0

    def connections(self) -> list:
        """All that are joined, as a list of its own: whoever cannot be sent to drops out meanwhile."""
        return [conn for conns in self.members.values() for conn in conns]

    def enter(self, conn, join: dict) -> bool:
        """Joins a connection, and says whether its user is a new member."""
        is_new = conn.user not in self.members
        self.members.setdefault(conn.user, {})[conn] = None
        looks = {name: join[name] for name in ("displayName", "avatarurl") if name in join}
        self.looks.setdefault(conn.user, {}).update(looks)  # the latest that there are (PRES-11)
        return is_new

    def exit(self, conn):
        """Takes a connection out, and tells the others if its user is gone by that (PRES-13, PRES-15)."""
        conns = self.members[conn.user]
        del conns[conn]
        if not conns:
            del self.members[conn.user]
            del self.looks[conn.user]
            self.push_change("left", conn.user)

    def entry(self, user: str) -> dict:
        return {"user": user, **self.looks.get(user, {})}

    def list_users(self) -> dict:
        """The data of a 205."""
        shown = [self.entry(user) for user in list(self.members)[: LIMITS["rosterMax"]]]
        users = {"topic": self.topic, "count": len(self.members), "users": shown}
        return users if len(shown) == len(self.members) else {**users, "truncated": True}

    def push_change(self, change: str, user: str, to_all_but=None):
        """The 206 of a user who has joined or left."""
        frame = encode(5, 206, {"topic": self.topic, "count": len(self.members), change: [self.entry(user)]})
        for member in self.connections():
            if member is not to_all_but:
                member.send(frame)

    def missed_since(self, since: dict) -> list[bytes] | None:
        """All chats that were said since, or None where there would be a hole (RES-5, RES-6)."""
        count = self.seq - since["seq"]
        if since["epoch"] != self.epoch or not 0 <= count <= len(self._missed):
            return None
        return list(self._missed)[len(self._missed) - count :]

    def said_before(self, user: str, id_: str | None) -> bytes | None:
        """The first delivery of what would be a repeat (RES-13)."""
        while self._said and next(iter(self._said.values()))[0] < time.monotonic() - REMEMBERED_S:
            self._said_bytes -= len(self._said.popitem(last=False)[1][1])
        return self._said[user, id_][1] if id_ is not None and (user, id_) in self._said else None

    def wait_ms(self) -> int:
        """How long until there is room for one more id, in milliseconds; 0 where there is."""
        if self._said_bytes < REMEMBERED_BYTES:
            return 0
        oldest = next(iter(self._said.values()))[0]
        return max(1, int((oldest + REMEMBERED_S - time.monotonic()) * 1000))

    def say(self, user: str, chat_info: str, id_: str | None = None) -> int:
        """Numbers a chat, remembers it, and delivers it to everybody (CHAT-1). Returns its time."""
        self.seq += 1
        at = time.time_ns() // 1_000_000
        frame = encode(2, 200, chat_info, id_, topic=self.topic, seq=self.seq, at=at)
        self._missed.append(frame)
        self._missed_bytes += len(frame)
        # More than a queue holds could not be replayed anyway.
        while len(self._missed) > MISSED_MAX or self._missed_bytes > LIMITS["maxQueueBytes"]:
            self._missed_bytes -= len(self._missed.popleft())
        if id_ is not None:
            self._said[user, id_] = (time.monotonic(), frame)
            self._said_bytes += len(frame)
        for member in self.connections():
            member.send(frame)
        return at


class Hub:
    """All rooms, all connections, and what is kept of what they say."""

    def __init__(self):
        self.rooms: dict[str, Room] = {}
        self.connections: set = set()
        self.history = History()
        self.draining = False
        self._empty: OrderedDict[str, float] = OrderedDict()  # topics that nobody is in, and since when

    def open_room(self, topic: str) -> Room:
        """The room of a topic, for somebody who joins it."""
        self._empty.pop(topic, None)
        if topic not in self.rooms:
            self.rooms[topic] = Room(topic)
        return self.rooms[topic]

    def leave(self, conn, topic: str):
        room = conn.rooms.pop(topic, None)
        if room is None:
            return
        room.exit(conn)
        if not room.members:
            self._empty[topic] = time.monotonic()
        while self._empty:
            oldest, since = next(iter(self._empty.items()))
            if len(self._empty) <= EMPTY_MAX and since > time.monotonic() - REMEMBERED_S:
                break
            del self._empty[oldest], self.rooms[oldest]  # its next life has another epoch (ROOM-9)

    def say(self, room: Room, user: str, chat: dict, chat_info: str, id_: str | None = None):
        at = room.say(user, chat_info, id_)
        self.history.keep(chat, room.topic, room.seq, at)

    def topics_of(self, user: str) -> list[str]:
        """The topics that a user is a member of, by any connection."""
        return [topic for topic, room in self.rooms.items() if user in room.members]
