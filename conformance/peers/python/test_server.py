"""Tests the server over its socket, as a client would: what the spec says of the profiles beyond core."""

import http.client
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

HERE = Path(__file__).parent
names = itertools.count()


def start(**environment) -> tuple[subprocess.Popen, int]:
    command = [sys.executable, str(HERE / "server.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment)
    return process, int(re.search(r":(\d+)/", process.stdout.readline())[1])


class Client:
    """One connection of a user, and all that it has read."""

    def __init__(self, test: unittest.TestCase, port: int, user: str):
        self.user = user
        # It reads also what no test asks for, so that it sees the server's close frame behind it.
        opened = connect(f"ws://127.0.0.1:{port}/", subprotocols=["roomwire.v1"], max_queue=None, ping_interval=None)
        self.socket = test.enterContext(opened)

    def send(self, type_: int, payload, **beside):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self.socket.send(json.dumps({"token": self.user, "type": type_, "payLoad": text, **beside}))

    def read(self) -> dict:
        """The next frame, with its data read."""
        frame = json.loads(self.socket.recv(timeout=5))
        return frame | {"data": json.loads(frame["data"]) if frame["data"] else ""}

    def fence(self) -> list[dict]:
        """All frames up to the answer to a heartbeat, without it (ORD-7)."""
        self.send(1, "", id="fence")
        return list(iter(self.read, {"type": 1, "code": 100, "data": "", "id": "fence"}))

    def ask(self, type_: int, payload, **beside) -> list[dict]:
        self.send(type_, payload, **beside)
        return self.fence()

    def join(self, topic: str, **more) -> list[dict]:
        return self.ask(3, {"topic": topic, **more})

    def say(self, topic: str, content: str, stream=None, kind="message", **beside) -> list[dict]:
        chat = {"user": self.user, "content": content, "type": kind} | ({"stream": stream} if stream else {})
        return self.ask(2, {"topic": topic, "chatInfo": json.dumps(chat)}, **beside)

    def users(self, topic: str) -> dict:
        return self.ask(5, {"topic": topic})[0]["data"]

    def close(self):
        self.socket.close()


def codes(frames: list[dict]) -> list[int]:
    return [frame["code"] for frame in frames]


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.port = start()

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.server.wait()
        cls.server.stdout.close()

    def setUp(self):
        self.topic = f"room {next(names)}"

    def client(self, user: str) -> Client:
        return Client(self, self.port, user)

    def members(self, *users: str) -> list[Client]:
        """Clients that have joined the topic of the test, and have read all that came of it."""
        clients = [self.client(user) for user in users]
        for client in clients:
            client.join(self.topic)
        for client in clients:
            client.fence()
        return clients

    def http(self, method: str, path: str, token: str | None = "ann", body: str | None = None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        self.addCleanup(connection.close)
        connection.request(method, path, body, ({"Authorization": token} if token is not None else {}) | headers)
        response = connection.getresponse()
        answer = json.load(response)
        self.assertEqual(answer["code"], response.status)  # HIST-3
        self.assertEqual(response.getheader("Content-Type"), "application/json")
        return answer["code"], answer["data"]

    def refusal(self, frames: list[dict]) -> tuple:
        self.assertEqual(len(frames), 1)
        return frames[0]["code"], frames[0]["data"]["reason"], frames[0].get("topic")


class Presence(ServerTest):
    def test_a_join_brings_a_list_and_tells_the_others(self):
        (ann,) = self.members("ann")
        bob = self.client("bob")
        joined, listed = bob.ask(3, {"topic": self.topic, "displayName": "Bob"}, id="b-1")
        self.assertEqual(joined["id"], "b-1")
        self.assertEqual((listed["type"], listed["code"], "id" in listed), (5, 205, False))
        users = [{"user": "ann"}, {"user": "bob", "displayName": "Bob"}]
        self.assertEqual(listed["data"], {"topic": self.topic, "count": 2, "users": users})
        (change,) = ann.fence()
        told = {"topic": self.topic, "count": 2, "joined": [{"user": "bob", "displayName": "Bob"}]}
        self.assertEqual(change, {"type": 5, "code": 206, "data": told})
        self.assertEqual(joined["data"]["limits"]["presenceGraceMs"], 0)
        self.assertGreater(joined["data"]["limits"]["rosterMax"], 0)

    def test_a_user_is_listed_once_and_gone_with_the_last_connection(self):
        ann, bob, again = self.members("ann", "bob", "bob")
        self.assertEqual(ann.users(self.topic)["count"], 2)
        self.assertEqual(codes(bob.ask(6, {"topic": self.topic})), [204])
        self.assertEqual(ann.fence(), [])
        self.assertEqual(codes(again.ask(6, {"topic": self.topic})), [204])
        (change,) = ann.fence()
        self.assertEqual(change["data"], {"topic": self.topic, "count": 1, "left": [{"user": "bob"}]})
        self.assertEqual(ann.users(self.topic)["users"], [{"user": "ann"}])

    def test_a_connection_that_is_lost_is_told_of(self):
        ann, bob = self.members("ann", "bob")
        bob.socket.socket.close()
        self.assertEqual(ann.read()["data"]["left"], [{"user": "bob"}])

    def test_a_second_join_changes_the_name_and_tells_nobody(self):
        ann, bob = self.members("ann", "bob")
        self.assertEqual(codes(bob.join(self.topic, displayName="Robert")), [201, 205])
        self.assertEqual(ann.fence(), [])
        self.assertIn({"user": "bob", "displayName": "Robert"}, ann.users(self.topic)["users"])

    def test_a_list_is_for_those_who_are_in(self):
        ann = self.client("ann")
        self.assertEqual(self.refusal(ann.ask(5, {"topic": self.topic})), (403, "not_joined", self.topic))
        self.assertEqual(self.refusal(ann.ask(5, {})), (422, "invalid_payload", None))

    def test_a_long_list_is_cut_and_counts_all(self):
        clients = self.members(*(f"u{number}" for number in range(26)))
        listed = clients[0].users(self.topic)
        self.assertEqual((listed["count"], len(listed["users"]), listed["truncated"]), (26, 25, True))


class Notices(ServerTest):
    def test_a_notice_reaches_each_connection_of_one_user(self):
        ann, bob, again, cid = self.members("ann", "bob", "bob", "cid")
        data = {"n": [1, 2.5, None, True], "text": "é 😀 \u0000"}
        (accepted,) = ann.ask(4, {"topic": self.topic, "to": "bob", "data": data, "from": "cid"}, id="a-1")
        self.assertEqual(accepted, {"type": 4, "code": 202, "data": {"topic": self.topic, "to": "bob"}, "id": "a-1"})
        for client in (bob, again):
            delivered = {"topic": self.topic, "from": "ann", "data": data}
            self.assertEqual(client.fence(), [{"type": 4, "code": 203, "data": delivered}])
        self.assertEqual(cid.fence(), [])
        self.assertEqual(ann.say(self.topic, "first")[0]["seq"], 1)

    def test_a_notice_to_oneself_comes_behind_its_answer(self):
        (ann,) = self.members("ann")
        frames = ann.ask(4, {"topic": self.topic, "to": "ann", "data": None})
        self.assertEqual(codes(frames), [202, 203])
        self.assertIsNone(frames[1]["data"]["data"])

    def test_notices_are_refused_in_the_order_of_the_table(self):
        ann, zoe = self.client("ann"), self.client("zoe")
        zoe.join(f"{self.topic} next door")
        notice = {"topic": self.topic, "to": "zoe", "data": 1}
        self.assertEqual(self.refusal(ann.ask(4, notice)), (403, "not_joined", self.topic))
        ann.join(self.topic)
        self.assertEqual(self.refusal(ann.ask(4, notice)), (404, "no_such_member", self.topic))
        for wrong in ({"to": ""}, {"to": 1}, {"to": "x" * 129}, {"to": "a\u0085"}):
            self.assertEqual(self.refusal(ann.ask(4, notice | wrong)), (422, "invalid_payload", self.topic))
        del notice["data"]
        self.assertEqual(self.refusal(ann.ask(4, notice)), (422, "invalid_payload", self.topic))


class Resume(ServerTest):
    def test_what_was_missed_comes_as_it_was_said(self):
        ann, bob = self.members("ann", "bob")
        joined = bob.join(self.topic)[0]["data"]
        bob.close()
        said = [ann.say(self.topic, text, id=f"a-{text}")[-1] for text in ("one", "two", "three")]
        back = self.client("bob")
        frames = back.join(self.topic, since={"epoch": joined["epoch"], "seq": 1})
        self.assertEqual(codes(frames), [201, 205, 200, 200])
        self.assertEqual((frames[0]["data"]["recovered"], frames[0]["data"]["seq"]), (True, 3))
        self.assertEqual(frames[2:], said[1:])
        live = ann.say(self.topic, "live")[-1]
        self.assertEqual(back.fence(), [live])

    def test_nothing_missed_is_recovered_and_a_hole_is_not(self):
        (ann,) = self.members("ann")
        ann.say(self.topic, "one")
        epoch = ann.join(self.topic)[0]["data"]["epoch"]
        for since, recovered in (
            ({"epoch": epoch, "seq": 1}, True),
            ({"epoch": epoch, "seq": 2}, False),
            ({"epoch": "another", "seq": 1}, False),
        ):
            frames = self.client("bob").join(self.topic, since=since)
            self.assertEqual((codes(frames), frames[0]["data"]["recovered"]), ([201, 205], recovered))
        for seq in (0, 1):  # a connection that is joined has missed nothing (RES-10)
            again = ann.ask(3, {"topic": self.topic, "since": {"epoch": epoch, "seq": seq}}, id="again")
            self.assertIs([frame for frame in again if frame.get("id") == "again"][0]["data"]["recovered"], False)
            self.assertNotIn(200, codes(again))
        self.assertNotIn("recovered", ann.join(self.topic)[0]["data"])

    def test_a_hole_is_never_filled_in_part(self):
        (ann,) = self.members("ann")
        for number in range(201):
            ann.send(2, {"topic": self.topic, "chatInfo": json.dumps({"user": "ann", "content": "", "type": "message"})})
        ann.fence()
        epoch = ann.join(self.topic)[0]["data"]["epoch"]
        frames = self.client("bob").join(self.topic, since={"epoch": epoch, "seq": 0})
        self.assertEqual((codes(frames), frames[0]["data"]["recovered"]), ([201, 205], False))
        frames = self.client("bob").join(self.topic, since={"epoch": epoch, "seq": 1})
        self.assertEqual([frame["seq"] for frame in frames[2:]], list(range(2, 202)))

    def test_a_since_that_cannot_be_is_refused(self):
        ann = self.client("ann")
        for since in (None, 1, [], {}, {"epoch": "e"}, {"seq": 1}, {"epoch": 1, "seq": 1}, {"epoch": "e", "seq": -1},
                      {"epoch": "e", "seq": True}, {"epoch": "e", "seq": "1"}):
            self.assertEqual(self.refusal(ann.join(self.topic, since=since)), (422, "invalid_payload", self.topic))

    def test_a_repeat_is_the_first_delivery_once_more_for_its_sender(self):
        ann, bob = self.members("ann", "bob")
        first = ann.say(self.topic, "first", id="a-1")[-1]
        self.assertEqual(bob.fence(), [first])
        ann.close()
        again = self.client("ann")
        again.join(self.topic)
        self.assertEqual(again.say(self.topic, "another text", id="a-1"), [first])
        self.assertNotIn(200, codes(bob.fence()))
        self.assertEqual(again.say(self.topic, "next", id="a-2")[0]["seq"], 2)

    def test_a_repeat_is_one_also_when_nobody_was_in_the_room(self):
        (ann,) = self.members("ann")
        first = ann.say(self.topic, "first", id="a-1")[0]
        ann.ask(6, {"topic": self.topic})
        ann.join(self.topic)
        self.assertEqual(ann.say(self.topic, "first", id="a-1"), [first])

    def test_an_id_counts_for_its_user_topic_and_accepted_chats_only(self):
        ann, bob = self.members("ann", "bob")
        self.assertEqual(ann.say(self.topic, "x", kind="shout", id="i")[0]["code"], 422)
        ann.ask(5, {"topic": self.topic}, id="i")
        self.assertEqual(ann.say(self.topic, "x", id="i")[0]["seq"], 1)
        bob.fence()
        self.assertEqual(bob.say(self.topic, "x", id="i")[0]["seq"], 2)
        ann.join(f"{self.topic} next door")
        self.assertEqual(ann.say(f"{self.topic} next door", "x", id="i")[0]["seq"], 1)
        self.assertEqual([ann.say(self.topic, "x")[0]["seq"] for _ in range(2)], [3, 4])


class Pages(ServerTest):
    def page(self, **query):
        parts = "&".join(f"{name}={value}" for name, value in query.items())
        return self.http("GET", f"/api/message/chatmsg?{parts}", "anybody")

    def test_pages_go_back_from_the_newest(self):
        (ann,) = self.members("ann")
        stream = f"s{next(names)}"
        said = [ann.say(self.topic, f"{number}", stream)[0] for number in range(5)]
        ann.say(self.topic, "elsewhere", "another stream")
        items = [frame["data"] | {name: frame[name] for name in ("topic", "seq", "at")} for frame in said]
        for page, expected in ((1, items[3:]), (2, items[1:3]), (3, items[:1]), (4, [])):
            code, data = self.page(stream=stream, page=page, resultsPerPage=2, type="")
            self.assertEqual(code, 200)
            self.assertEqual(data, {"items": expected, "page": page, "resultsPerPage": 2, "total": 5})

    def test_a_type_is_asked_for_and_members_of_its_own_stay(self):
        (ann,) = self.members("ann")
        stream = f"é+ {next(names)}"
        content = json.dumps({"question": "Why?", "answer": "Because."})
        chat = {"user": "ann", "content": content, "type": "answer", "stream": stream, "x-n": [1.5, {}], "topic": 1}
        ann.ask(2, {"topic": self.topic, "chatInfo": json.dumps(chat)})
        ann.say(self.topic, "a word", stream)
        escaped = stream.replace("é", "%C3%A9").replace("+", "%2B").replace(" ", "%20")
        data = self.page(stream=escaped, page=1, resultsPerPage=1000, type="answer", other="%FF")[1]
        self.assertEqual(data["total"], 1)
        self.assertEqual(data["items"][0] | {"at": 0}, chat | {"topic": self.topic, "seq": 1, "at": 0})

    def test_what_cannot_be_asked_is_refused(self):
        good = {"stream": "s", "page": "1", "resultsPerPage": "50", "type": ""}
        self.assertEqual(self.page(**good)[0], 200)
        for name, value in (("page", "0"), ("page", "x"), ("page", "-1"), ("page", "1.5"), ("resultsPerPage", "0"),
                            ("resultsPerPage", "1001"), ("type", "shout")):
            self.assertEqual(self.page(**good | {name: value})[1]["reason"], "invalid_payload", (name, value))
        del good["stream"]
        self.assertEqual(self.page(**good)[0], 422)

    def test_nobody_reads_or_asks_without_a_token(self):
        for token in (None, "", "x" * 129):
            for method, path in (("GET", "/api/message/chatmsg?page=x"), ("POST", "/api/question/add")):
                self.assertEqual(self.http(method, path, token), (401, {"reason": "unauthenticated"}))


class Questions(ServerTest):
    def ask(self, user: str, **body):
        return self.http("POST", "/api/question/add", f" {user} ", json.dumps(body))

    def test_a_question_is_said_in_the_room_and_kept(self):
        user, stream = f"ann{next(names)}", f"s{next(names)}"
        ann, bob = self.members(user, "bob")
        code, data = self.ask(user, content="Why é?", streamId=stream, topic=self.topic)
        self.assertEqual((code, data), (200, {"topic": self.topic, "seq": 1}))
        (heard,) = bob.fence()
        self.assertEqual(ann.fence(), [heard])
        self.assertEqual((heard["code"], heard["topic"], heard["seq"], "id" in heard), (200, self.topic, 1, False))
        chat = heard["data"]
        self.assertEqual((chat["user"], chat["type"], chat["stream"]), (user, "question", stream))
        self.assertEqual(json.loads(chat["content"]), {"content": "Why é?"})
        page = self.http("GET", f"/api/message/chatmsg?stream={stream}&page=1&resultsPerPage=5&type=question")[1]
        self.assertEqual(page["items"], [chat | {name: heard[name] for name in ("topic", "seq", "at")}])

    def test_the_room_may_go_without_saying(self):
        user = f"ann{next(names)}"
        self.assertEqual(self.ask(user, content="?", streamId="s")[0], 403)
        (ann,) = self.members(user)
        self.assertEqual(self.ask(user, content="?", streamId="s"), (200, {"topic": self.topic, "seq": 1}))
        ann.join(f"{self.topic} next door")
        self.assertEqual(self.ask(user, content="?", streamId="s")[1]["reason"], "invalid_payload")
        self.assertEqual(self.ask(user, content="?", streamId="s", topic="elsewhere")[1], {"reason": "not_joined"})
        self.assertEqual(ann.say(self.topic, "next")[-1]["seq"], 2)

    def test_what_is_no_question_is_refused(self):
        (ann,) = self.members("ann")
        for body in ("", "[]", "no JSON", '{"content":1,"streamId":"s"}', '{"content":"?"}',
                     '{"content":"?","streamId":"s","topic":""}', '{"content":"?","streamId":"s","topic":null}'):
            self.assertEqual(self.http("POST", "/api/question/add", "ann", body)[0], 422, body)
        self.assertEqual(ann.fence(), [])

    def test_a_body_may_come_in_chunks(self):
        (ann,) = self.members("ann")
        body = json.dumps({"content": "?", "streamId": "s", "topic": self.topic}).encode()
        chunks = (body[at : at + 7] for at in range(0, len(body), 7))
        self.assertEqual(self.http("POST", "/api/question/add", "ann", chunks)[0], 200)


class TheEnd(unittest.TestCase):
    def start(self, **environment):
        server, port = start(**environment)
        for cleanup in (server.stdout.close, server.wait, server.kill):
            self.addCleanup(cleanup)
        return server, port

    def test_a_server_that_is_told_to_stop_says_so_and_refuses_what_is_new(self):
        server, port = self.start()
        ann = Client(self, port, "ann")
        ann.join("8017")
        server.send_signal(signal.SIGTERM)
        told = ann.read()
        self.assertEqual((told["type"], told["code"], "from" in told["data"]), (4, 203, False))
        self.assertGreaterEqual(told["data"]["data"]["reconnectAfterMs"], 0)
        self.assertEqual(ann.say("8017", "too late")[0]["code"], 503)
        self.assertEqual(ann.join("8081")[0]["code"], 503)
        self.assertEqual(ann.ask(4, {"topic": "8017", "to": "ann", "data": 1})[0]["code"], 503)
        self.assertEqual(ann.ask(4, {"topic": "8017", "to": "zoe", "data": 1})[0]["code"], 404)
        self.assertEqual(codes(ann.ask(6, {"topic": "8017"})), [204])
        with self.assertRaises(ConnectionClosed) as closed:
            ann.read()
        self.assertEqual(closed.exception.rcvd.code, 4202)
        self.assertEqual(server.wait(timeout=10), 0)

    def test_silence_ends_a_connection_and_its_membership(self):
        _, port = self.start(ROOMWIRE_HEARTBEAT_TIMEOUT_MS="700", ROOMWIRE_AUTH_TIMEOUT_MS="300")
        ann, bob, nobody = (Client(self, port, user) for user in ("ann", "bob", "nobody"))
        for client in (ann, bob):
            client.join("8017")
        ann.fence()
        with self.assertRaises(ConnectionClosed) as closed:
            nobody.read()
        self.assertEqual(closed.exception.rcvd.code, 4001)
        ann.fence()
        with self.assertRaises(ConnectionClosed) as closed:
            bob.read()
        self.assertEqual(closed.exception.rcvd.code, 4201)
        self.assertEqual(ann.read()["data"]["left"], [{"user": "bob"}])


if __name__ == "__main__":
    unittest.main()
