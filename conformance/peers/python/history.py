"""What was said, by its stream, and the two HTTP requests of chapter 14."""

import json
from collections import OrderedDict, deque
from urllib.parse import unquote, urlsplit

from limits import DRAIN_MS, KEPT_MAX, STREAMS_MAX
from payloads import CONTENT, is_name, read_object

PATHS = {("GET", "/api/message/chatmsg"), ("POST", "/api/question/add")}


class Refused(Exception):
    def __init__(self, code: int, reason: str, message: str | None = None, **more):
        self.code = code
        self.data = {"reason": reason, **({"message": message} if message else {}), **more}


class History:
    """The newest chats of each stream. Streams of which nothing was heard for the longest time are forgotten first."""

    def __init__(self):
        self._streams: OrderedDict[str, deque[dict]] = OrderedDict()

    def keep(self, chat: dict, topic: str, seq: int, at: int):
        if "stream" not in chat:
            return
        kept = self._streams.setdefault(chat["stream"], deque(maxlen=KEPT_MAX))
        self._streams.move_to_end(chat["stream"])
        kept.append({**chat, "topic": topic, "seq": seq, "at": at})
        if len(self._streams) > STREAMS_MAX:
            self._streams.popitem(last=False)

    def read(self, stream: str, kind: str, page: int, per_page: int) -> dict:
        """A page: 1 is the newest, and each goes from the oldest to the newest of its chats (HIST-10, HIST-11)."""
        kept = [chat for chat in self._streams.get(stream, ()) if kind in ("", chat["type"])]
        end = max(0, len(kept) - (page - 1) * per_page)
        items = kept[max(0, end - per_page) : end]
        return {"items": items, "page": page, "resultsPerPage": per_page, "total": len(kept)}


def answer(hub, method: str, target: str, authorization: bytes | None, body: bytes) -> tuple[int, dict]:
    """Status and body of the answer to a history request."""
    try:
        code, data = 200, _answer(hub, method, target, authorization, body)
    except Refused as refused:
        code, data = refused.code, refused.data
    return code, {"code": code, "data": data}


def _answer(hub, method, target, authorization, body) -> dict:
    user = _decode(authorization or b"")  # to a server for development, a token is its user
    if not is_name(user):
        raise Refused(401, "unauthenticated")
    if method == "GET":
        return hub.history.read(*_read_query(urlsplit(target).query))
    return _ask(hub, user, read_object(_decode(body)))


def _read_query(query: str) -> tuple[str, str, int, int]:
    # Undecoded: a member that nobody asks for may be anything (HIST-27). The first of a name counts.
    values = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        values.setdefault(name, value)
    if "stream" not in values:
        raise Refused(422, "invalid_payload", "there is no stream")
    usual = {"type": "", "page": "1", "resultsPerPage": "50"}
    try:
        stream, kind, page, per_page = (
            unquote(values.get(name, usual.get(name)), errors="strict")
            for name in ("stream", "type", "page", "resultsPerPage")
        )
    except UnicodeDecodeError:
        raise Refused(422, "invalid_payload", "a parameter is not UTF-8") from None
    if kind != "" and kind not in CONTENT:
        raise Refused(422, "invalid_payload", "type is message, question, answer or empty")
    if not _is_number(page) or int(page) < 1:
        raise Refused(422, "invalid_payload", "page is an integer from 1")
    if not _is_number(per_page) or not 1 <= int(per_page) <= 1000:
        raise Refused(422, "invalid_payload", "resultsPerPage is an integer from 1 to 1000")
    return stream, kind, int(page), int(per_page)


def _ask(hub, user: str, question: dict | None) -> dict:
    if question is None:
        raise Refused(422, "invalid_payload", "the body is not a JSON object")
    content, stream = question.get("content"), question.get("streamId")
    if not isinstance(content, str) or not isinstance(stream, str):
        raise Refused(422, "invalid_payload", "content and streamId are strings, and both are needed")
    if "topic" in question and not is_name(question["topic"]):
        raise Refused(422, "invalid_payload", "topic is not a topic")
    topics = hub.topics_of(user)
    if "topic" not in question and len(topics) > 1:
        raise Refused(422, "invalid_payload", "you are in several rooms: name one")
    topic = question.get("topic") or next(iter(topics), None)
    if topic not in topics:
        raise Refused(403, "not_joined")
    if hub.draining:
        raise Refused(503, "unavailable", retryAfterMs=DRAIN_MS)
    room = hub.rooms[topic]
    inner = json.dumps({"content": content}, ensure_ascii=False)
    chat = {**room.entry(user), "stream": stream, "content": inner, "type": "question"}
    hub.say(room, user, chat, json.dumps(chat, ensure_ascii=False))
    return {"topic": topic, "seq": room.seq}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 1000


def _decode(text: bytes) -> str | None:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None
