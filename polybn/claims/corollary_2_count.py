"""Because its arrangement is central, a layer has few regions: Zaslavsky's count, 2 sum_{i<d} C(n-1, i) in general."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import comb

from flint import fmpq_mat

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import BETA_ZERO, BREAKPOINT_ZERO, FEW_UNITS, NORMALIZED
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector
from polybn.networks.activation import ReLU
from polybn.networks.network import Network
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.whole_space import whole_space


def central_count(rows: list[Vector]) -> int:
    """The regions of {<w, z> = 0} for rows w != 0 by Whitney and Zaslavsky: the sum over sets S of (-1)^(|S| - rank S).

    >>> from flint import fmpq
    >>> central_count([(fmpq(1), fmpq(0)), (fmpq(0), fmpq(1)), (fmpq(1), fmpq(1))])
    6
    """
    subsets = (chosen for size in range(len(rows) + 1) for chosen in combinations(rows, size))
    return sum((-1) ** (len(chosen) - _rank(chosen)) for chosen in subsets)


def generic_count(rows: list[Vector]) -> int | None:
    """2 sum_{i<d} C(n-1, i) where any min(n, d) of n >= 1 rows in R^d are independent, else None."""
    if not rows:
        return None
    size = min(len(rows), len(rows[0]))
    if any(_rank(chosen) < size for chosen in combinations(rows, size)):
        return None
    return 2 * sum(comb(len(rows) - 1, index) for index in range(len(rows[0])))


def _rank(rows: tuple[Vector, ...]) -> int:
    return fmpq_mat([list(row) for row in rows]).rank() if rows else 0


def _check(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        found = _regions(layer)
        for claimed in _counts(layer):
            if found != claimed:
                return Fails(f"{found} regions", str(claimed), f"layer {layer.index}, in the space of its inputs")
            compared += 1
    return Holds(compared)


def _regions(layer: NormalizedLayer) -> int:
    """The regions of the layer alone, in all of its input space; the boundary of an output is where it vanishes."""
    stage = layer.stage
    network = Network((stage if stage.activation else replace(stage, activation=ReLU()),))
    return len(enumerate_regions(network, whole_space(network.dimension), exact=True))


def _counts(layer: NormalizedLayer) -> list[int]:
    """What the theorem says, and what it says of rows in general position where they are."""
    units = zip(layer.rows, layer.statistics.gamma, strict=True)
    rows = [row for row, gamma in units if gamma and any(row)]
    generic = generic_count(rows)
    return [central_count(rows)] if generic is None else [central_count(rows), generic]


COROLLARY_2_COUNT = Claim(
    id="corollary-2-count",
    sentence="In the space of its inputs a layer has as many regions as the central arrangement of its rows: the sum "
    "over sets S of rows w_k, gamma_k w_k != 0, of (-1)^(|S| - rank S), which is 2 sum_{i<d} C(n-1, i) for n of them "
    "in general position.",
    source="Corollary 2 with Zaslavsky's theorem",
    hypotheses=(NORMALIZED, BETA_ZERO, BREAKPOINT_ZERO, FEW_UNITS),
    check=_check,
    moot={
        NORMALIZED.name: "without a normalised layer nothing is said",
        FEW_UNITS.name: "it bounds the work of the check; Zaslavsky's theorem asks for no bound",
    },
)
