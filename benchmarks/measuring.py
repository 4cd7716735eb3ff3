"""What every benchmark needs: percentiles, what a child process cost, which machine it was, and where results go.

Times are CPU times, user and system together: on a busy machine the clock on the wall measures the neighbours.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Any

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("neural-memory", "click", "rich", "snowballstemmer", "onnxruntime", "numpy", "mcp")


class Child:
    """A process that is asked by lines and answers by lines, stopped when enough was heard."""

    def __init__(self, command: Sequence[str | Path], home: Path) -> None:
        self._start = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home,
            env=_environment(home),
        )

    def tell(self, message: dict[str, Any]) -> None:
        pipe = _pipe(self._process.stdin)
        pipe.write(json.dumps(message).encode() + b"\n")
        pipe.flush()

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to a JSON-RPC request; anything but a result is a failed run."""
        self.tell(message)
        reply = json.loads(self.line())
        assert "result" in reply, reply
        return dict(reply["result"])

    def close_input(self) -> None:
        """Say that nothing more will come."""
        _pipe(self._process.stdin).close()

    def line(self) -> bytes:
        return _pipe(self._process.stdout).readline()

    def peak_mb(self) -> float | None:
        """The most memory it has held so far (Linux says, other systems do not).

        Not wait4's ru_maxrss: that begins with what this process held at the fork.
        """
        return self._memory("VmHWM")

    def held_mb(self) -> float | None:
        """The memory it holds now."""
        return self._memory("VmRSS")

    def _memory(self, name: str) -> float | None:
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return None
        kilobytes = [line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:")]
        return round(int(kilobytes[0]) / 1024, 1) if kilobytes else None

    def end(self, *, kill: bool = True) -> dict[str, float]:
        """Stop it at once (or wait for its own end): the CPU it took, and the time since its start."""
        wall = time.perf_counter() - self._start
        if kill:
            self._process.kill()
        _, status, usage = os.wait4(self._process.pid, 0)
        if not kill:
            wall = time.perf_counter() - self._start
        self._process.returncode = os.waitstatus_to_exitcode(status)
        for pipe in (self._process.stdin, self._process.stdout):
            _pipe(pipe).close()
        return {"cpu_ms": round(1000 * (usage.ru_utime + usage.ru_stime), 2), "wall_ms": round(1000 * wall, 2)}


def _environment(home: Path) -> dict[str, str]:
    """A home of its own; and compiled modules are kept, as for everybody who did not ask otherwise."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "NEURAL_MEMORY_HOME": str(home / "neural-memory")}


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed: an observed one, nothing is interpolated."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and how many there were."""
    return {
        "p50": round(percentile(milliseconds, 0.5), 3),
        "p95": round(percentile(milliseconds, 0.95), 3),
        "n": len(milliseconds),
    }


def machine() -> dict[str, Any]:
    """What the figures depend on, and nothing that names the machine."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[2], 1) if hasattr(os, "getloadavg") else None,  # of the last quarter of an hour
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def save(name: str, figures: dict[str, Any]) -> Path:
    """Write results/<name>.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **figures}, indent=1) + "\n")
    print(f"wrote {path.relative_to(RESULTS.parent.parent)}")
    return path


def say(text: str) -> None:
    print(text)
    sys.stdout.flush()


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
