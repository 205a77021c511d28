"""Normalisations drawn with their parameters: gamma of either sign and zero, beta, eps, coarse and fine roots."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from hypothesis import strategies as st

from polybn.claims.candidate import normalization_of
from polybn.drawing.numbers import points, rationals
from polybn.errors import InputError
from polybn.networks.normalization import FrozenNormalization, Normalization, Semantics, frozen
from polybn.normalizations import NORMALIZATIONS

Kind = type[Normalization] | Normalization | str

SIGMA_BITS = (4, 8, 24)
PARAMETERS = ("gamma", "beta", "eps", "sigma_bits")


def with_parameters(kind: Kind, **parameters: object) -> Normalization:
    """A normalisation (a class, an instance or a shipped name) with gamma, beta, eps or sigma_bits set, as a copy.

    It serves classes that take their parameters at construction and classes that declare them as attributes.
    Raises `InputError` for another name.

    >>> with_parameters("batchnorm", beta=1).beta
    1
    """
    if unknown := set(parameters) - set(PARAMETERS):
        raise InputError(f"{sorted(unknown)} are no parameters; write {', '.join(PARAMETERS)}.", parameters)
    given = normalization_of(kind)
    method = given() if isinstance(given, type) else copy.copy(given)
    for name, value in parameters.items():
        object.__setattr__(method, name, value)  # the class may be a frozen dataclass
    return method


def normalizations(
    kinds: Iterable[Kind] | None = None,
    *,
    units: int | None = None,
    beta: Literal["zero", "any"] = "any",
    gamma: Literal["nonzero", "nonnegative", "any"] = "any",
) -> st.SearchStrategy[Normalization]:
    """Normalisations without statistics, of the kinds given (all that ship when None), with drawn parameters.

    gamma and beta are None or one number for all units, and, where `units` says how many there are, one number each.
    An instance among the kinds keeps what it sets. Shrinks to the first kind as it ships.
    """
    chosen = [normalization_of(kind) for kind in (NORMALIZATIONS if kinds is None else kinds)]
    if not chosen:
        raise InputError(f"kinds is empty; name one of {', '.join(NORMALIZATIONS)}, or leave it out.", kinds)
    scale = rationals(bound=2, nonzero=gamma == "nonzero")
    scales = _one_or_each(scale.map(abs) if gamma == "nonnegative" else scale, units)
    shifts = st.none() if beta == "zero" else _one_or_each(rationals(bound=2), units)
    eps = st.sampled_from([0, 1]) | rationals(bound=1, positive=True)
    return _normalizations(st.sampled_from(chosen), scales, shifts, eps)


def frozen_normalizations(units: int) -> st.SearchStrategy[FrozenNormalization]:
    """Given mu, sigma > 0, gamma and beta of `units` units; given numbers, or said to be of a variance."""
    numbers = points(units)
    made = st.builds(frozen, numbers, points(units, rationals(positive=True)), st.none() | numbers, st.none() | numbers)
    return st.builds(_stated, made, st.sampled_from((Semantics.FROZEN, Semantics.EXACT, Semantics.SLACK)))


def _one_or_each(numbers: st.SearchStrategy[object], units: int | None) -> st.SearchStrategy[object]:
    each = [st.tuples(*[numbers] * units)] if units else []
    return st.one_of(st.none(), numbers, *each)


@st.composite
def _normalizations(
    draw: st.DrawFn,
    kinds: st.SearchStrategy[type[Normalization] | Normalization],
    scales: st.SearchStrategy[object],
    shifts: st.SearchStrategy[object],
    eps: st.SearchStrategy[object],
) -> Normalization:
    given = draw(kinds)
    drawn = {"gamma": draw(scales), "beta": draw(shifts)}
    if isinstance(given, type):
        return with_parameters(given, **drawn, eps=draw(eps), sigma_bits=draw(st.sampled_from(SIGMA_BITS)))
    return with_parameters(given, **{name: value for name, value in drawn.items() if getattr(given, name) is None})


def _stated(made: FrozenNormalization, semantics: Semantics) -> FrozenNormalization:
    """The same map, said to come from a variance: sigma^2 itself, or half of it with a slack."""
    if semantics is Semantics.FROZEN:
        return made
    share = 1 if semantics is Semantics.EXACT else 2
    return replace(made, semantics=semantics, squared_scale=tuple(scale**2 / share for scale in made.scale))
