"""The sign-vector tree (Rada and Cerny 2018): every full-dimensional cell, by one small linear program per node."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from polybn.errors import InternalError
from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import positive_side, strictly_feasible
from polybn.exact.proposal import propose, refutation, rounded
from polybn.exact.row import Row
from polybn.networks.integer import IntegerNetwork
from polybn.regions.cell import Cell
from polybn.regions.chamber import Chamber
from polybn.regions.domain import Domain
from polybn.regions.frontier import Chambers, Found, Nodes, floats

OnImpossible = Callable[[tuple[int, ...], tuple[Row, ...], Farkas], None]
"""Called with (signs, rows, farkas) for every impossible side, where ``farkas.verify(rows)``.

The rows are the domain's, then one for every sign in order; the last one is the refuted side."""

BATCH = 512


def tree(
    network: IntegerNetwork,
    domain: Domain,
    counts: list[int],
    *,
    exact: bool = False,
    batch: int = BATCH,
    on_impossible: OnImpossible | None = None,
) -> Iterator[Cell]:
    """Every full-dimensional cell of the network in the open domain once, with a strictly interior rational witness.

    A node fixes the signs of the first hyperplanes. The side where its witness lies is free; the other one is
    decided by a witness verified in integers or by Farkas multipliers verified in rationals. ``exact`` does without
    float proposals and visits the same cells. The number of cells after each layer is added to ``counts``.
    Depth first over batches of at most ``batch`` nodes: memory grows with the number of hyperplanes, not of cells.
    """
    if batch < 1:
        raise ValueError(f"batch is {batch}; at least 1 node at a time is needed. Leave it out for {BATCH}.")
    start = strictly_feasible(domain.rows)
    if isinstance(start, Farkas):
        return
    if network.depth == 0:
        yield Cell((), start, None)
        return
    search = _Search(network, exact, on_impossible)
    root = Chambers.root(Chamber.root(network, domain.rows))
    stack = [Nodes.roots(root, [start], np.array([floats(start)]))]
    while stack:
        nodes = stack.pop()
        if nodes.depth < nodes.chambers.count:
            children = search.advance(nodes)
            stack.extend(children.take(slice(i, i + batch)) for i in reversed(range(0, len(children), batch)))
            continue
        counts[nodes.chambers.layer] += len(nodes)
        if nodes.chambers.layer + 1 < network.depth:
            stack.append(nodes.descend(network))
        else:
            yield from search.cells(nodes)


class _Search:
    """The decisions at the nodes of one tree."""

    def __init__(self, network: IntegerNetwork, exact: bool, on_impossible: OnImpossible | None) -> None:
        self.network = network
        self.exact = exact
        self.on_impossible = on_impossible

    def cells(self, nodes: Nodes) -> Iterator[Cell]:
        """The finished nodes of the last layer."""
        for owner, signs, witness in zip(nodes.owners(), nodes.signs.tolist(), nodes.witnesses, strict=True):
            yield Cell((*owner.code, *self.network.code(owner.layer, signs)), witness, None)

    def advance(self, nodes: Nodes) -> Nodes:
        """Fix the sign of the next hyperplane: the witness's side is kept, the other is asked for.

        A row that is zero has sign 0 and one child. A witness on the hyperplane of any other row is moved to
        both sides, which are never empty.
        """
        k = nodes.depth
        here = nodes.seen[:, k]
        touching = (here == 0) & nodes.chambers.present[nodes.owner, k]
        found = [*self._ask(nodes, np.flatnonzero(here), here), *self._leave(nodes, np.flatnonzero(touching))]
        return nodes.children(np.flatnonzero(~touching), found)

    def _leave(self, nodes: Nodes, touching: NDArray[np.intp]) -> Iterator[Found]:
        """Both sides of the hyperplanes that pass through their node's witness."""
        for i in touching.tolist():
            for sign in (1, -1):
                found = self._exactly(nodes, i, sign)
                if found is not None:
                    yield found

    def _ask(self, nodes: Nodes, asked: NDArray[np.intp], here: NDArray[np.int8]) -> Iterator[Found]:
        """The non-empty ones among the sides opposite to the witnesses."""
        if self.exact or len(asked) == 0:
            answers = (self._exactly(nodes, i, -int(here[i])) for i in asked.tolist())
        else:
            answers = self._proposed(nodes, asked, -here[asked])
        return (found for found in answers if found is not None)

    def _proposed(self, nodes: Nodes, asked: NDArray[np.intp], signs: NDArray[np.int8]) -> Iterator[Found | None]:
        """Decide sides by float proposals that exact arithmetic confirms, and exactly where it does not."""
        k, chambers, owner = nodes.depth, nodes.chambers, nodes.owner[asked]
        layer = chambers.hyperplanes[owner]
        rows = np.concatenate([chambers.rows[owner], layer[:, :k] * nodes.signs[asked][:, :, None]], axis=1)
        guesses = propose(rows, layer[:, k] * signs[:, None], nodes.points[asked])
        inside, bits = guesses.inside.tolist(), guesses.bits.tolist()
        basis, multipliers = guesses.basis.tolist(), guesses.multipliers.tolist()
        exponents = np.concatenate([chambers.exponents[owner], chambers.hyperplane_exponents[owner, :k]], axis=1)
        scales = np.take_along_axis(exponents, guesses.basis, axis=1).tolist()
        last = chambers.hyperplane_exponents[owner, k].tolist()
        prefixes = nodes.signs[asked].tolist()
        for j, (i, sign, prefix) in enumerate(zip(asked.tolist(), signs.tolist(), prefixes, strict=True)):
            chamber = chambers.exact[int(owner[j])]
            witness = rounded(guesses.point[j], bits[j]) if inside[j] else None
            if witness is not None:
                seen = chamber.signs_at(witness)
                if seen is not None and seen[: k + 1] == [*prefix, sign]:
                    yield Found(i, sign, witness, seen)
                    continue
            side, before = chamber.side(k, sign), chamber.signed_rows(prefix)
            farkas = refutation(before, side, scales[j], last[j], basis[j], multipliers[j])
            if farkas is None:
                yield self._exactly(nodes, i, sign)
            else:
                self._report(chamber, (*prefix, sign), (*before, side), farkas)

    def _exactly(self, nodes: Nodes, i: int, sign: int) -> Found | None:
        """One side of one node by the rational simplex."""
        chamber = nodes.chambers.exact[int(nodes.owner[i])]
        prefix = nodes.signs[i].tolist()
        rows, side = chamber.signed_rows(prefix), chamber.side(nodes.depth, sign)
        answer = positive_side(rows, side, nodes.witnesses[i])
        if isinstance(answer, Farkas):
            self._report(chamber, (*prefix, sign), (*rows, side), answer)
            return None
        seen = chamber.signs_at(answer)
        if seen is None or seen[: nodes.depth + 1] != [*prefix, sign]:
            raise InternalError(f"the point {answer} is not in the cell {(*chamber.signs, *prefix, sign)}")
        return Found(i, sign, answer, seen)

    def _report(self, chamber: Chamber, signs: tuple[int, ...], rows: tuple[Row, ...], farkas: Farkas) -> None:
        if self.on_impossible is not None:
            self.on_impossible((*chamber.signs, *signs), rows, farkas)
