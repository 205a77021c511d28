"""`polybn prove [ID ...]`: run the executable proofs, and print every step and what it rests on."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from polybn.commands.arguments import Subparsers, add_command
from polybn.commands.claims import claims_of, wrapped
from polybn.commands.output import Clock, say, working, write, write_json
from polybn.errors import InputError, ProofError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polybn.claims import Claim
    from polybn.reports.proofs import Proven

SUMMARY = "run the executable proofs: every step, what it rests on, and where the formal proof is"
DESCRIPTION = """Without an ID all of them. A checked step is a polynomial identity over the rationals, a sum of
squares, a certificate of infeasibility, a limit, a split into cases or a finite family; what is argued in words, tested
or cited is printed as such. Questions of fixed size are decided by z3 where it is installed (pip install
'polybn[smt]'). Formal proofs are compiled by `make proofs`; here the record of that is read. Exit code 1 when a step
fails, 3 when z3 stopped before an answer. A claim without a proof says what is known of it, which is no failure.

examples:
  polybn prove theorem-1
  polybn prove --json
  polybn prove --page proofs/README.md"""


def register(subparsers: Subparsers) -> None:
    """The command's arguments."""
    parser = add_command(subparsers, "prove", SUMMARY, DESCRIPTION)
    parser.add_argument("ids", nargs="*", metavar="ID", help="claims to prove (default: all)")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="write the page of all proofs, Markdown, to a file instead"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the proofs; 0, 1 when a step fails, 3 when z3 stopped before an answer."""
    from polybn.claims import CLAIMS

    if args.page is not None:
        return _write_page(args)
    chosen = claims_of(args.ids) if args.ids else list(CLAIMS.values())
    start = perf_counter()
    with working("running proofs", quiet=args.quiet) as clock:
        found, failed, unsettled = _run(chosen, clock)
    _show(found, perf_counter() - start, args)
    for line in (*failed, *unsettled):
        say(line)
    return 1 if failed else 3 if unsettled else 0


def _run(chosen: Sequence[Claim], clock: Clock) -> tuple[list[Proven], list[str], list[str]]:
    """What ran to its end, what failed, and what z3 left open; a failure stops no other claim."""
    from polybn.reports.proofs import proven
    from polybn.smt import UnsettledError

    found: list[Proven] = []
    failed: list[str] = []
    unsettled: list[str] = []
    for claim in chosen:
        clock.show(claim.id)
        try:
            found.append(proven(claim))
        except UnsettledError as error:
            unsettled.append(f"a question on {claim.id} is open: {error}")
        except ProofError as error:
            failed.append(f"the proof of {claim.id} fails: {error}")
    return found, failed, unsettled


def _show(found: Sequence[Proven], seconds: float, args: argparse.Namespace) -> None:
    from polybn.reports.proofs import as_data, is_told, lines_of, summary

    shown = found if args.ids else [one for one in found if is_told(one)]
    if args.json:
        write_json({"proofs": [as_data(one) for one in shown]})
    elif shown:
        write("\n\n".join(wrapped(lines_of(one)) for one in shown))
        write(f"\n{summary(found, seconds)}")


def _write_page(args: argparse.Namespace) -> int:
    from polybn.files import write_text_atomically
    from polybn.reports.proof_page import page

    if args.ids or args.json:
        raise InputError("--page writes one page of all claims, in Markdown. Leave the ids and --json out.", args)
    write_text_atomically(args.page, page())
    return 0
