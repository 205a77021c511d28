"""A counterexample to take away: a script that builds it and runs, and the line `@example(...)`, exact in both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from polybn.claims import CLAIMS, Claim
from polybn.claims.view import ExactView, Instance
from polybn.drawing.placed import Placed
from polybn.drawing.strategies import Drawn
from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.networks.network import Network
from polybn.reports.expression import Call, laid_out, named
from polybn.reports.source import Source

Shown = Network | Drawn | Placed | Instance


def script_of(shown: Shown) -> str:
    """A Python script that binds the network to `net`, and the batch, domain, points, offsets and point that come with
    it to names of theirs; each is equal to the original. Raises `InputError` for another type.

    >>> print(script_of(Network.from_arrays([([[1]], [0]), ([["1/2"]], [3])], activation="abs")))
    from fractions import Fraction
    <BLANKLINE>
    import polybn as pb
    <BLANKLINE>
    net = pb.Network([pb.Linear([[1]]), pb.Abs(), pb.Linear([[Fraction(1, 2)]], [3])])
    <BLANKLINE>
    """
    source = Source()
    lines = _bindings(source, parts_of(shown))
    return _page(source, lines)


def script_of_claim(claim: Claim, instance: Instance) -> str:
    """A script that decides a claim that polybn states on an instance, and prints the outcome.

    The normalisation itself goes along, imported from its module, only where the claim does not fail without it.
    """
    source = Source({"from polybn.claims import claim_of", "from polybn.claims.view import ExactView, Instance"})
    needs_method = claim.decide(ExactView(replace(instance, method=None))) != claim.decide(ExactView(instance))
    parts = parts_of(instance)
    lines = _bindings(source, parts)
    arguments = [named("network", "net"), *(named(name, name) for name in parts if name != "net")]
    arguments.insert(3, named("normalization", source.expression(instance.normalization)))
    if needs_method:
        arguments.append(named("method", source.expression(instance.method)))
    lines.append(f"instance = {laid_out(Call('Instance(', tuple(arguments)))}")
    lines.append(f"print(claim_of({source.expression(claim.id)}).decide(ExactView(instance)))")
    return _page(source, lines)


def example_of(*arguments: object, **keywords: object) -> str:
    """`@example(...)` for a property of hypothesis with these arguments, every number of a point or batch a Fraction.

    Values are networks, normalisations, activations, boxes, what `strategies` draws, and Python's own exact values in
    tuples and lists; `InputError` for others. Its names are those of `from fractions import Fraction`,
    `import polybn as pb` and `from polybn.testing.strategies import Drawn, Placed`.

    >>> from fractions import Fraction
    >>> example_of((Fraction(1, 2), Fraction(3)), k=2)
    '@example((Fraction(1, 2), Fraction(3)), k=2)'
    """
    source = Source()
    positional = [source.expression(value) for value in arguments]
    by_name = [named(name, source.expression(value)) for name, value in keywords.items()]
    return laid_out(Call("@example(", (*positional, *by_name)))


def explanation(arguments: Mapping[str, object]) -> str:
    """What a failing property should show of its arguments: a script for each that holds a network, the example line.

    Empty when none holds a network; arguments of other types stay out of the script, and keep the line from being
    written.
    """
    shown = [value for value in arguments.values() if isinstance(value, Shown)]
    pages = [script_of(value) for value in shown]
    with suppress(InputError):
        pages += [example_of(**arguments)] if shown else []
    return "\n".join(pages)


def parts_of(shown: Shown) -> dict[str, object]:
    """The names that a script binds, with their values; what is empty is left out."""
    if isinstance(shown, Network):
        return {"net": shown}
    if isinstance(shown, Placed):
        return {**parts_of(shown.case), "point": shown.point}
    if not isinstance(shown, Drawn | Instance):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"{brief(shown)} holds no network. Give a Network, or a Drawn, Placed or Instance.", shown)
    parts = {"net": shown.network, "batch": shown.batch, "domain": shown.domain}
    asked = {"points": shown.points, "offsets": shown.offsets}
    return {**parts, **{name: values for name, values in asked.items() if values}}


def case_of(instance: Instance) -> Drawn:
    """The instance as what `strategies.cases` draws."""
    return Drawn(
        instance.network,
        instance.domain,
        instance.batch,
        instance.stratum or "given",
        instance.points,
        instance.offsets,
    )


def is_ours(claim: Claim) -> bool:
    """Whether polybn states the claim, so that a script and `polybn replay` find it by its id."""
    return CLAIMS.get(claim.id) is claim


def _bindings(source: Source, parts: Mapping[str, object]) -> list[str]:
    return [f"{name} = {laid_out(source.expression(value))}" for name, value in parts.items()]


def _page(source: Source, lines: list[str]) -> str:
    """Imports, those of polybn last, then the lines."""
    ours = sorted(
        (line for line in source.imports if " polybn" in line), key=lambda line: (line.startswith("from"), line)
    )
    others = sorted(source.imports - set(ours))
    blocks = ["\n".join(block) for block in (others, ours, lines) if block]
    return "\n\n".join(blocks) + "\n"
