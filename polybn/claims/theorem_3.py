"""The angles at which a folded hyperplane of layer 2 crosses a hyperplane of layer 1, from the facets' own vertices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, rows_of, vector
from polybn.exact.rational import fraction, tuple_text
from polybn.networks.layer import Stage
from polybn.networks.network import Network
from polybn.outcome import Fails, Holds, Outcome, Skipped
from polybn.regions.dihedral import Crease, Folds, SignedCosine, cosine
from polybn.regions.hyperplanes import Unit
from polybn.regions.level_facets import LevelFacet
from polybn.regions.walls import Ground


class TwoLayers(NamedTuple):
    """Layers 1 and 2 as the closed form names them: rows W_1, W_2, factors gamma/sigma, slopes q by code."""

    first: Stage
    second: Stage

    @property
    def rows(self) -> list[Vector]:
        """w_{1,m}."""
        return rows_of(self.first.affine.linear)

    @property
    def weights(self) -> list[Vector]:
        """w_{2,j}."""
        return rows_of(self.second.affine.linear)

    def slopes(self, code: Sequence[int]) -> Vector:
        """q_m, the slope of the piece of the activation that unit m is on (Eq. 23)."""
        function = self.first.activation
        assert function is not None
        return tuple(function.slopes[function.piece(int(entry))] for entry in code)

    def terms(self, code: Sequence[int], unit: int) -> list[Vector]:
        """(q_m gamma_m / sigma_{1,m}) w_{2,j,m} w_{1,m}, one a unit m: their sum is n = W_1^T D(omega) w_{2,j}."""
        parts = zip(self.slopes(code), factors(self.first), self.weights[unit], self.rows, strict=True)
        return [tuple(slope * factor * weight * entry for entry in row) for slope, factor, weight, row in parts]

    def normal(self, code: Sequence[int], unit: int) -> Vector:
        """n = W_1^T D(omega) w_{2,j}."""
        return total(self.terms(code, unit))

    def jump(self, first: Sequence[int], second: Sequence[int], unit: int, flipped: Sequence[int]) -> Vector:
        """n - n' as the sum over the units i that flip of (q_i - q_i') (gamma_i w_{2,j,i} / sigma_{1,i}) w_{1,i}."""
        inside, outside, outer = self.slopes(first), self.slopes(second), factors(self.first)
        scales = [(inside[i] - outside[i]) * outer[i] * self.weights[unit][i] for i in flipped]
        parts = zip(scales, (self.rows[i] for i in flipped), strict=True)
        return total([tuple(scale * entry for entry in row) for scale, row in parts])


def factors(stage: Stage) -> Vector:
    """gamma_k / sigma_k of a layer; 1 where it is not normalised."""
    return stage.frozen.factors if stage.frozen else (fmpq(1),) * stage.affine.outputs


def total(vectors: Sequence[Vector]) -> Vector:
    """Their sum; at least one is given."""
    return tuple(sum(entries, fmpq(0)) for entries in zip(*vectors, strict=True))


def two_layers(network: Network) -> TwoLayers:
    """The first two layers, each of which has an activation."""
    return TwoLayers(network.stages[0], network.stages[1])


def _has_two_layers(view: ExactView) -> bool:
    stages = view.network.stages[:2]
    return len(stages) == 2 and all(stage.activation is not None for stage in stages)


@lru_cache(maxsize=1)
def folds_of(view: ExactView) -> Folds:
    """The regions of layer 1 in all of R^d, with what layer 2 is on them; the hypotheses ask for it, then the check."""
    return Folds(Ground(view.everywhere(1)), view.network, 1)


def levels(network: Network) -> Iterator[tuple[int, fmpq]]:
    """Each unit of layer 2 with each level t of its folded hyperplanes F = {h = t}."""
    layer = network.hidden[1]
    for unit in range(layer.affine.outputs):
        for level in layer.activation.breakpoints:
            yield unit, level


def _is_thin(view: ExactView) -> bool:
    folds = folds_of(view)
    return not any(
        folds.values(region)[0][0][unit] == level and folds.is_constant(region, unit)
        for unit, level in levels(view.network)
        for region in range(len(folds.ground.part))
    )


def _check(view: ExactView) -> Outcome:
    folds, layers = folds_of(view), two_layers(view.network)
    codes = [tuple(map(int, code)) for code in folds.ground.part.codes]
    outer = factors(layers.second)
    compared = 0
    for unit, level in levels(view.network):
        found = folds.creases(unit, level)
        for pair in found.full:
            return _without_normal(layers, unit, [codes[region] for region in pair])
        for crease in (*found.creases, *_at_other_offsets(folds, unit)):
            failure = _differs(crease, layers, [codes[region] for region in crease.wall.regions], outer[unit])
            if failure:
                return failure
            compared += 1
    return Holds(compared) if compared else Skipped("h_2 varies on adjacent regions")


def _at_other_offsets(folds: Folds, unit: int) -> Iterator[Crease]:
    """At each wall the folded hyperplane at the offset mu_2 with which it meets the wall's point.

    Where it does not cross both regions then, the facets in them are taken at an offset each: neither the normals nor
    the angles between them depend on it.
    """
    for wall in folds.ground.walls:
        level = folds.preactivations(wall.point)[unit]
        crease = folds.crease(wall, unit, level)
        first, second = (_inside(folds, region, unit) for region in wall.regions)
        if crease:
            yield crease
        elif first and second:
            yield Crease(wall, Unit(folds.layer, unit), fraction(level), (first, second), None)


def _inside(folds: Folds, region: int, unit: int) -> LevelFacet | None:
    """The facet in a region of the folded hyperplane through its witness; None where h_2 is constant there."""
    witness = vector(folds.ground.part[region].witness)
    return folds.facet(region, unit, folds.preactivations(witness)[unit])


def _without_normal(layers: TwoLayers, unit: int, codes: Sequence[Sequence[int]]) -> Fails:
    normals = " and ".join(tuple_text(layers.normal(code, unit)) for code in codes)
    return Fails("F contains one of the two regions", f"facets with the normals {normals}", _place(unit, codes))


def _differs(crease: Crease, layers: TwoLayers, codes: Sequence[Sequence[int]], outer: fmpq) -> Fails | None:
    unit, first, second = crease.unit.unit, *codes
    normals = layers.normal(first, unit), layers.normal(second, unit)
    # The facets know the gradient of h_2, which gamma_2 / sigma_2 scales; n is that of <w_{2,j}, z_1>.
    measured = [tuple(entry / outer for entry in facet.gradient) for facet in crease.facets]
    jump = tuple(a - b for a, b in zip(*measured, strict=True))
    flipped = [owner.unit for owner in crease.wall.units]
    for name, geometry, formula in (
        ("n", measured[0], normals[0]),
        ("n'", measured[1], normals[1]),
        ("n - n'", jump, layers.jump(first, second, unit, flipped)),
    ):
        if geometry != formula:
            return Fails(f"{name} = {tuple_text(geometry)}, from vertices", tuple_text(formula), _place(unit, codes))
    for name, angle, expected in _angles(crease, normals, [layers.rows[owner] for owner in flipped]):
        if angle != expected:
            return Fails(f"{name} = {angle}, from vertices", str(expected), _place(unit, codes))
    return None


def _angles(
    crease: Crease, normals: tuple[Vector, Vector], rows: Sequence[Vector]
) -> Iterator[tuple[str, SignedCosine, SignedCosine]]:
    """(name, from vertices, by formula) for Eq. 24-26, and for the dihedral angle where there is a ridge."""
    for row in rows:
        # Of lines: which way w_{1,i} points is no matter of the hyperplane.
        for name, angle, normal in zip(("cos(F, H)", "cos(F', H)"), crease.with_wall, normals, strict=True):
            yield name, angle.unsigned, cosine(normal, row).unsigned
    yield "cos(F, F')", crease.between.unsigned, cosine(*normals).unsigned
    if crease.dihedral is not None:
        yield "cos of the dihedral angle", crease.dihedral, cosine(*normals).opposite


def _place(unit: int, codes: Sequence[Sequence[int]]) -> str:
    first, second = (f"({', '.join(map(str, code))})" for code in codes)
    return f"unit {unit} of layer 1, on the regions of layer 0 with codes {first} and {second}"


TWO_STAGES = Hypothesis(
    "two layers", "the first two layers have an activation each", _has_two_layers, {"depth": (2, 2)}
)
PLANE = Hypothesis("d >= 2", "the input has at least two dimensions", lambda view: view.network.dimension >= 2)
THIN = Hypothesis(
    "n != 0", "no folded hyperplane of layer 2 contains a whole region of layer 1", _is_thin, {"gamma": "nonzero"}
)

KINDS = (
    *("leaky relu", "abs") * 2,
    *("steep leaky relu", "hard tanh", "relu6", "piecewise linear", "relu"),
)
"""Every activation, those of the theorem more often."""

THEOREM_3 = Claim(
    id="theorem-3",
    sentence="Where F_{2,j}, at its own offset mu_{2,j} or at others, crosses two adjacent regions of layer 1, its "
    "facets there have the normals n = W_1^T D w_{2,j} and n' = W_1^T D' w_{2,j}; n - n' is the sum of "
    "(q_i - q_i') gamma_i w_{2,j,i} / sigma_{1,i} w_{1,i} over the units i whose hyperplane is the wall; the angles of "
    "the facets with H_{1,i} and with each other are those of Eq. 24-26; and at a ridge the half-facets meet at an "
    "angle of pi - arccos(<n, n'> / (||n|| ||n'||)).",
    source="Theorem 3, Eq. 23-26",
    hypotheses=(TWO_STAGES, PLANE, THIN),
    check=_check,
    options={"dimensions": (2, 3), "max_width": 3, "nonzero_rows": True, "kinds": KINDS},
    moot={
        TWO_STAGES.name: "there is a folded hyperplane of layer 2 only where there is a layer 2",
        PLANE.name: "in one dimension F is points, which have no angles",
    },
)
