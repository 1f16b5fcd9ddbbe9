"""Reads what strangers send: JSON, and what the spec asks of it. It knows no rooms and no sockets."""

import json
import math
import re

LEVELS = 32  # of nesting, in each JSON text by itself (ENV-6)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# The kinds of a chat, and the strings that have to be in the JSON that its content is (CHAT-12).
CONTENT = {"message": (), "question": ("content",), "answer": ("question", "answer")}


def read_object(text) -> dict | None:
    """The JSON object that `text` is, of any depth; None if it is none."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_inner(text) -> dict | None:
    """The same of JSON inside an envelope, where deeper nesting is refused (ENV-7, ERR-16)."""
    value = read_object(text)
    return value if value is not None and not is_too_deep(value) else None


def is_too_deep(value) -> bool:
    """Whether there are more levels than every server has to read."""
    level = [value]
    for _ in range(LEVELS):
        insides = (v.values() if isinstance(v, dict) else v for v in level)
        level = [v for inside in insides for v in inside if isinstance(v, (dict, list))]
        if not level:
            return False
    return True


def is_integer(value) -> bool:
    """To Python, True is an integer as well."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_name(value) -> bool:
    """A topic (ROOM-1) or a user. Python's strings are as long as they have code points (ENV-5)."""
    return isinstance(value, str) and 1 <= len(value) <= 128 and not CONTROL.search(value)


def is_id(value) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 64


def named_topic(request: dict | None) -> str | None:
    """What an error may carry as its topic (ERR-16)."""
    topic = request and request.get("topic")
    return topic if is_name(topic) else None


def fault_of_join(join: dict) -> str | None:
    since = join.get("since", {"epoch": "", "seq": 0})
    if not isinstance(since, dict) or not isinstance(since.get("epoch"), str):
        return "since has no epoch"
    if not is_integer(since.get("seq")) or since["seq"] < 0:
        return "since.seq is not an integer of at least 0"
    return _fault_of_looks(join)


def fault_of_notice(notice: dict) -> str | None:
    if not is_name(notice.get("to")):
        return "to is not a user"
    return None if "data" in notice else "there is no data"


def fault_of_chat(chat: dict | None) -> str | None:
    if chat is None:
        return "chatInfo is not the text of a JSON object"
    for name in ("content", "type"):
        if not isinstance(chat.get(name), str):
            return f"chatInfo has no string {name}"
    if not is_name(chat.get("user")):
        return "chatInfo.user is not a user"
    for name in ("stream", "createdat"):
        if not isinstance(chat.get(name, ""), str):
            return f"chatInfo.{name} is not a string"
    if chat["type"] not in CONTENT:
        return "chatInfo.type is not message, question or answer"
    needed = CONTENT[chat["type"]]
    content = read_inner(chat["content"]) if needed else {}
    if content is None or not all(isinstance(content.get(name), str) for name in needed):
        return f"the content of a chatInfo of this type is JSON with {' and '.join(needed)}"
    return _fault_of_looks(chat)


def _fault_of_looks(value: dict) -> str | None:
    for name, most in (("displayName", 64), ("avatarurl", 512)):
        text = value.get(name, "")
        if not isinstance(text, str) or len(text) > most:
            return f"{name} is not a string of at most {most} characters"
    return None


def _no_number(text: str):
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    # A number that no float can hold could not be handed on, so it is refused (chapter 2, left open).
    number = float(text)
    if math.isinf(number):
        raise ValueError("beyond a float")
    return number
