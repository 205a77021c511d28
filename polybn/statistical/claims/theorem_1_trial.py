"""Suspects of theorem 1 on trial: the floats that a normalisation reads, as rationals, have one exact minimiser."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from torch import Tensor, nn

from polybn.errors import InputError
from polybn.statistical.claims.theorem_1 import LayerMinimum, TotalLeastSquares
from polybn.statistical.enclosures.enclosure import gamma, unit
from polybn.statistical.modules.capture import captured
from polybn.statistical.modules.channel_moments import in_float64
from polybn.statistical.sampled import Sampled


def tried_minima(
    result: TotalLeastSquares,
    module: nn.Module,
    batch: Tensor,
    *,
    seed: int,
    level: float = 0.95,
    at_most: int = 100,
) -> Sampled:
    """The record of `result` with its suspects, the first `at_most`, convicted or cleared in rational arithmetic.

    The minimiser of mean_n (t_n - mu)^2 / ||w_k||^2 is the mean of the t_n, a rational. A suspect is convicted when it
    differs from the claimed one by more than rounding can have moved that (the sum of n floats, and the claim's own
    float type), and cleared otherwise. Module and batch are those that gave `result`, so that the floats are the
    same; raises `InputError` where the module has no such layer.
    """
    waiting = {layer.name: _units(layer) for layer in result.layers}
    chosen = [(name, k) for name, units in waiting.items() for k in units][: max(0, at_most)]
    inputs = _read(module, batch, result.chunk, chosen)
    layers = {layer.name: layer for layer in result.layers}
    convicted = sum(_differs(layers[name], k, inputs[name, k]) for name, k in chosen)
    return replace(result.sampled(seed=seed, level=level), convicted=convicted, cleared=len(chosen) - convicted)


def _units(layer: LayerMinimum) -> list[int]:
    return layer.suspects.nonzero().flatten().tolist()


def _read(
    module: nn.Module, batch: Tensor, chunk: int, chosen: list[tuple[str, int]]
) -> dict[tuple[str, int], list[float]]:
    """All t_n of the chosen units."""
    found: dict[tuple[str, int], list[float]] = {}
    for one in captured(module, batch, chunk=chunk) if chosen else ():
        values = in_float64(one.inputs).cpu()
        for name, k in chosen:
            if name == one.name and k < values.shape[1]:
                found.setdefault((name, k), []).extend(values[:, k].flatten().tolist())
    if missing := [name for name, k in chosen if (name, k) not in found]:
        raise InputError(f"The module has no normalisation {missing[0]!r}; give the one that gave the result.", module)
    return found


def _differs(layer: LayerMinimum, k: int, values: list[float]) -> bool:
    """Whether the claimed minimiser is farther from the mean than rounding explains."""
    mean = sum(map(Fraction, values), Fraction(0)) / len(values)
    largest = max(map(abs, values))
    rounding = 8 * gamma(len(values), layer.found) + 4 * unit(layer.claimed)
    return abs(Fraction(float(layer.claimed[k])) - mean) > Fraction(rounding) * Fraction(largest)
