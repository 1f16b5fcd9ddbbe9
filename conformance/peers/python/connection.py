"""One TCP connection: HTTP first (h11), and then, if it is upgraded, WebSocket (websockets). Both are state machines
that know no sockets, so one port serves both. All that knows the clock of a connection is in here."""

import asyncio
import json
import sys

import h11
from websockets.exceptions import ProtocolError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

import history
import session
from limits import AUTH_S, CLOSE_S, HEARTBEAT_S, LIMITS
from rooms import Hub


class WebSocket(ServerProtocol):
    """websockets' state machine, which hands each frame on before it reads the next one: so what came before a close
    frame is handled before that is answered (ORD-10, ORD-11), and a burst is answered in its order."""

    def __init__(self, on_frame):
        deflate = ServerPerMessageDeflateFactory(
            server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
        )
        super().__init__(
            extensions=[deflate],
            select_subprotocol=lambda _, offered: "roomwire.v1" if "roomwire.v1" in offered else None,  # WS-2 to WS-4
            max_size=LIMITS["maxMessageBytes"],  # LIMIT-8, of what it unpacks to, and before the rest has come (SEC-7)
        )
        self._on_frame = on_frame

    def recv_frame(self, frame: Frame):
        super().recv_frame(frame)
        self._on_frame(frame)


class Connection(asyncio.Protocol):
    def __init__(self, hub: Hub):
        self.hub = hub
        self.user = None  # until its first accepted frame
        self.rooms = {}  # by topic
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.SERVER)
        self._request = None
        self._came = bytearray()  # all bytes of the HTTP request
        self._body = bytearray()
        self._ws = None
        self._text = None  # of the message whose fragments are coming
        self._is_ending = False

    # What the rooms and the session know of a connection.

    def send(self, frame: bytes):
        """Sends a frame, unless the connection is on its way out."""
        if self._ws.state is State.OPEN:
            self._ws.send_text(frame)
            self._flush()

    def has_room_for(self, size: int) -> bool:
        """Whether so many bytes may wait for this client, beside those that wait already."""
        return self._transport.get_write_buffer_size() + size <= LIMITS["maxQueueBytes"]

    def settle(self, user: str):
        """Whose connection this is, from its first accepted frame on. From now on silence counts (LIMIT-2)."""
        self.user = user
        self._watch()

    def end(self, code: int):
        """Closes a connection that has been upgraded, and gives up any other."""
        if self._ws is None:
            self._transport.abort()
        elif self._ws.state is State.OPEN:
            self._ws.send_close(code)
            self._flush()

    # What asyncio calls.

    def connection_made(self, transport):
        self._transport = transport
        self.hub.connections.add(self)
        # The time for a request that does not end (SEC-8); the upgrade begins it anew.
        self._timer = self._loop.call_later(AUTH_S, transport.abort)

    def data_received(self, data: bytes):
        self._heard = self._loop.time()  # any bytes are a sign of life, be it a part of a frame (LIMIT-3)
        if self._ws is not None:
            self._ws.receive_data(data)
            self._flush()
        elif not self._is_ending:
            self._read_http(data)

    def eof_received(self):
        if self._ws is not None:
            self._ws.receive_eof()
            self._flush()

    def connection_lost(self, _):
        self._timer.cancel()
        self._is_ending = True
        self._leave_all()
        self.hub.connections.discard(self)

    # HTTP, one request a connection.

    def _read_http(self, data: bytes):
        self._came += data
        try:
            self._http.receive_data(data)
            while (event := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Request):
                    self._request = event
                    if self._http.they_are_waiting_for_100_continue:
                        go_on = h11.InformationalResponse(status_code=100, headers=[])
                        self._transport.write(self._http.send(go_on))
                elif isinstance(event, h11.Data):
                    self._body += event.data
                    if len(self._body) > LIMITS["maxMessageBytes"]:
                        return self._answer_http(413, "text/plain", b"That is too much.\n")
                elif isinstance(event, h11.EndOfMessage):
                    is_upgrade = b"websocket" in (self._header(b"upgrade") or b"").lower()
                    return self._upgrade() if is_upgrade else self._handle_http()
                else:
                    return self._end_tcp()
        except h11.RemoteProtocolError as error:
            return self._answer_http(error.error_status_hint, "text/plain", b"That is no HTTP.\n")

    def _handle_http(self):
        method, target = self._request.method.decode(), self._request.target.decode()
        if (method, target.partition("?")[0]) not in history.PATHS:
            return self._answer_http(404, "text/plain", b"This is a Roomwire server: a WebSocket at any path.\n")
        code, body = history.answer(self.hub, method, target, self._header(b"authorization"), bytes(self._body))
        return self._answer_http(code, "application/json", json.dumps(body).encode())

    def _header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self._request.headers if key == name), None)

    def _answer_http(self, status: int, content_type: str, body: bytes):
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Connection", "close")]
        for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self._transport.write(self._http.send(event))
        self._transport.write_eof()
        self._end_tcp()

    # WebSocket.

    def _upgrade(self):
        self._ws = WebSocket(self._on_frame)
        rest = bytes(self._http.trailing_data[0])
        # The head alone: what came behind it can be read once it is known whether it is compressed.
        self._ws.receive_data(bytes(self._came[: len(self._came) - len(rest)]))
        for request in self._ws.events_received():
            if isinstance(request, Request):
                self._ws.send_response(self._ws.accept(request))
        self._http, self._came = None, None
        self._opened = self._loop.time()
        self._watch()
        self._flush()
        if self._ws.state is State.OPEN and rest:
            self._ws.receive_data(rest)
            self._flush()

    def _on_frame(self, frame: Frame):
        self._ws.events_received()  # which are the frames that come in here one by one
        if self._ws.state is not State.OPEN:
            return  # it came behind our own close frame, or is the client's
        if frame.opcode is Opcode.BINARY:
            self._ws.fail(1003)  # WS-9
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._text = bytearray(frame.data) if frame.opcode is Opcode.TEXT else self._text + frame.data
            if frame.fin:
                self._on_message(self._text)

    def _on_message(self, message: bytes):
        try:
            text = message.decode()
        except UnicodeDecodeError:
            return self._ws.fail(1007)  # WS-11
        try:
            session.receive(self.hub, self, text)
        except Exception as error:  # our own fault: it is kept from the others (ISO-6), and people's words from the log
            print(f"a frame could not be handled: {type(error).__name__}", file=sys.stderr, flush=True)
            self.end(1011)

    def _flush(self):
        """Gives the system what there is to send. What it does not take waits, and only so much of it (LIMIT-10)."""
        for data in self._ws.data_to_send():
            if self._transport.is_closing():
                continue
            if data:
                self._transport.write(data)
            else:
                self._transport.write_eof()
        if self._transport.get_write_buffer_size() > LIMITS["maxQueueBytes"] and self._ws.state is State.OPEN:
            self._ws.send_close(4101)
            self._flush()
        elif self._ws.close_expected() or self._ws.state is State.CLOSED:
            self._end_tcp()

    # The clock, and the end.

    def _watch(self):
        """Comes back when time is up, as far as can be told now."""
        self._timer.cancel()
        if self._is_ending:
            return
        is_settled = self.user is not None
        due = self._heard + HEARTBEAT_S if is_settled else self._opened + AUTH_S
        if self._loop.time() >= due:
            self.end(4201 if is_settled else 4001)
        else:
            self._timer = self._loop.call_at(due, self._watch)

    def _end_tcp(self):
        """Waits a little for the client to read the last words and to hang up, and not for ever."""
        if not self._is_ending:
            self._is_ending = True
            self._timer.cancel()
            self._timer = self._loop.call_later(CLOSE_S, self._transport.abort)
            # In a moment, and not in the middle of what is being sent to a room.
            self._loop.call_soon(self._leave_all)

    def _leave_all(self):
        for topic in list(self.rooms):
            self.hub.leave(self, topic)
