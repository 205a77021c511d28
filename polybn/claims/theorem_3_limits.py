"""What becomes of the angles of Theorem 3 as one sigma_{1,i} goes to 0 or to infinity, by algebra and by geometry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flint import fmpq, fmpq_poly

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.scaled_unit import Bend, Scaling, Side, ratio_at_infinity, ratio_at_zero, squared
from polybn.claims.theorem_3 import PLANE, TWO_STAGES
from polybn.claims.view import ExactView
from polybn.exact.matrix import inner
from polybn.exact.rational import text
from polybn.outcome import Fails, Holds, Outcome, Skipped
from polybn.regions.dihedral import SignedCosine, cosine

EXPONENTS = (4, 8, 16)
"""sigma_{1,i} is set to 2^-k and to 2^k; k is doubled further until the bounds say something."""


def _check(view: ExactView) -> Outcome:
    scaling = Scaling(view)
    compared = 0
    for bend in scaling.bends():
        failure = moved(scaling, bend)
        for side in bend.sides:
            failure = failure or _small(scaling, bend, side)
            compared += side.limit() is not None
        failure = failure or _folds_at_zero(scaling, bend) or _folds_at_infinity(scaling, bend)
        if failure:
            return failure
    return Holds(compared) if compared else Skipped("h_2 varies beside a wall")


def moved(scaling: Scaling, bend: Bend) -> Fails | None:
    """The failure where a point of H_{1,i} leaves it when sigma_{1,i} changes, and the regions with it."""
    layer = scaling.at(bend.i, fmpq(1, 16)).network.hidden[0]
    value = layer.affine.apply(bend.wall.point)[bend.i]
    if value in layer.activation.breakpoints:
        return None
    point = ", ".join(map(text, bend.wall.point))
    return Fails(
        f"h_1 = {text(value)} at ({point}) on H_{{1,i}} when sigma_{{1,i}} = 1/16",
        f"a breakpoint: one of {', '.join(map(text, layer.activation.breakpoints))}",
        bend.place,
    )


def _small(scaling: Scaling, bend: Bend, side: Side) -> Fails | None:
    """sigma -> 0+: aligned at the rate stated where the unit acts on the normal, else the same for every sigma."""
    limit = side.limit()
    if not side.push:
        start = scaling.squared_cosine(bend, side, scaling.scale(bend.i))
        for scale in _towards_zero(lambda scale: True):
            found = scaling.squared_cosine(bend, side, scale)
            if found != start or found != limit:
                return _fails(f"cos(F, H)^2 at sigma = {text(scale)}", found, "unchanged, and the limit", limit, bend)
        return None
    for scale in _towards_zero(lambda scale: 2 * side.squared_rate * scale**2 < 1):
        # Where the normal is zero at this sigma, F has no facet and the bound has to be empty.
        found = scaling.squared_cosine(bend, side, scale) or fmpq(0)
        if found < 1 - side.squared_rate * scale**2:
            return _fails(
                f"cos(F, H)^2 at sigma = {text(scale)}", found, "at least", 1 - side.squared_rate * scale**2, bend
            )
    return None if limit == 1 else _fails("limit of cos(F, H)^2", limit, "aligned:", fmpq(1), bend)


def _folds_at_zero(scaling: Scaling, bend: Bend) -> Fails | None:
    """sigma -> 0+: both sides align, with equal or opposite directions by the sign of q q'."""
    first, second = bend.sides
    if not first.push or not second.push:
        return None
    wanted = 1 if first.push * second.push > 0 else -1
    rate = 2 * (first.squared_rate + second.squared_rate)
    for scale in _towards_zero(lambda scale: 2 * rate * scale**2 < 1):
        failure = _bounded(scaling, bend, scale, wanted, rate * scale**2)
        if failure:
            return failure
    along, products = _between(bend)
    limit = ratio_at_infinity(along * along, products)
    leading = along[along.degree()]
    return None if limit == 1 and leading * wanted > 0 else _fails("limit of cos(F, F')^2", limit, "", fmpq(1), bend)


def _folds_at_infinity(scaling: Scaling, bend: Bend) -> Fails | None:
    """sigma -> infinity: the fold vanishes where r != 0; where r = 0 both facets are parallel to H for every sigma."""
    first, second = bend.sides
    if not bend.is_single:
        return None
    a, c = inner(first.row, first.row), inner(first.rest, first.rest)
    if not c:
        pushes = first.push * second.push
        if not pushes:
            return None
        failures = (
            _bounded(scaling, bend, fmpq(2) ** k, 1 if pushes > 0 else -1, fmpq(0)) for k in (-EXPONENTS[0], 0, 4)
        )
        return next((failure for failure in failures if failure), None)
    rate = 2 * (first.push**2 + second.push**2) * a / c
    for scale in _towards_zero(lambda scale: 2 * rate * scale**2 < 1):
        failure = _bounded(scaling, bend, 1 / scale, 1, rate * scale**2)
        if failure:
            return failure
    along, products = _between(bend)
    limit = ratio_at_zero(along * along, products)
    return None if limit == 1 and along[0] > 0 else _fails("limit of cos(F, F')^2", limit, "", fmpq(1), bend)


def _bounded(scaling: Scaling, bend: Bend, scale: fmpq, wanted: int, bound: fmpq) -> Fails | None:
    """Whether 1 - cos(F, F')^2 <= bound < 1/2 with the sign wanted, and the half-facets agree; moot above 1/2."""
    if 2 * bound >= 1:
        return None
    facets = [scaling.facet(side, bend.i, scale) for side in bend.sides]
    if facets[0] is None or facets[1] is None:
        return _fails(f"facets at sigma = {text(scale)}", None, "1 - cos^2 <=", bound, bend)
    angle = cosine(facets[0].normal, facets[1].normal)
    meeting = scaling.dihedral(bend, scale)
    for name, found in (("cos(F, F')", angle), ("-cos of the dihedral angle", meeting and meeting.opposite)):
        if found is not None and (found.sign != wanted or 1 - squared(found) > bound):
            expected = SignedCosine(wanted, found.square)
            return Fails(
                f"{name} = {found} at sigma = {text(scale)}",
                f"the sign of {expected}, and 1 - cos^2 <= {text(bound)}",
                bend.place,
            )
    return None


def _between(bend: Bend) -> tuple[fmpq_poly, fmpq_poly]:
    """<n, n'> and ||n||^2 ||n'||^2 as polynomials in 1 / sigma."""
    first, second = bend.sides
    a = inner(first.row, first.row)
    cross = first.push * inner(first.row, second.rest) + second.push * inner(second.row, first.rest)
    along = fmpq_poly([inner(first.rest, second.rest), cross, first.push * second.push * a])
    return along, first.products[1] * second.products[1]


def _towards_zero(is_small: Callable[[fmpq], bool]) -> Iterator[fmpq]:
    """2^-k for the exponents, and on until `is_small`."""
    exponents: list[int] = [*EXPONENTS]
    while not is_small(fmpq(1) / fmpq(2) ** exponents[-1]):
        exponents.append(2 * exponents[-1])
    for exponent in exponents:
        yield fmpq(1) / fmpq(2) ** exponent


def _fails(name: str, found: fmpq | None, word: str, wanted: fmpq | None, bend: Bend) -> Fails:
    sides = ["no facet" if value is None else text(value) for value in (found, wanted)]
    return Fails(f"{name}: {sides[0]}", f"{word} {sides[1]}".strip(), bend.place)


def _scaled(view: ExactView) -> bool:
    return view.network.stages[0].frozen is not None


def _first_beta_zero(view: ExactView) -> bool:
    frozen = view.network.stages[0].frozen
    return frozen is None or not any(frozen.beta)


def _first_breakpoint_zero(view: ExactView) -> bool:
    function = view.network.stages[0].activation
    return function is None or not any(function.breakpoints)


def _leaky(view: ExactView) -> bool:
    function = view.network.stages[0].activation
    return function is not None and len(function.slopes) == 2 and 0 < function.slopes[0] < function.slopes[1] == 1


SIGMA_1 = Hypothesis("sigma_1", "layer 1 is normalised", _scaled)
BETA_1 = Hypothesis("beta_1 = 0", "every beta of layer 1 is zero", _first_beta_zero, {"beta": "zero"})
BREAKPOINT_1 = Hypothesis(
    "breakpoint at 0", "the activation of layer 1 has the one breakpoint 0", _first_breakpoint_zero,
    {"breakpoints": "zero"},
)  # fmt: skip
LEAKY_1 = Hypothesis("0 < eta < 1", "layer 1 has a leaky ReLU", _leaky, {"kinds": ("leaky relu",)})

MOOT = {
    TWO_STAGES.name: "there is a folded hyperplane of layer 2 only where there is a layer 2",
    PLANE.name: "in one dimension F is points, which have no angles",
    SIGMA_1.name: "without a normalisation there is no sigma_{1,i}",
}
OPTIONS = {"dimensions": (2, 3), "max_width": 2, "nonzero_rows": True}
IN_THE_PLANE = {**OPTIONS, "dimensions": (2,)}

THEOREM_3_LIMITS = Claim(
    id="theorem-3-limits",
    sentence="The regions of layer 1 do not depend on sigma_{1,i}. As sigma_{1,i} -> 0+ the facet of F_{2,j} in a "
    "region beside H_{1,i} aligns with H_{1,i}, 1 - cos^2 <= ||r||^2 sigma_{1,i}^2 / "
    "(q_i gamma_i w_{2,j,i} ||w_{1,i}||)^2, where q_i w_{2,j,i} != 0, and is the same for every sigma_{1,i} where that "
    "is 0; the half-facets on both sides fold back (dihedral angle -> 0) if q_i q_i' < 0 and flatten (-> pi) if "
    "q_i q_i' > 0. As sigma_{1,i} -> infinity the fold vanishes (-> pi) where r != 0 and H_{1,i} is the hyperplane of "
    "unit i alone.",
    source="Remarks after Theorem 3, repaired",
    hypotheses=(TWO_STAGES, PLANE, SIGMA_1, BETA_1, BREAKPOINT_1),
    check=_check,
    twin="theorem-3-limits-as-stated",
    options=OPTIONS,
    moot=MOOT,
)


def _check_as_stated(view: ExactView) -> Outcome:
    scaling = Scaling(view)
    compared = 0
    for bend in scaling.bends():
        for side in bend.sides:
            if not side.push:
                continue
            failure = _small(scaling, bend, side) if side.slope == 1 else _aligns(scaling, bend, side)
            if failure:
                return failure
            compared += 1
    return Holds(compared) if compared else Skipped("w_{2,j,i} != 0")


def _aligns(scaling: Scaling, bend: Bend, side: Side) -> Fails | None:
    """The facet on the other side, if it turns towards H_{1,i} all the way as sigma_{1,i} -> 0+."""
    start = scaling.squared_cosine(bend, side, scaling.scale(bend.i))
    if side.limit() != 1 or start in (None, 1):
        return None
    least = fmpq(1) / fmpq(2) ** EXPONENTS[-1]
    parts = ((scale, scaling.squared_cosine(bend, side, scale) or fmpq(0)) for scale in (scaling.scale(bend.i), least))
    turned = ", ".join(f"{text(value)} at sigma = {text(scale)}" for scale, value in parts)
    return Fails(f"cos(F', H)^2 = {turned}, 1 in the limit", "a limit below 1: F' does not align", bend.place)


THEOREM_3_LIMITS_AS_STATED = Claim(
    id="theorem-3-limits-as-stated",
    sentence="With a leaky ReLU, as sigma_{1,i} -> 0+ the facet of F_{2,j} on the active side of H_{1,i} aligns with "
    "H_{1,i}, and the one on the other side is unchanged or mildly folded: it does not align.",
    source="Remarks after Theorem 3",
    hypotheses=(TWO_STAGES, PLANE, SIGMA_1, BETA_1, LEAKY_1),
    check=_check_as_stated,
    twin="theorem-3-limits",
    options=IN_THE_PLANE,
    moot=MOOT,
)
