"""A Python that has peers: each question is a process of its own with a time limit, so that none can end a table."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("peers.py")
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Answer:
    """What a peer said: a number of regions, with processor seconds and peak memory, or why there is none."""

    regions: int | None = None
    seconds: float = 0.0
    megabytes: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class Interpreter:
    """The path of a Python, the seconds that a question may take, and for how many of them a fast peer is repeated."""

    python: str
    limit: float = 30.0
    repeat: float = 1.0
    script: Path = SCRIPT

    def installed(self) -> dict[str, str]:
        """The versions of the peers that this Python finds; SystemExit where it cannot be asked."""
        try:
            run = subprocess.run(
                [self.python, self.script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self.limit
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise SystemExit(f"{self.python} does not answer ({problem}). --peer-python takes a Python.") from None
        try:
            return json.loads(run.stdout)
        except ValueError:
            said = _last_line(run.stderr) or "nothing said"
            needed = "--peer-python takes a Python, 3.10 or newer, that has numpy"
            raise SystemExit(f"{self.python} cannot look for peers ({said}). {needed}.") from None

    def ask(self, name: str, layers: list[Any], radius: float) -> Answer:
        """The regions that a peer finds of the ReLU network with these float layers in [-radius, radius]^d."""
        question = json.dumps({"layers": layers, "radius": radius, "repeat": self.repeat})
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [self.python, self.script, name],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
            errors="replace",
            env=os.environ | ONE_CORE,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(question, timeout=self.limit)
            except subprocess.TimeoutExpired:
                return Answer(failure=f"no answer in {self.limit:g} s")
            finally:
                # The processes that a peer started would live on, and keep the pipes open.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
        return _read(out, err, process.returncode)


def _read(out: str, err: str, status: int) -> Answer:
    """The answer in what a process left behind, whatever that is."""
    try:
        said = json.loads(out)
        if "refused" in said:
            return Answer(failure=f"refused: {_short(said['refused'])}")
        return Answer(int(said["regions"]), float(said["seconds"]), float(said["megabytes"]))
    except (ValueError, KeyError, TypeError):
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return Answer(failure=f"crashed with {how}: {_last_line(err) or 'nothing said'}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return _short(lines[-1]) if lines else ""


def _short(text: str) -> str:
    """Fits a cell of a table."""
    return textwrap.shorten(text.replace("|", "/"), 120, placeholder=" ...")
