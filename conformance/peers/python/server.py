"""A right server of all profiles of Roomwire 1, written from docs/spec alone. See README.md."""

import argparse
import asyncio
import os
import signal

try:
    import h11, websockets  # noqa: E401, F401
except ModuleNotFoundError as missing:
    raise SystemExit(f"{missing}. In the folder of this server: pip install -r requirements.txt") from None

from connection import Connection
from limits import CLOSE_S, DRAIN_MS
from rooms import Hub
from session import ANNOUNCEMENT


async def main(port: int):
    hub = Hub()
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    server = await loop.create_server(lambda: Connection(hub), "127.0.0.1", port, backlog=1024)
    print(f"Listening on ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await told.wait()
    await drain(hub, server)


async def drain(hub: Hub, server: asyncio.Server):
    """Announces, takes nothing new, and closes (LIMIT-17 to LIMIT-20, NOTE-13)."""
    hub.draining = True
    server.close()
    for conn in list(hub.connections):
        if conn.user is not None:
            conn.send(ANNOUNCEMENT)
    await asyncio.sleep(DRAIN_MS / 1000)
    for conn in list(hub.connections):
        conn.end(4202)
    # Each of them ends by its own clock; a moment is enough for those that listen.
    for _ in range(CLOSE_S * 10):
        if not hub.connections:
            break
        await asyncio.sleep(0.1)


def read_port() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 0), help="0, or none, is any free one")
    return parser.parse_args().port


if __name__ == "__main__":
    asyncio.run(main(read_port()))
