"""`polybn prove [ID ...]`: run the executable proofs, and print every step and what it rests on."""

from __future__ import annotations

import argparse
from time import perf_counter

from polybn.commands.arguments import Subparsers, add_command
from polybn.commands.claims import claims_of, wrapped
from polybn.commands.output import say, working, write, write_json
from polybn.errors import ProofError

SUMMARY = "run the executable proofs: every step, what it rests on, and where the formal proof is"
DESCRIPTION = """Without an ID all of them. A checked step is a polynomial identity over the rationals, a sum of
squares, a certificate of infeasibility, a limit, a split into cases or a finite family; what is argued in words, tested
or cited is printed as such. Questions of fixed size are decided by z3 where it is installed (pip install
'polybn[smt]'). Formal proofs are compiled by `make proofs`; here the record of that is read. Exit code 1 when a step
fails, 2 for an unknown ID. A claim without a proof says what is known of it.

examples:
  polybn prove theorem-1
  polybn prove --json
  polybn prove --page proofs/README.md"""


def register(subparsers: Subparsers) -> None:
    """The command's arguments."""
    parser = add_command(subparsers, "prove", SUMMARY, DESCRIPTION)
    parser.add_argument("ids", nargs="*", metavar="ID", help="claims to prove (default: all)")
    parser.add_argument("--page", metavar="FILE", help="write the page of all proofs, Markdown, to a file instead")


def run(args: argparse.Namespace) -> int:
    """Prints the proofs; 0, or 1 at the first step that fails."""
    from polybn.claims import CLAIMS
    from polybn.reports.proof_page import page
    from polybn.reports.proofs import Proven, as_data, lines_of, proven, summary

    if args.page:
        from polybn.files import write_text_atomically

        write_text_atomically(args.page, page())
        return 0
    chosen = claims_of(args.ids) if args.ids else list(CLAIMS.values())
    found: list[Proven] = []
    start = perf_counter()
    with working("running proofs", quiet=args.quiet) as clock:
        for claim in chosen:
            clock.show(claim.id)
            try:
                found.append(proven(claim))
            except ProofError as error:
                say(f"the proof of {claim.id} fails: {error}")
                return 1
    shown = found if args.ids else [one for one in found if one.proof is not None or one.questions]
    if args.json:
        write_json({"proofs": [as_data(one) for one in shown]})
        return 0
    write("\n\n".join(wrapped(lines_of(one)) for one in shown))
    write(f"\n{summary(found, perf_counter() - start)}")
    return 0
