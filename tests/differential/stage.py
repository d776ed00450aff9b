"""A client and an origin that speak a scenario's bytes over real sockets to a process between them, and
keep what they hear. One Lane plays one case at a time; lanes share nothing."""

import asyncio
import contextlib
from dataclasses import dataclass

import messages
import scripts

GOOD_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PIECE_BYTES = 65536
# What takes a minute in a scenario takes less here: the processes are told to wait as much less.
STALL_SECONDS = 4.0  # in the place of 30 s
TIME_SCALE = STALL_SECONDS / 30
SCALED_FROM_SECONDS = 5.0  # shorter pauses and patience are about order, not about limits
PARTING_SECONDS = 0.15  # weft closes an idle connection that ended when it wants to use it
CASE_SECONDS_MAX = 20.0


@dataclass(frozen=True)
class Seen:
    """What both ends have seen when a case has ended."""

    client: bytes
    closed: bool  # the client's connection
    requests: tuple  # of the origin; whole ones
    rest: bytes  # what it got of others


class Origin:
    """Takes the scenario's part of the backend on every connection it gets."""

    def __init__(self):
        self.case = None
        self.requests = []
        self.parts = []  # a bytearray for each connection: what came behind its last whole request
        self.heard_at = 0.0
        self.answering = 0  # connections with an answer under way
        self.server = None
        self.tasks = set()

    async def listen(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    def begin(self, case):
        self.case = case
        self.requests = []
        self.parts = []

    async def end(self):
        """Ends all connections; nothing of this case can reach the next. Returns what it got in part."""
        rest = b"".join(self.parts)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return rest

    async def serve(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            await self.talk(reader, writer)
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            await part(reader, writer)
        finally:
            self.tasks.discard(task)
            writer.close()

    async def talk(self, reader, writer):
        case, data, has_answered = self.case, bytearray(), False
        self.parts.append(data)
        while True:
            end = messages.request_end(bytes(data))
            if end is not None:
                self.requests.append(bytes(data[:end]))
                del data[:end]
            is_due = end is not None or (case.backend_early and messages.HEAD_END in data)
            if is_due and not has_answered:
                await self.answer(case, writer)
                if case.backend_closes:
                    return
                has_answered = True
            if end is not None:
                has_answered = False
                continue
            piece = await reader.read(PIECE_BYTES)
            self.heard_at = asyncio.get_running_loop().time()
            if not piece:
                return
            data += piece

    async def answer(self, case, writer):
        self.answering += 1
        try:
            for piece in case.backend or (scripts.Piece(0, GOOD_ANSWER),):
                await asyncio.sleep(scaled(piece.pause_seconds))
                writer.write(piece.data)
                await writer.drain()
        finally:
            self.answering -= 1
            self.heard_at = asyncio.get_running_loop().time()

    def is_quiet(self, seconds):
        return not self.answering and asyncio.get_running_loop().time() - self.heard_at >= seconds


async def part(reader, writer):
    """Says that nothing more comes and waits until the other side has understood: a process that has not may
    send the next case's request on this connection."""
    with contextlib.suppress(ConnectionError, OSError, asyncio.TimeoutError):
        writer.write_eof()
        async with asyncio.timeout(PARTING_SECONDS):
            while await reader.read(PIECE_BYTES):
                pass


def scaled(seconds):
    return seconds * TIME_SCALE if seconds > SCALED_FROM_SECONDS else seconds


async def speak(case, writer):
    for piece in case.client:
        await asyncio.sleep(scaled(piece.pause_seconds))
        writer.write(piece.data)
        await writer.drain()
    if case.client_ends:
        writer.write_eof()


async def listen(reader, speech, origin, quiet_seconds):
    """Until the connection has ended, or nobody said anything for a while after all was said."""
    loop = asyncio.get_running_loop()
    heard, begun = b"", loop.time()
    while loop.time() - begun < CASE_SECONDS_MAX:
        try:
            piece = await asyncio.wait_for(reader.read(PIECE_BYTES), quiet_seconds)
        except asyncio.TimeoutError:
            if speech.done() and origin.is_quiet(quiet_seconds):
                return heard, False
            continue
        except ConnectionError:
            return heard, True
        if not piece:
            return heard, True
        heard += piece
    return heard, False


async def play(case, port, origin, quiet_seconds):
    """Plays a case once against the process on `port`, behind which `origin` is."""
    if case.patience_seconds > SCALED_FROM_SECONDS:
        quiet_seconds = max(quiet_seconds, scaled(case.patience_seconds))
    origin.begin(case)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    speech = asyncio.ensure_future(speak(case, writer))
    try:
        heard, closed = await listen(reader, speech, origin, quiet_seconds)
    finally:
        speech.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await speech
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        requests, rest = tuple(origin.requests), await origin.end()
    return Seen(heard, closed, requests, rest)


def statuses_of(case, seen):
    return tuple(status for status, _ in messages.answers(seen.client, case.bodiless))


async def play_all(server, origins, cases, quiet_seconds):
    """{case: Seen} of the cases against one server, its lanes side by side."""
    queue, seen = list(reversed(cases)), {}

    async def lane(number):
        while queue:
            case = queue.pop()
            port = await server.port(number)
            seen[case] = await play(case, port, origins[number], quiet_seconds)
            await server.judge(number, statuses_of(case, seen[case]))

    await asyncio.gather(*(lane(number) for number in range(len(origins))))
    return seen
