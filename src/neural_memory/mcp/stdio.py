"""When is what read, done and written?  The server on stdin and stdout, for one client.

    main thread    reads stdin, answers what needs no memory at once, watches for the end
    worker thread  owns the Brain and does one errand after the other

The end comes as EOF (what is queued is finished, as long as it moves), as a signal or a lost parent (what
runs gets half a second), or as a broken stdout. A client may kill us at any moment, so nothing depends on a
clean end.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from queue import Empty, SimpleQueue

from neural_memory.mcp.jsonrpc import PARSE_ERROR, Refusal, line, parse
from neural_memory.mcp.protocol import Conversation, Errand

TYPE_CHECKING = False
if TYPE_CHECKING:
    import select
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any, NoReturn

    from neural_memory.brain import Brain

LONGEST_LINE = 16 * 1024 * 1024  # bytes; what is longer is thrown away as it comes in
CHUNK = 64 * 1024  # what a pipe holds
PATIENCE = 0.8  # seconds that one errand may take after EOF
GRACE = 0.5  # seconds that the running errand gets after a signal
PARENT_CHECK = 5_000  # milliseconds between looks at our parent
IDLE = 600  # seconds without a call after which the embedding model's memory is given back
MODEL_PATIENCE = 2.0  # seconds that the first question waits for the model, before it is answered by words
QUIET = 0.5  # seconds without a call after which what was stored is linked
WARM_UP_DELAY = 0.25  # seconds: a client that only wanted the handshake costs no more than that


def serve() -> NoReturn:
    """Serve the client on stdin and stdout until it is gone; then exit."""
    try:
        Server(0, take_stdout()).run()
    except OSError as error:
        print(f"neural-memory: stdin or stdout cannot be used: {error.strerror}", file=sys.stderr)
        os._exit(1)


class Server:
    """The two threads and what they share."""

    def __init__(self, stdin: int, stdout: int, talk: Conversation | None = None) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._parent = os.getppid()
        self._poll = _poll(stdin)
        self._writing = threading.Lock()
        self._talk = talk or Conversation()
        self._errands: SimpleQueue[Errand | None] = SimpleQueue()  # None: no more. put() may interrupt itself
        self._worker: threading.Thread | None = None
        self._open = threading.Lock()  # held until the worker has ended; an Event could deadlock in a signal
        self._open.acquire()
        self._stopping = False  # begin nothing new
        self._steps = 0  # grows whenever the worker gets something done
        self._warm = False
        self._brain: Brain | None = None

    # ---- the main thread

    def run(self) -> NoReturn:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        for text in _lines(self._stdin, self._wait_for_input):
            self._answer(text)
            if self._worker is None:  # only now: the first reply is what a client waits for
                self._worker = threading.Thread(target=self._work, daemon=True)
                self._worker.start()
        self._finish()

    def _wait_for_input(self) -> None:
        """Sleep until there is something to read. A parent that died took the client with it, even when
        somebody else still holds our stdin open."""
        while self._poll and not self._poll.poll(PARENT_CHECK):
            if os.getppid() != self._parent:
                self._stop()

    def _answer(self, text: bytes | None) -> None:
        """Reply to one line of input, or queue it as an errand."""
        if text is not None and not text.strip():
            return
        try:
            if text is None:
                raise Refusal(PARSE_ERROR, f"Parse error: the line is longer than {LONGEST_LINE:,} bytes")
            reply = self._talk.hear(parse(text))
        except Refusal as refusal:
            reply = refusal.reply(None)
        if isinstance(reply, Errand):
            self._errands.put(reply)
        elif reply is not None:
            self.write(reply)

    def write(self, message: dict[str, Any]) -> None:
        """Send one message, from whichever thread."""
        data = memoryview(line(message))
        try:
            with self._writing:
                while data:
                    data = data[os.write(self._stdout, data) :]
        except OSError:  # nobody reads us any more
            os._exit(0)

    def _finish(self) -> NoReturn:
        """After EOF: let the worker end what is queued, as long as it gets on."""
        self._errands.put(None)
        seen = self._steps
        while self._worker and not self._open.acquire(timeout=PATIENCE):
            if self._steps == seen:
                print("neural-memory: ended before every call was done", file=sys.stderr)
                break
            seen = self._steps
        os._exit(0)  # at once: the worker may be inside SQLite, waiting for another process

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._stopping:
            self._stop()

    def _stop(self) -> NoReturn:
        """Begin nothing new, give what is running a moment, and go."""
        self._stopping = True
        self._errands.put(None)
        if self._worker:
            self._open.acquire(timeout=GRACE)
        os._exit(0)

    # ---- the worker thread

    def _work(self) -> None:
        while errand := self._next():
            if not self._stopping and self._talk.begin(errand):
                for message in self._talk.do(errand, self._opener(errand)):
                    self.write(message)
            self._steps += 1
        try:
            if self._brain:
                self._brain.close()
        except Exception as error:  # noqa: BLE001 - a door: we are leaving, and what was answered is on disk
            print(f"neural-memory: closing failed: {type(error).__name__}", file=sys.stderr)
        self._open.release()

    def _next(self) -> Errand | None:
        """The next errand. If the first one is long in coming, use the time to import what it will need."""
        if not self._warm:
            self._warm = True
            try:
                return self._errands.get(timeout=WARM_UP_DELAY)
            except Empty:
                _import_brain()
        if self._brain:
            try:
                return self._errands.get(timeout=QUIET)
            except Empty:
                self._settle()
        while self._brain:
            try:
                return self._errands.get(timeout=IDLE)
            except Empty:
                self._brain.rest(IDLE)
                break
        return self._errands.get()

    def _settle(self) -> None:
        """Use the quiet to link what was stored; if the file cannot be used now, the next call will say so."""
        from neural_memory.errors import NeuralMemoryError

        try:
            while self._brain and self._brain.settle() and self._errands.empty():
                pass
        except NeuralMemoryError:
            return

    def _opener(self, errand: Errand) -> Callable[[], Brain]:
        return lambda: self._memory(errand.client)

    def _memory(self, client: str) -> Brain:
        """The Brain, opened when it is first needed (and tried again when it could not be opened)."""
        if self._brain is None:
            from neural_memory.brain import Brain
            from neural_memory.project import detect, workplace
            from neural_memory.store.entry import WINDOW

            self._steps += 1  # importing is getting on, too
            session = os.environ.get("CLAUDE_CODE_SESSION_ID") or f"{WINDOW}{os.urandom(4).hex()}"
            self._brain = Brain.open(source=client, session=session, project=detect(), code=workplace())
            self._brain.patience = MODEL_PATIENCE
            self._steps += 1
        self._brain.source = client
        return self._brain


def take_stdout() -> int:
    """The way to the client, ours alone from now on: whatever Python code prints goes to stderr.

    It stays descriptor 1: who traces the server's system calls sees there what was acknowledged, and when.
    """
    os.fstat(1)  # closed? Then say so now: the next file that is opened would get its number
    sys.stdout = sys.stderr
    if os.name == "posix":
        os.set_blocking(1, True)
    return 1


def _poll(fd: int) -> select.poll | None:
    """Something that waits for input with a timeout; Windows has none for pipes."""
    if os.name != "posix":
        return None
    import select

    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return poll


def _lines(fd: int, wait: Callable[[], None]) -> Iterator[bytes | None]:
    """The lines that come in; None stands for one that was too long to keep."""
    begun = bytearray()
    too_long = False
    while chunk := _read(fd, wait):
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            yield None if too_long else bytes(begun + end)
            begun.clear()
            too_long = False
        begun += rest
        if too_long or len(begun) > LONGEST_LINE:
            begun.clear()
            too_long = True
    if begun:
        yield bytes(begun)


def _read(fd: int, wait: Callable[[], None]) -> bytes:
    wait()
    try:
        return os.read(fd, CHUNK)
    except OSError:  # stdin is gone or never was
        return b""


def _import_brain() -> None:
    try:
        import neural_memory.answers
        import neural_memory.brain  # noqa: F401
    except ImportError:
        return  # the first call will meet it again, and has somebody to tell
