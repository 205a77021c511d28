"""`polybn replay WITNESS`: decide a stored counterexample again."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from polybn.commands.arguments import Subparsers, add_command
from polybn.commands.output import write, write_json
from polybn.outcome import Fails


def register(subparsers: Subparsers) -> None:
    """The command's arguments."""
    parser = add_command(
        subparsers,
        "replay",
        "check that a stored counterexample still fails",
        "The claim is decided again, exactly, on the network and batch of the file, and must fail with the two sides\n"
        "that the file states. Exit code 1 when it does not.",
    )
    parser.add_argument("witness", metavar="WITNESS", type=Path, help="a witness file, as polybn audit writes it")


def run(args: argparse.Namespace) -> int:
    """0 when the claim fails on the witness as the file states, else 1."""
    from polybn.auditing.witness import replay
    from polybn.normalizations import NORMALIZATIONS

    data, outcome, disagreement = replay(args.witness)
    rederived = data["normalization"] in NORMALIZATIONS
    if args.json:
        found = {"claim": data["claim"], "normalization": data["normalization"], "confirmed": disagreement is None}
        found["statistics_rederived"] = rederived
        sides = asdict(outcome) if isinstance(outcome, Fails) else {}
        write_json({**found, **sides, "disagreement": disagreement})
    elif disagreement is None and isinstance(outcome, Fails):
        write(f"{data['claim']} fails for {data['normalization']}, as stated:")
        write(f"    {outcome.left}  !=  {outcome.right}\n    at {outcome.where}")
        if not rederived:
            write(f"    {data['normalization']} is not shipped: its statistics are the file's, not taken again")
    else:
        write(f"not confirmed: {disagreement}")
    return int(disagreement is not None)
