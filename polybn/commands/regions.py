"""`polybn regions MODEL --box LOWER UPPER`, or another domain: how many linear regions, exactly."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

from polybn.commands.arguments import Subparsers, add_command, add_model_and_domain, domain_of, positive, read_model
from polybn.commands.output import say, working, write_json, write_table
from polybn.errors import IncompleteWarning
from polybn.regions.adjacency import shared_facets
from polybn.regions.domain import Box
from polybn.regions.domain_serial import domain_to_data
from polybn.regions.slice import Slice

if TYPE_CHECKING:
    from polybn.networks.network import Network
    from polybn.regions.halfspaces import Polytope
    from polybn.regions.partition import Partition
    from polybn.regions.whole_space import WholeSpace

SUMMARY = "count the linear regions of a network in a domain, exactly"
DESCRIPTION = """\
examples:
  polybn regions net.json --box -3 3
  polybn regions net.json --box 0,-1/2 1,1/2 --adjacency --json
  polybn regions net.json --whole-space
  polybn regions net.json --polytope triangle.json     {"A": [[1, 1], [-1, 0], [0, -1]], "b": ["3/2", 0, 0]}
  polybn regions net.json --plane-through points.csv   one point a line, one column a coordinate; 2 points: a line"""


def register(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "regions", SUMMARY, DESCRIPTION)
    add_model_and_domain(parser)
    parser.add_argument("--budget", type=positive, metavar="N", help="stop after about N regions (exit code 3)")
    parser.add_argument(
        "--workers", type=positive, default=1, metavar="N", help="workers to share the work, threads or processes"
    )
    parser.add_argument("--adjacency", action="store_true", help="also count the pairs of adjacent regions")


def run(args: Namespace) -> int:
    """Enumerates and reports; 0, or 3 when it stopped before the end."""
    from polybn.regions.enumerate import enumerate_regions

    net = read_model(args.model)
    domain = domain_of(args, net.dimension)
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
            result["adjacent_pairs"] = _adjacent_pairs(partition)
    if args.json:
        write_json(result)
    else:
        write_table(_rows(net, partition, result))
    if not partition.complete:
        say(f"{partition.stopped}: {len(partition)} regions are listed and there may be more. Raise --budget.")
    return 0 if partition.complete else 3


def described(partition: Partition, args: Namespace) -> dict[str, object]:
    """What was enumerated and how many regions there are, as data."""
    net, domain = partition.network, partition.domain
    return {
        "model": args.model,
        "dimension": domain.embedding.outputs if isinstance(domain, Slice) else domain.dimension,
        "widths": net.widths,
        "outputs": net.outputs,
        "activations": activations(net),
        "semantics": partition.semantics,
        "domain": _stated(domain),
        "engine": partition.engine,
        "exact": args.exact,
        "complete": partition.complete,
        "regions": len(partition),
        "layer_counts": partition.layer_counts,
    }


def _stated(domain: Box | Polytope | WholeSpace | Slice) -> dict[str, object]:
    """The corners of a box; of any other domain its kind and the rest, as in the file of a partition."""
    return {"lower": domain.lower, "upper": domain.upper} if isinstance(domain, Box) else domain_to_data(domain)


def _adjacent_pairs(partition: Partition) -> int:
    """How many edges the adjacency graph has, without making it."""
    pairs, _ = shared_facets(
        partition.codes, partition.facet_table, partition.hyperplanes, is_complete=partition.complete
    )
    return len(pairs)


def activations(net: Network) -> list[str]:
    """The activation of each hidden layer."""
    return [layer.activation.name for layer in net.hidden]


def shape_in_words(net: Network) -> str:
    """ "2-8-5-1, relu": inputs, hidden units, outputs, and the activations."""
    names = activations(net)
    kinds = ", ".join(names[:1] if len(set(names)) == 1 else names) or "affine"
    return f"{'-'.join(map(str, (net.dimension, *net.widths, net.outputs)))}, {kinds}"


def _rows(net: Network, partition: Partition, result: dict[str, object]) -> list[tuple[str, str]]:
    rows = [
        ("network", shape_in_words(net)),
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
