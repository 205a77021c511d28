"""{p + t_1 u_1 + ... + t_k u_k}: a line, a plane or any affine slice of a high-dimensional input space as a domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from flint import fmpq_mat

from polybn.errors import DomainError, ShapeError
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import brief, fraction, short
from polybn.networks.affine import AffineMap
from polybn.regions.domain import Box
from polybn.regions.halfspaces import Polytope
from polybn.regions.whole_space import WholeSpace

if TYPE_CHECKING:
    from polybn.networks.network import Network


@dataclass(frozen=True, repr=False)
class Slice:
    """The points origin + sum_i t_i directions_i with t in `parameters`; make one with `plane_through` and the like.

    A partition of a slice lives in the coordinates t: its network is the one given after the embedding t -> x, and
    witnesses, vertices and volumes are those in R^k; `embed` leads back to the input space. Regions are the
    full-dimensional ones of the slice.
    """

    embedding: AffineMap
    parameters: Box | Polytope | WholeSpace

    @property
    def dimension(self) -> int:
        """k, the number of coordinates t."""
        return self.embedding.inputs

    def within(self, parameters: Box | Polytope | WholeSpace) -> Slice:
        """The same slice with t bounded; raises `DomainError` for a domain of another dimension."""
        if not isinstance(cast("object", parameters), Box | Polytope | WholeSpace):
            raise DomainError(
                f"t is bounded by {brief(parameters)}, which is no domain. Give bounds for t, as in "
                f".within(pb.box(-1, 1, dim={self.dimension})), or pb.Polytope(A, b).",
                parameters,
            )
        if parameters.dimension != self.dimension:
            raise DomainError(
                f"The slice has {self.dimension} coordinates t and {parameters} has dimension "
                f"{parameters.dimension}. Give bounds for t, as in .within(pb.box(-1, 1, dim={self.dimension})).",
                parameters,
            )
        return replace(self, parameters=parameters)

    def embed(self, point: Sequence[object]) -> tuple[Fraction, ...]:
        """The point of the input space at t."""
        return tuple(fraction(value) for value in self.embedding.apply(vector(point, "t")))

    def prepared(self, network: Network) -> tuple[Network, Box | Polytope]:
        """The network in the coordinates t, and the bounded domain that engines enumerate."""
        if network.dimension != self.embedding.outputs:
            raise DomainError(
                f"The slice lies in R^{self.embedding.outputs} and the network takes {network.dimension} coordinates. "
                "Give points of the network's input space.",
                self,
            )
        return self.parameters.prepared(network.restricted(self.embedding))

    def __str__(self) -> str:
        return f"a slice of R^{self.embedding.outputs} by {self.dimension} directions, t in {self.parameters}"

    def __repr__(self) -> str:
        return f"Slice({self})"


def affine_slice(origin: object, directions: Sequence[object]) -> Slice:
    """The slice origin + sum_i t_i directions_i, t in all of R^k.

    Raises `DomainError` when the directions are dependent (decided exactly), `ShapeError` when lengths differ.

    >>> [str(x) for x in affine_slice([1, 0, 0], [[0, 1, 0], [0, 0, 2]]).embed(["1/2", 3])]
    ['1', '1/2', '6']
    """
    start = vector(origin, "origin")
    if not isinstance(cast("object", directions), Iterable):
        found = brief(directions)
        raise ShapeError(f"The directions are {found}; a list of vectors is needed. Write [[...]].", directions)
    steps = [vector(step, f"directions[{index}]") for index, step in enumerate(directions)]
    for index, step in enumerate(steps):
        if len(step) != len(start):
            raise ShapeError(
                f"directions[{index}] has {len(step)} coordinates and the origin {len(start)}. Make them agree.", step
            )
    if not steps:
        raise ShapeError("A slice needs at least one direction.", directions)
    if not start:
        raise ShapeError("The origin has no coordinates; a slice lies in an R^n with n >= 1.", origin)
    if _rank(steps) < len(steps):
        raise DomainError(_dependence(steps), directions)
    linear = fmpq_mat(len(steps), len(start), [entry for step in steps for entry in step])
    return Slice(AffineMap(linear.transpose(), start), WholeSpace(len(steps)))


def line_through(first: object, second: object) -> Slice:
    """The line through two points, t = 0 at the first and t = 1 at the second."""
    return _through((first, second), "line")


def plane_through(first: object, second: object, third: object) -> Slice:
    """The plane through three points, t = (0, 0), (1, 0) and (0, 1) there; refuses points on one line.

    >>> plane_through([0, 0, 1], [1, 0, 1], [0, 1, 1]).dimension
    2
    """
    return _through((first, second, third), "plane")


def _through(given: Sequence[object], name: str) -> Slice:
    points = [vector(point, f"point {index}") for index, point in enumerate(given)]
    for index, point in enumerate(points):
        if len(point) != len(points[0]):
            raise ShapeError(
                f"point {index} has {len(point)} coordinates and point 0 has {len(points[0])}. Make them agree.", point
            )
    steps = [_difference(point, points[0]) for point in points[1:]]
    for index, point in enumerate(points):
        if point in points[:index]:
            raise DomainError(
                f"Points {points.index(point)} and {index} are the same; a {name} needs {len(points)} different ones.",
                given,
            )
    if _rank(steps) < len(steps):
        [ratio] = _combination(steps)
        raise DomainError(
            f"The three points lie on one line, exactly: point 2 is point 0 + {short(ratio)} (point 1 - point 0). "
            "A plane needs a third one beside it. Use pb.line_through(p, q) for the line.",
            given,
        )
    return affine_slice(list(points[0]), [list(step) for step in steps])


def _difference(point: Vector, origin: Vector) -> Vector:
    return tuple(x - y for x, y in zip(point, origin, strict=True))


def _dependence(steps: Sequence[Vector]) -> str:
    """Which direction depends on those before it, and how."""
    count = next(count for count in range(1, len(steps) + 1) if _rank(steps[:count]) < count)
    terms = [f"{short(c)} directions[{i}]" for i, c in enumerate(_combination(steps[:count])) if c != 0]
    value = " + ".join(terms).replace("+ -", "- ") or "zero"
    return f"directions[{count - 1}] is {value}; a slice needs independent directions. Leave it out."


def _rank(steps: Sequence[Vector]) -> int:
    return fmpq_mat(len(steps), len(steps[0]), [entry for step in steps for entry in step]).rank()


def _combination(steps: Sequence[Vector]) -> Vector:
    """The coefficients of the last vector in the others, which are independent and span it."""
    columns = fmpq_mat(len(steps), len(steps[0]), [entry for step in steps for entry in step]).transpose()
    reduced, rank = columns.rref()
    return tuple(reduced[index, rank] for index in range(rank))
