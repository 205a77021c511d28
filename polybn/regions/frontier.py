"""Nodes of the sign-vector tree in batches: chambers of one layer, sign prefixes of one length, witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from polybn.errors import InternalError
from polybn.exact.proposal import Floats, Integers, scaled
from polybn.exact.row import Point, Row
from polybn.networks.integer import IntegerNetwork
from polybn.regions.chamber import Chamber

Signs = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Chambers:
    """Chambers of one layer, and their rows as scaled floats, which only proposals read."""

    exact: Sequence[Chamber]
    present: NDArray[np.bool_]
    """(chambers, hyperplanes): the hyperplane's row is not zero."""
    rows: Floats
    """(chambers, m, d + 1): the domain's rows and the signed rows of the layers before."""
    exponents: Integers
    hyperplanes: Floats
    """(chambers, hyperplanes, d + 1): the layer's own rows, not signed."""
    hyperplane_exponents: Integers

    @property
    def layer(self) -> int:
        """The hidden layer that all of them are about to split."""
        return self.exact[0].layer

    @property
    def count(self) -> int:
        """Hyperplanes in the layer."""
        return self.present.shape[1]

    @staticmethod
    def root(chamber: Chamber) -> Chambers:
        """The domain alone."""
        rows, exponents = _scaled([chamber.rows])
        return _chambers([chamber], rows, exponents)

    def children(self, exact: Sequence[Chamber], owner: NDArray[np.intp], signs: Signs) -> Chambers:
        """The chambers of the next layer, from the owner and the signs of each."""
        signed = self.hyperplanes[owner] * signs[:, :, None]
        rows = np.concatenate([self.rows[owner], signed], axis=1)
        exponents = np.concatenate([self.exponents[owner], self.hyperplane_exponents[owner]], axis=1)
        return _chambers(exact, rows, exponents)


def _chambers(exact: Sequence[Chamber], rows: Floats, exponents: Integers) -> Chambers:
    present = np.array([[any(row) for row in chamber.hyperplanes] for chamber in exact], dtype=np.bool_)
    width = rows.shape[2]
    hyperplanes, scales = _scaled([chamber.hyperplanes for chamber in exact])
    shape = (len(exact), len(exact[0].hyperplanes))
    return Chambers(
        exact, present.reshape(shape), rows, exponents, hyperplanes.reshape(*shape, width), scales.reshape(shape)
    )


def _scaled(stack: Sequence[Sequence[Row]]) -> tuple[Floats, Integers]:
    pairs = [scaled(rows) for rows in stack]
    return np.array([rows for rows, _ in pairs]), np.array([exponents for _, exponents in pairs], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Found:
    """A sub-cell away from its parent's witness: its own witness, and the layer's signs there."""

    parent: int
    sign: int
    witness: Point
    seen: list[int]


@dataclass(frozen=True, slots=True)
class Nodes:
    """Sign prefixes inside chambers of one layer, each with a strictly interior witness."""

    chambers: Chambers
    owner: NDArray[np.intp]
    signs: Signs
    """(nodes, depth): the signs fixed so far."""
    seen: Signs
    """(nodes, hyperplanes): the signs of all of the layer's hyperplanes at the witness."""
    witnesses: list[Point]
    points: Floats
    """(nodes, d): the witnesses, as floats."""

    def __len__(self) -> int:
        return len(self.witnesses)

    @property
    def depth(self) -> int:
        """The number of signs fixed, so the index of the next hyperplane."""
        return self.signs.shape[1]

    @staticmethod
    def roots(chambers: Chambers, witnesses: list[Point], points: Floats) -> Nodes:
        """One node for each chamber, with no sign fixed."""
        count = len(witnesses)
        seen = [chamber.signs_at(witness) for chamber, witness in zip(chambers.exact, witnesses, strict=True)]
        if None in seen:
            raise InternalError(f"a witness left its chamber: {witnesses[seen.index(None)]}")
        signs = np.array(seen, dtype=np.int8).reshape(count, chambers.count)
        return Nodes(chambers, np.arange(count), np.zeros((count, 0), dtype=np.int8), signs, witnesses, points)

    def owners(self) -> list[Chamber]:
        """The chamber of each node."""
        return [self.chambers.exact[i] for i in self.owner.tolist()]

    def take(self, part: slice) -> Nodes:
        """Some of the nodes; their chambers are shared."""
        owner, signs, seen = self.owner[part], self.signs[part], self.seen[part]
        return Nodes(self.chambers, owner, signs, seen, self.witnesses[part], self.points[part])

    def children(self, kept: NDArray[np.intp], found: Sequence[Found]) -> Nodes:
        """One more sign: that of the witness for the kept nodes, and the sub-cells found elsewhere."""
        parents = np.concatenate([kept, np.array([f.parent for f in found], dtype=np.intp)])
        seen, points = self.seen[parents], self.points[parents]
        new = np.concatenate([seen[: len(kept), self.depth], np.array([f.sign for f in found], dtype=np.int8)])
        if found:
            seen[len(kept) :] = [f.seen for f in found]
            points[len(kept) :] = [floats(f.witness) for f in found]
        kept_here: list[int] = kept.tolist()
        witnesses = [self.witnesses[i] for i in kept_here] + [f.witness for f in found]
        signs = np.concatenate([self.signs[parents], new[:, None]], axis=1)
        return Nodes(self.chambers, self.owner[parents], signs, seen, witnesses, points)

    def descend(self, network: IntegerNetwork) -> Nodes:
        """The roots of the next layer, from nodes with every sign of this one fixed."""
        signs = self.signs.tolist()
        exact = [owner.child(network, s) for owner, s in zip(self.owners(), signs, strict=True)]
        return Nodes.roots(self.chambers.children(exact, self.owner, self.signs), self.witnesses, self.points)


def floats(point: Point) -> list[float]:
    """The nearest floats, for proposals; integers of any size are allowed."""
    denominator = int(point[-1])
    return [_ratio(int(n), denominator) for n in point[:-1]]


def _ratio(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return float("inf") if numerator > 0 else float("-inf")
