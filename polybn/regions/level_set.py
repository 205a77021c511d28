"""{x : g(x) = t} for a continuous piecewise-affine g, on all of R^d or in a domain, with exact distances to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flint import fmpq, fmpz, fmpz_mat

from polybn.errors import IncompleteError, ShapeError
from polybn.exact.matrix import Vector
from polybn.exact.rational import common_denominator
from polybn.exact.row import Row
from polybn.networks.affine import AffineMap
from polybn.regions.distance import Nearest, Piece, nearest_of
from polybn.regions.lipschitz import states

if TYPE_CHECKING:
    from polybn.regions.partition import Partition


@dataclass(frozen=True)
class AffinePiece:
    """A closed region, {every row >= 0}, and g there: (a.x + b) / scale, with (a, b) = `function` and scale > 0."""

    rows: tuple[Row, ...]
    function: Row
    scale: fmpz

    @property
    def squared_slope(self) -> fmpq:
        """||grad g||^2 on the region."""
        return fmpq(sum((entry * entry for entry in self.function[:-1]), fmpz(0)), self.scale * self.scale)

    def equation(self, level: fmpq) -> Row:
        """A row that vanishes exactly where g is `level`; the zero row where g is `level` on all of the region."""
        *linear, constant = (entry * level.q for entry in self.function)
        return (*linear, constant - level.p * self.scale)


@dataclass(frozen=True)
class LevelSets:
    """All level sets of one function g, from the regions on which it is affine.

    The closed regions cover the domain, so {g = t} is the union, region by region, of closed convex polyhedra: a slice,
    a face, or, where g is constant, the whole region. Each of them counts for a distance. One pass over the regions
    serves every level; no network is built for a level. Make them with `level_sets` or `affine_level_sets`.
    """

    pieces: tuple[AffinePiece, ...]

    def nearest(self, point: Vector, level: fmpq) -> Nearest | None:
        """A point of {g = level} at the least distance, with what proves it; None when the level set is empty."""
        found = nearest_of(self._at(level), point)
        return None if found is None else found[1]

    def squared_distance(self, point: Vector, level: fmpq) -> fmpq | None:
        """min ||x - y||^2 over y with g(y) = level (Eq. 12), exactly; None when there is no such y."""
        found = self.nearest(point, level)
        return None if found is None else found.squared_distance

    def is_empty(self, level: fmpq) -> bool:
        """Whether g takes the value `level` nowhere in the closed domain."""
        origin = (fmpq(0),) * (len(self.pieces[0].function) - 1)
        return self.nearest(origin, level) is None

    @property
    def steepest(self) -> AffinePiece:
        """The first region on which ||grad g|| is largest: the square is the squared Lipschitz constant of g."""
        return max(self.pieces, key=lambda piece: piece.squared_slope)

    def _at(self, level: fmpq) -> Iterator[tuple[int, Piece]]:
        """The parts of {g = level}; regions where g is another constant have none."""
        for index, piece in enumerate(self.pieces):
            equation = piece.equation(level)
            if any(equation[:-1]) or equation[-1] == 0:
                yield index, Piece(piece.rows, (equation,))


def level_sets(part: Partition, map: AffineMap) -> tuple[LevelSets, ...]:
    """For each output k of the map: the level sets of g_k = map_k(z(x)), z the network of a complete partition.

    On a partition of R^d they are those in R^d, else those in the closed domain. Raises `IncompleteError` for a
    partition that was stopped and `ShapeError` for a map that does not take what the network gives.

    >>> import polybn as pb
    >>> net = pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])], activation=pb.LeakyReLU("1/2"))
    >>> sets, = level_sets(pb.enumerate_regions(net.prefix(1), pb.whole_space(1)), net.stages[1].affine)
    >>> [str(sets.squared_distance((fmpq(0),), fmpq(level))) for level in (-1, 1)]
    ['4', '1']
    """
    network = part.network
    if map.inputs != network.outputs:
        raise ShapeError(f"The map takes {map.inputs} values and the network gives {network.outputs}.", map)
    if not part.complete:
        raise IncompleteError(
            f"The partition lists {len(part)} regions and was stopped, so a level set may have more parts. "
            "Call part.resume() first.",
            part,
        )
    start = part.hyperplanes.first if part.frame.is_frame else 0
    weights, denominator = _integer_rows(map.after(network.output))
    found: list[list[AffinePiece]] = [[] for _ in range(map.outputs)]
    for code, state in zip(part.codes, states(network, part.codes, network.integer.depth), strict=True):
        rows = tuple(row for row in part.hyperplanes.inward_rows(code)[start:] if any(row))
        scale = denominator * state[state.nrows() - 1, state.ncols() - 1]
        for pieces, function in zip(found, (weights * state).tolist(), strict=True):
            pieces.append(AffinePiece(rows, tuple(function), scale))
    return tuple(LevelSets(tuple(pieces)) for pieces in found)


def affine_level_sets(map: AffineMap) -> tuple[LevelSets, ...]:
    """For each output of the map itself, on all of R^d: a hyperplane, or all of space and else nothing."""
    weights, denominator = _integer_rows(map)
    return tuple(LevelSets((AffinePiece((), tuple(row), denominator),)) for row in weights.tolist())


def _integer_rows(map: AffineMap) -> tuple[fmpz_mat, fmpz]:
    """(q [A b], q) with q > 0 an integer, for the map x -> A x + b."""
    rows = [[*row, offset] for row, offset in zip(map.linear.tolist(), map.offset, strict=True)]
    denominator = common_denominator(entry for row in rows for entry in row)
    return fmpz_mat([[(entry * denominator).p for entry in row] for row in rows]), denominator
