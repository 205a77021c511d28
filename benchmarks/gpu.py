"""All that wants a GPU, in one run: `python benchmarks/gpu.py [--out DIR] [--seeds N]`; it says so where there is none.

Whether the GPU says what the processor says (`device_agreement.py`), the agreement and drawn networks of the tests,
what counting costs there (`crossings.py`), and the paper's sizes of the experiments, whose results go to DIR. Every
part's output and exit status are kept in DIR/gpu.json. Exits with 1 if any part failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import torch

HERE = Path(__file__).parent
EXPERIMENTS = ("fig-4", "fig-3", "claims", "fig-5", "fig-6", "fig-7", "noise", "table-1")


def parts(seeds: int, out: Path) -> dict[str, list[str]]:
    """The command of each part by name."""
    found = {
        "agreement": [str(HERE / "device_agreement.py")],
        "drawn networks": [
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            str(HERE.parent / "tests/statistical/test_agreement_many.py"),
        ],
        "cost, width 8": [str(HERE / "crossings.py"), "--device", "cuda"],
        "cost, width 64": [str(HERE / "crossings.py"), "--device", "cuda", "--width", "64"],
    }
    for name in EXPERIMENTS:
        found[name] = ["-m", "polybn", "scale", name, "--full", "--device", "cuda", "--seeds", str(seeds)]
        found[name] += ["--out", str(out), "--quiet"]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu-results"), metavar="DIR")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", action="append", metavar="PART", help="one part, by name; may be given again")
    given = parser.parse_args()
    if not torch.cuda.is_available():
        print(f"torch {torch.__version__} finds no GPU here, so there is nothing to run.")
        return 0
    asked = parts(given.seeds, given.out)
    if unknown := [name for name in given.only or () if name not in asked]:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(asked)}")
    given.out.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict[str, object]] = {}
    for name, command in asked.items():
        if given.only and name not in given.only:
            continue
        print(f"> {name}", flush=True)
        start = time.perf_counter()
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr, sep="", flush=True)
        seconds = round(time.perf_counter() - start, 1)
        results[name] = {"status": done.returncode, "seconds": seconds, "output": done.stdout}
        head = {"device": torch.cuda.get_device_name(), "torch": torch.__version__}
        (given.out / "gpu.json").write_text(json.dumps({**head, "parts": results}, indent=1), encoding="utf-8")
    failed = [name for name, result in results.items() if result["status"]]
    print(f"failed: {', '.join(failed)}" if failed else "All parts ran.")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
