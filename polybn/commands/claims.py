"""`polybn claims [ID ...]`: what is claimed, where, under which hypotheses, and what is known of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from textwrap import fill
from typing import TYPE_CHECKING

from polybn.commands.arguments import Subparsers, add_command
from polybn.commands.output import say, working, write, write_json
from polybn.errors import ClaimError

if TYPE_CHECKING:
    from polybn.auditing.at_hand import Known
    from polybn.claims import Claim

WIDTH = 100
MOST_NEAR = 4
SUMMARY = "list the claims: sentence, source, hypotheses, twin, and what is known"
DESCRIPTION = """Without an ID all of them; with IDs their whole text: steps of the proof, the kept counterexample, and
for each hypothesis the witness that shows it to be needed. A status is computed, for batch normalisation, from what is
quick to check: kept counterexamples are replayed and proofs are run. UNDECIDED means that neither is at hand;
polybn audit draws instances. Exit code 1 when a kept witness no longer fails as it states.

examples:
  polybn claims
  polybn claims theorem-2 theorem-2-same-side
  polybn claims --json"""


def register(subparsers: Subparsers) -> None:
    """The command's arguments."""
    parser = add_command(subparsers, "claims", SUMMARY, DESCRIPTION)
    parser.add_argument("ids", nargs="*", metavar="ID", help="claims to tell all of (default: list every claim)")


def run(args: argparse.Namespace) -> int:
    """Prints the claims; 0, or 1 when a kept witness no longer fails as it states."""
    from polybn.auditing.at_hand import known
    from polybn.claims import CLAIMS
    from polybn.reports.describe import described, listed, spelled

    chosen = claims_of(args.ids) if args.ids else list(CLAIMS.values())
    found: list[Known] = []
    with working("replaying witnesses and running proofs", quiet=args.quiet) as clock:
        for claim in chosen:
            clock.show(claim.id)
            found.append(known(claim))
    broken = _disagreements(found, sharp=bool(args.ids))
    if args.json:
        write_json({"normalization": found[0].verdict.normalization, "claims": [described(one) for one in found]})
    else:
        write("\n\n".join(wrapped(spelled(one) if args.ids else listed(one)) for one in found))
    for line in broken:
        say(line)
    return int(bool(broken))


def claims_of(ids: Iterable[str]) -> list[Claim]:
    """The claims with these ids; raises `ClaimError` that names the near ones for an unknown id."""
    from polybn.claims import CLAIMS

    chosen: dict[str, Claim] = {}
    for given in ids:
        id = given.strip()
        if id not in CLAIMS:
            raise ClaimError(
                f"{id!r} is not a claim that polybn decides.{_near(id, list(CLAIMS))} "
                f"polybn claims lists all {len(CLAIMS)}.",
                given,
            )
        chosen[id] = CLAIMS[id]
    return list(chosen.values())


def _near(id: str, known: Sequence[str]) -> str:
    """ " Did you mean 'theorem-2' or 'theorem-3'?": those that begin with it, or those spelled much like it."""
    start = [one for one in known if id and one.startswith(id.lower())]
    like = get_close_matches(id.lower(), known, n=MOST_NEAR)
    near = start[:MOST_NEAR] or [one for one in known if one in like]
    if not near:
        return ""
    *others, last = map(repr, near)
    return f" Did you mean {', '.join(others)} or {last}?" if others else f" Did you mean {last}?"


def _disagreements(found: Iterable[Known], *, sharp: bool) -> list[str]:
    """What no longer agrees with a kept file; `sharp` looks at the witnesses for hypotheses too."""
    from polybn.auditing.at_hand import needed

    lines: list[str] = []
    for one in found:
        if one.disagreement is not None:
            lines.append(f"{one.counterexample} is not confirmed: {one.disagreement}")
        for why in needed(one.claim).values() if sharp else ():
            if why.disagreement is not None:
                lines.append(f"{why.file} is not confirmed: {why.disagreement}")
    return lines


def wrapped(lines: Iterable[tuple[int, str]]) -> str:
    """Lines with their indentation, long ones continued two blanks further in."""
    return "\n".join(
        fill(
            line,
            WIDTH,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + 2 * (indent > 4)),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for indent, line in lines
    )
