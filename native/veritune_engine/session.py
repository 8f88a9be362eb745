"""One session with the trainer: connects to its socket, says hello, answers calls one at a time, hears stops meanwhile.

Under torchrun every process has a session; that of the speaker (ranks.py) is with the trainer, the others' are with the speaker.
"""

import os
import signal
import socket
import sys
from queue import Queue
from threading import Event, Thread
from typing import Any

from .failure import Failure, to_wire
from .wire import Connection, Frame

PROTOCOL = 2
OLDEST_PYTHON = (3, 11)
PACKAGES = ("torch", "transformers", "safetensors", "numpy")


def main() -> None:
    # Ctrl-C reaches the whole group of a terminal. The trainer ends its step and asks for a checkpoint; the engine ends with the trainer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prefer_kill()
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Session(_greeted(), None).run()
    else:
        # By SIGTERM torchrun ends what is left, to begin all again: at once, whatever runs.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _run_ranked()


def _run_ranked() -> None:
    from .links import end_with_trainer, link_of
    from .ranks import Ranks

    ranks = Ranks.join("VERITUNE_ENGINE_ADDRESS" in os.environ)
    trainer = None
    if ranks.is_speaker:
        try:
            trainer = _greeted()
        except OSError:
            end_with_trainer()
    Session(link_of(ranks, trainer), ranks).run()


def _greeted() -> Connection:
    """The trainer, which knows who calls. A restart under torchrun says so by its number."""
    connection = _connect(os.environ["VERITUNE_ENGINE_ADDRESS"])
    hello = {"protocol": PROTOCOL, "token": os.environ["VERITUNE_ENGINE_TOKEN"], "process_id": os.getpid()}
    connection.send({"hello": hello | {"epoch": int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))}})
    return connection


class Session:
    def __init__(self, connection: Any, ranks: Any) -> None:
        """connection: wire.Connection or one of links.py; ranks: ranks.Ranks, None for a process alone."""
        self._connection = connection
        self._ranks = ranks
        if ranks is not None:
            ranks.on_failure = lambda wire: connection.fail({"id": self._current, "error": wire, **_usage()})
        self._calls: Queue[Frame] = Queue()
        # Of the call under way.
        self._current = 0
        self._stop = Event()
        self._place = ""

    def run(self) -> None:
        """Until the trainer goes."""
        Thread(target=self._hear, daemon=True).start()
        self.enter("loading the model")
        performer: Any = None
        while True:
            frame = self._calls.get()
            call = frame.header
            self._current = call["id"]
            self._stop.clear()
            if call["is_stopped"]:
                self._stop.set()
            try:
                performer = performer or _performer(self, self._ranks)
                answer, tensors = performer.perform(frame)
                outcome: dict[str, Any] = {"result": answer}
            except Exception as error:
                outcome, tensors = {"error": to_wire(error, self._place)}, []
            outcome = self._connection.finish(outcome | _usage())
            self.enter("the pause between two calls")
            self._connection.send({"id": call["id"], **outcome}, [] if "error" in outcome else tensors)

    def event(self, header: dict[str, Any], tensors: list[memoryview]) -> None:
        """Of the call under way."""
        self._connection.send({"id": self._current, "event": header}, tensors)

    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def enter(self, place: str) -> None:
        """Told before anything that may crash: what was sent survives the process."""
        if place != self._place:
            self._place = place
            self._connection.send({"place": place})

    def _hear(self) -> None:
        while True:
            try:
                frame = self._connection.receive()
            except OSError:
                frame = None
            if frame is None:
                # The trainer is gone: with it goes whatever runs here, and the memory that it holds.
                os._exit(0)
            if "stop" not in frame.header:
                self._calls.put(frame)
            elif frame.header["stop"] == self._current:
                self._stop.set()


def _performer(session: Session, ranks: Any) -> Any:
    """Imported when the trainer can already be told what is missing. Throws Failure python.too-old, python.packages-missing."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        raise Failure("python.too-old", python=sys.executable, found=found)
    import importlib.util

    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise Failure("python.packages-missing", python=sys.executable, packages=", ".join(missing))
    from .calls import Calls

    return Calls(session, ranks)


def _connect(address: str) -> Connection:
    """address: unix:<path> or tcp:<host>:<port>."""
    kind, _, place = address.partition(":")
    if kind == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.connect(place)
        return Connection(link)
    host, _, port = place.rpartition(":")
    link = socket.create_connection((host, int(port)))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(link)


def _usage() -> dict[str, Any]:
    return {"resident_bytes": _resident_bytes(), "device_bytes": _device_bytes()}


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        # The most so far: macOS gives bytes and does not say what is held now.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _device_bytes() -> int | None:
    """The most that was held on the card so far; None without one, or before anything is on it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    return torch.cuda.max_memory_reserved()


def _prefer_kill() -> None:
    """When Linux runs out of memory, this process is to go: not the trainer, which can still say so, and nothing else of the person's."""
    if not sys.platform.startswith("linux"):
        return
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("800")
    except OSError:
        # Some containers forbid it; then the kernel chooses by size, which is this process as well.
        pass
