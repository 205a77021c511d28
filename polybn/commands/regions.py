"""`polybn regions MODEL --box LOWER UPPER`: how many linear regions, exactly."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

from polybn.commands.arguments import Subparsers, add_command, add_model_and_box, box_of, positive, read_model
from polybn.commands.output import say, working, write_json, write_table
from polybn.errors import IncompleteWarning

if TYPE_CHECKING:
    from polybn.networks.network import Network
    from polybn.regions.partition import Partition

SUMMARY = "count the linear regions of a network in a box, exactly"
DESCRIPTION = """\
examples:
  polybn regions net.json --box -3 3
  polybn regions net.json --box 0,-1/2 1,1/2 --adjacency --json"""


def register(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "regions", SUMMARY, DESCRIPTION)
    add_model_and_box(parser)
    parser.add_argument("--budget", type=positive, metavar="N", help="stop after about N regions (exit code 3)")
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="processes to share the work")
    parser.add_argument("--adjacency", action="store_true", help="also count the pairs of adjacent regions")


def run(args: Namespace) -> int:
    """Enumerates and reports; 0, or 3 when it stopped before the end."""
    from polybn.regions.enumerate import enumerate_regions

    net = read_model(args.model)
    domain = box_of(args, net.dimension)
    with working("enumerating regions", quiet=args.quiet) as clock, catch_warnings():
        simplefilter("ignore", IncompleteWarning)
        partition = enumerate_regions(
            net,
            domain,
            engine=args.engine,
            exact=args.exact,
            executor=args.workers,
            budget=args.budget,
            progress=lambda state: clock.show(f"{state.regions} regions, {state.rate:.0f} a second"),
        )
    result = {**described(partition, args), "seconds": round(clock.seconds, 6)}
    result["regions_per_second"] = round(len(partition) / max(clock.seconds, 1e-9), 1)
    if args.adjacency:
        with working("finding adjacent regions", quiet=args.quiet):
            result["adjacent_pairs"] = partition.adjacency().number_of_edges()
    if args.json:
        write_json(result)
    else:
        write_table(_rows(partition, result))
    if not partition.complete:
        say(f"{partition.stopped}: {len(partition)} regions are listed and there may be more. Raise --budget.")
    return 0 if partition.complete else 3


def described(partition: Partition, args: Namespace) -> dict[str, object]:
    """What was enumerated and how many regions there are, as data."""
    net, domain = partition.network, partition.frame
    return {
        "model": args.model,
        "dimension": net.dimension,
        "widths": net.widths,
        "outputs": net.outputs,
        "activations": activations(net),
        "semantics": partition.semantics,
        "domain": {"lower": domain.lower, "upper": domain.upper},
        "engine": partition.engine,
        "exact": args.exact,
        "complete": partition.complete,
        "regions": len(partition),
        "layer_counts": partition.layer_counts,
    }


def activations(net: Network) -> list[str]:
    """The activation of each hidden layer."""
    return [layer.activation.name for layer in net.hidden]


def shape_in_words(net: Network) -> str:
    """ "2-8-5-1, relu": inputs, hidden units, outputs, and the activations."""
    names = activations(net)
    kinds = ", ".join(names[:1] if len(set(names)) == 1 else names) or "affine"
    return f"{'-'.join(map(str, (net.dimension, *net.widths, net.outputs)))}, {kinds}"


def _rows(partition: Partition, result: dict[str, object]) -> list[tuple[str, str]]:
    rows = [
        ("network", shape_in_words(partition.network)),
        ("domain", str(partition.domain)),
        ("sigma", partition.semantics),
        ("engine", partition.engine + (", integers only" if result["exact"] else "")),
        ("regions", str(len(partition))),
        ("per layer", ", ".join(map(str, partition.layer_counts)) or "no hidden layer"),
    ]
    if "adjacent_pairs" in result:
        rows.append(("adjacent pairs", str(result["adjacent_pairs"])))
    rows.append(("seconds", f"{result['seconds']:.3f}"))
    rows.append(("regions per second", f"{result['regions_per_second']:.0f}"))
    return rows
