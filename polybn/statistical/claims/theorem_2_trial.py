"""Suspects of theorem 2 on trial: the unit concerned and all before it in rationals, put to the claim itself.

Weights, statistics, slopes, the point and both levels are floats, so exact rationals. Only sigma is a root: a rational
within a relative 2^-SIGMA_BITS above it stands for it. Normalisations before the unit's layer are folded in exactly,
and the layer keeps that unit alone, so that the claim is asked of the draw and of nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from flint import fmpq
from torch import Tensor

from polybn.claims.claim import Claim
from polybn.claims.theorem_2 import THEOREM_2, THEOREM_2_SAME_SIDE
from polybn.claims.view import ExactView, Instance
from polybn.errors import InputError
from polybn.exact.rational import exact_float
from polybn.networks.layer import Linear, Module
from polybn.networks.network import Network
from polybn.networks.normalization import FrozenNormalization
from polybn.outcome import Outcome
from polybn.regions.domain import box
from polybn.statistical.enclosures.operations import Activation, Affine, Normalization, Reshape
from polybn.statistical.enclosures.rational import activation_of, linear_of, normalisation_of
from polybn.statistical.enclosures.tracing import Step, Traced

MAX_FOLDS = {1: 64, 2: 32, 3: 24}
"""All regions of the layers before are listed, in all of R^d: units times breakpoints, by the number of inputs."""
CLAIMS = {claim.id: claim for claim in (THEOREM_2, THEOREM_2_SAME_SIDE)}


@dataclass(frozen=True, eq=False)
class Suspect:
    """A draw whose brackets contradict the claim `claim`: a point, a unit of a normalisation, by name, two levels."""

    claim: str
    traced: Traced
    layer: str
    unit: int
    point: Tensor
    levels: tuple[float, float]


def is_small(traced: Traced, layer: str, inputs: int) -> bool:
    """Whether the layers before are a chain of matrices with few folds, so that a trial is done in seconds."""
    steps = traced.steps[: [step.name for step in traced.steps].index(layer) + 1]
    is_chain = all(after.reads == (before.name,) for before, after in pairwise(steps)) and steps[0].reads == ("",)
    known = (
        isinstance(step.operation, Normalization | Activation)
        or (isinstance(step.operation, Affine) and step.operation.stride is None)
        or (isinstance(step.operation, Reshape) and step.operation.start == 1)
        for step in steps
    )
    first = next(step.operation for step in steps if not isinstance(step.operation, Reshape))
    starts = isinstance(first, Affine) and first.weight.shape[1] == inputs and inputs in MAX_FOLDS
    return is_chain and all(known) and starts and _folds(steps) <= MAX_FOLDS[inputs]


def _folds(steps: Sequence[Step]) -> float:
    """Units times breakpoints; inf where a normalisation is not one of a matrix's rows, as over sequences."""
    folds, width = 0, 0
    for step in steps:
        match step.operation:
            case Affine() as affine:
                width = len(affine.weight)
            case Normalization() as normalization if len(normalization.location) != width:
                return inf
            case Activation() as function:
                folds += width * len(function.breakpoints)
            case _:
                pass
    return folds


def rebuilt(suspect: Suspect) -> Instance:
    """The draw as an instance of the claim; raises `InputError` for a network that is no small chain."""
    point = tuple(map(exact_float, suspect.point.flatten().tolist()))
    if not is_small(suspect.traced, suspect.layer, len(point)):
        raise InputError(
            f"The layers before {suspect.layer!r} are not put to a trial: needed are matrices in a chain, at most "
            + " or ".join(f"{folds} units times breakpoints after {count} inputs" for count, folds in MAX_FOLDS.items())
            + ".",
            suspect,
        )
    offsets = tuple(map(exact_float, suspect.levels))
    network = Network(_modules(suspect))
    return Instance(network, (point,), box(-1, 1, dim=len(point)), points=(point,), offsets=offsets)


def trial(suspect: Suspect) -> Outcome:
    """What the claim says of the draw, hypotheses included."""
    claim: Claim = CLAIMS[suspect.claim]
    return claim.decide(ExactView(rebuilt(suspect)))


def _modules(suspect: Suspect) -> list[Module]:
    """The layers up to the normalisation, of whose rows the suspected unit's is kept."""
    modules: list[Module] = []
    for step in suspect.traced.steps:
        match step.operation:
            case Affine() as affine:
                modules.append(linear_of(affine))
            case Activation() as function:
                modules.append(activation_of(function))
            case Normalization() as normalization if step.name == suspect.layer:
                return [*modules, *_kept(normalisation_of(normalization), suspect.unit)]
            case Normalization() as normalization:
                modules.append(_diagonal(normalisation_of(normalization)))
            case _:
                pass
    raise InputError(f"{suspect.layer!r} is no normalisation of the module.", suspect)


def _diagonal(normalization: FrozenNormalization) -> Linear:
    rows = [[fmpq(0)] * normalization.units for _ in range(normalization.units)]
    for unit, factor in enumerate(normalization.factors):
        rows[unit][unit] = factor
    return Linear(rows, normalization.shifts)


def _kept(normalization: FrozenNormalization, unit: int) -> list[Module]:
    """A selection of one unit, and its normalisation."""
    row = [[fmpq(int(place == unit)) for place in range(normalization.units)]]
    parts = (normalization.location, normalization.scale, normalization.gamma, normalization.beta)
    location, scale, gamma, beta = ((part[unit],) for part in parts)
    return [Linear(row), FrozenNormalization(location, scale, gamma, beta)]
