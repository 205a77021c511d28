"""Compile the formal proofs: `python proofs/rocq/compile.py [--only ID] [--json] [--record]`.

Each *.v here is compiled alone, in a temporary folder, two or more at a time; then farkas_instances.v, the Farkas
multipliers of enumerations that are run now, on top of farkas.v. One line a file: its name, its theorems, seconds, and
what `Print Assumptions` says they rest on. What was compiled must be what record.json says, which `--record` writes.
Exit codes: 0 all are proved, closed and recorded, 1 one is not, 2 Coq is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

from coq import Compiled, MissingError, claim_of, compile_text, version

from polybn.proof.formal import RECORD, Entry, digest, record_of, recorded

FOLDER = Path(__file__).resolve().parent
CHECKER = "farkas.v"
INSTANCES = "farkas_instances.v"


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """The exit code; the result goes to stdout and complaints to stderr."""
    parser = argparse.ArgumentParser(prog="compile.py", description="Compile the formal proofs with Coq.")
    parser.add_argument("--only", metavar="ID", help="one claim, or farkas, or farkas-instances")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("--record", action="store_true", help="write record.json, once all are proved")
    options = parser.parse_args(arguments)
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.v"))}
    known = sorted({*texts, INSTANCES} if CHECKER in texts else texts)
    chosen = [file for file in known if options.only in (None, claim_of(file))]
    if not chosen:
        ids = ", ".join(map(claim_of, known)) or "none: the folder has no .v file"
        print(f"There is no formal proof of {options.only!r}; the ids are: {ids}.", file=sys.stderr)
        return 2
    results: list[Compiled] = []
    try:
        coq = version()
        for result in compiled(texts, chosen, generated_instances):
            results.append(result)
            _show(result, options.json)
    except MissingError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"coq": coq, "files": [_as_json(result) for result in results]}, indent=2))
    if any(result.fault is not None for result in results):
        return 1
    ours = [result for result in results if result.file in texts]
    if options.record:
        write_record(folder, coq, texts, ours, whole=options.only is None)
    return int(_show_unrecorded(folder, texts, ours))


def compiled(texts: Mapping[str, str], chosen: Sequence[str], instances: Callable[[], str]) -> Iterator[Compiled]:
    """The chosen files, compiled, in the order given; `instances` is called only if its file is chosen.

    The checker is compiled for the instances even if it was not chosen. Raises `MissingError`.
    """
    with tempfile.TemporaryDirectory(prefix="polybn-") as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        build = Path(name)
        # The checker first: the instances wait for it.
        needed = [CHECKER] if {CHECKER, INSTANCES} & set(chosen) else []
        order = [*needed, *(file for file in chosen if file not in (CHECKER, INSTANCES))]
        try:
            jobs = {file: pool.submit(compile_text, file, texts[file], build) for file in order}
            if INSTANCES in chosen:
                text = instances()
                if jobs[CHECKER].result().fault is None:
                    jobs[INSTANCES] = pool.submit(compile_text, INSTANCES, text, build, alone=False)
            for file in chosen:
                yield jobs[file].result() if file in jobs else Compiled(file, (), (), 0.0, f"{CHECKER} is refused.")
        finally:
            pool.shutdown(cancel_futures=True)


def generated_instances() -> str:
    """farkas_instances.v, from enumerations run now."""
    from export import generated

    return generated()


def write_record(folder: Path, coq: str, texts: Mapping[str, str], results: Sequence[Compiled], *, whole: bool) -> None:
    """record.json: what was compiled, and unless that is all of the folder, what the record said of the rest."""
    record = record_of(coq, ((one.file, texts[one.file], said(one)) for one in results))
    if not whole:
        _, before = recorded(folder)
        record["files"] = dict(sorted({**before, **cast("dict[str, Entry]", record["files"])}.items()))
    (folder / RECORD).write_text(f"{json.dumps(record, indent=1)}\n", encoding="utf-8")
    recorded.cache_clear()


def said(result: Compiled) -> dict[str, str]:
    """What `Print Assumptions` said of each theorem."""
    return dict(zip(result.theorems, result.assumptions, strict=True))


def _show_unrecorded(folder: Path, texts: Mapping[str, str], results: Sequence[Compiled]) -> bool:
    """Whether something that was compiled is not in the record as it is."""
    files = recorded(folder)[1]
    other = [
        one.file for one in results if files.get(one.file) != {"sha256": digest(texts[one.file]), "theorems": said(one)}
    ]
    for file in other:
        print(f"{file} is proved, and {RECORD} does not say so: run compile.py --record.", file=sys.stderr)
    return bool(other)


def _show(result: Compiled, as_json: bool) -> None:
    if result.fault is not None:
        print(f"{result.file}: {result.fault}", file=sys.stderr)
    if not as_json:
        state = "; ".join(sorted(set(result.assumptions))) if result.fault is None else "FAILED"
        print(f"{result.file:40} {result.seconds:5.1f} s  {', '.join(result.theorems)}: {state}", flush=True)


def _as_json(result: Compiled) -> dict[str, object]:
    fault = {} if result.fault is None else {"fault": result.fault}
    return {
        "file": result.file,
        "claim": result.claim,
        "theorems": list(result.theorems),
        "assumptions": list(result.assumptions),
        "seconds": round(result.seconds, 2),
        **fault,
    }


if __name__ == "__main__":
    sys.exit(main())
