"""max over x != y of |f(x) - f(y)| / |x - y|: the largest operator norm among the affine maps of the regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral
from typing import TYPE_CHECKING, Literal

import numpy as np
from flint import fmpq, fmpq_poly, fmpz, fmpz_mat
from numpy.typing import NDArray

from polybn.errors import InputError
from polybn.exact.rational import brief, fraction
from polybn.networks.network import Network
from polybn.regions.linear import distinct_rows, essential_codes, require_complete
from polybn.regions.residues import integer_output

if TYPE_CHECKING:
    from polybn.regions.partition import Partition

MAX_BITS = 4096


@dataclass(frozen=True)
class Maximum:
    """lower <= maximum <= upper over all regions, and a region whose own value lies between the same bounds.

    Where `is_exact`, lower = upper is the maximum and it is attained on the region.
    """

    lower: Fraction
    upper: Fraction
    region: int

    @property
    def is_exact(self) -> bool:
        """Whether the bounds agree."""
        return self.lower == self.upper


def squared_lipschitz(part: Partition, *, bits: int = 20) -> Maximum:
    """The largest eigenvalue of A^T A over all regions: the square of the Lipschitz constant from Euclid to Euclid.

    The domain is convex and the network continuous, so a segment splits into parts on which it is affine, and the
    constant is the largest operator norm. For one output, or one input, it is rational and the bounds agree. Otherwise
    it is an algebraic number, enclosed with upper - lower <= lower / 2^bits; the bounds agree where it is rational.
    Every comparison is made exactly on characteristic polynomials, whose roots are real: no float is involved.
    Raises `IncompleteError` for a partition that was stopped. Cost: one affine map for each distinct essential code.
    """
    check_bits(bits)
    grams = [(_gram(linear), scale, region) for linear, scale, region in _linear_parts(part)]
    return _largest_eigenvalue([(gram, scale * scale, region) for gram, scale, region in grams], bits)


def lipschitz(part: Partition, norm: Literal["l1", "linf"]) -> Maximum:
    """The Lipschitz constant of the network from norm to norm, rational: the largest column or row sum of |A|.

    `norm`: "l1" (sums of |entries| over columns) or "linf" (over rows), the same on inputs and outputs. For the
    Euclidean norm see `squared_lipschitz`.
    """
    if norm not in ("l1", "linf"):
        raise InputError(f"norm is {brief(norm)}; write 'l1' or 'linf', or call squared_lipschitz for 'l2'.", norm)

    def size(linear: fmpz_mat) -> fmpz:
        lines = linear.transpose().tolist() if norm == "l1" else linear.tolist()
        return max(sum((abs(entry) for entry in line), fmpz(0)) for line in lines)

    return _rational_maximum(_linear_parts(part), size, power=1)


def squared_lipschitz_of_unit(part: Partition, layer: int, unit: int) -> Maximum:
    """max |grad h_{layer, unit}|^2 over the domain: the squared Lipschitz constant of a pre-activation, rational.

    Layers and units count from 0, hidden layers only. The gradient depends on the layers before, and the region named
    is the first on which it is attained. It bounds the distance to the folded hyperplane: d(x, F)^2 >= h(x)^2 / this.
    """
    widths = part.network.widths
    if not _is_below(layer, len(widths)) or not _is_below(unit, widths[layer]):
        raise InputError(
            f"There is no unit {brief(unit)} in hidden layer {brief(layer)}; the hidden layers have {list(widths)} "
            "units, counted from 0.",
            (layer, unit),
        )
    parts = ((fmpz_mat([linear.tolist()[unit]]), scale, at) for linear, scale, at in _linear_parts(part, layer))
    return _rational_maximum(parts, _squared_norm, power=2)


def _is_below(given: object, count: int) -> bool:
    """Whether it counts something from 0: an integer, and no truth value."""
    return isinstance(given, Integral) and given is not True and given is not False and 0 <= int(given) < count


def check_bits(bits: object) -> None:
    """Raises `InputError` unless bits is an int from 1 to `MAX_BITS`."""
    if isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= MAX_BITS:
        raise InputError(f"bits is {brief(bits)}; write an int from 1 to {MAX_BITS}.", bits)


def _rational_maximum(
    parts: Iterator[tuple[fmpz_mat, fmpz, int]], size: Callable[[fmpz_mat], fmpz], *, power: int
) -> Maximum:
    """The largest size(A): a maximum of integers, because the scale is the same for all."""
    values = [(size(linear), -region, scale) for linear, scale, region in parts]
    value, place, scale = max(values, key=lambda entry: entry[:2])
    result = fraction(fmpq(value, scale**power))
    return Maximum(result, result, -place)


def _linear_parts(part: Partition, layer: int | None = None) -> Iterator[tuple[fmpz_mat, fmpz, int]]:
    """(c A, c, first region) for each distinct essential code; of a hidden layer's pre-activations, or the output."""
    require_complete(part, "Lipschitz constants")
    network = part.network
    if layer is None:
        last, depth = integer_output(network), network.integer.depth
        codes = essential_codes(network, part.codes)
    else:
        last, depth = network.integer.layers[layer].weights, layer
        codes = part.codes[:, : sum(network.widths[:layer])]
    distinct, kind = distinct_rows(codes)
    _, first = np.unique(kind, return_index=True)
    for state, region in zip(states(network, distinct, depth), first.tolist(), strict=True):
        image = last * state
        rows = image.tolist()
        yield fmpz_mat([row[:-1] for row in rows[:-1]]), rows[-1][-1], region


def states(network: Network, codes: NDArray[np.int8], depth: int) -> Iterator[fmpz_mat]:
    """The homogeneous integer map of the first `depth` hidden layers for each code, in order.

    Codes that follow each other share the layers in which they agree, so sorted codes cost little beyond the last.
    """
    integer = network.integer
    ends = [0, *np.cumsum(network.widths[:depth]).tolist()]
    stack = [integer.start()]
    preactivations: list[fmpz_mat] = []
    before: list[int] = []
    for code in codes.tolist():
        kept = next((i for i in range(len(stack) - 1) if code[: ends[i + 1]] != before[: ends[i + 1]]), len(stack) - 1)
        del stack[kept + 1 :], preactivations[kept + 1 :]
        for layer in range(kept, depth):
            if layer == len(preactivations):
                preactivations.append(integer.preactivations(layer, stack[layer]))
            stack.append(integer.activate(layer, preactivations[layer], code[ends[layer] : ends[layer + 1]]))
        before = code
        yield stack[depth]


def _squared_norm(row: fmpz_mat) -> fmpz:
    return sum((entry * entry for entry in row.entries()), fmpz(0))


def _gram(linear: fmpz_mat) -> fmpz_mat:
    """A^T A or A A^T, whichever is smaller; they have the same positive eigenvalues."""
    transposed = linear.transpose()
    return transposed * linear if linear.ncols() <= linear.nrows() else linear * transposed


def _largest_eigenvalue(grams: list[tuple[fmpz_mat, fmpz, int]], bits: int) -> Maximum:
    """The largest eigenvalue among Gram matrices over one scale; by decreasing trace, which bounds it from above."""
    traces = sorted(((-_trace(gram), region, gram, scale) for gram, scale, region in grams), key=lambda e: e[:2])
    lower = upper = fmpq(0)
    best = min(region for _, _, region in grams)
    for negative, region, gram, _ in traces:
        if -negative <= lower:
            break
        polynomial = fmpq_poly(gram.charpoly())
        if not roots_at_most(polynomial, upper):
            lower, upper = _enclosed(polynomial, gram.nrows(), fmpq(-negative), bits)
            best = region
    scale = grams[0][1]
    return Maximum(fraction(lower / scale), fraction(upper / scale), best)


def _trace(matrix: fmpz_mat) -> fmpz:
    return sum((matrix[index, index] for index in range(matrix.nrows())), fmpz(0))


def roots_at_most(polynomial: fmpq_poly, bound: fmpq) -> bool:
    """Whether all roots of a monic polynomial with real roots only are <= bound: p(bound + x) has no coefficient < 0.

    If the roots r are <= bound, p(bound + x) = prod (x + bound - r) has none; and a monic polynomial without negative
    coefficients has no positive root.
    """
    return all(entry >= 0 for entry in polynomial(fmpq_poly([bound, 1])).coeffs())


def _enclosed(polynomial: fmpq_poly, degree: int, trace: fmpq, bits: int) -> tuple[fmpq, fmpq]:
    """lower <= largest root <= upper with upper - lower <= lower / 2^bits, for the eigenvalues of a Gram matrix."""
    rational = max(
        (-factor[0] / factor[1] for factor, _ in polynomial.factor()[1] if factor.degree() == 1), default=None
    )
    if rational is not None and roots_at_most(polynomial, rational):
        return rational, rational
    lower, upper = trace / degree, trace
    while upper - lower > lower / 2**bits:
        middle = (lower + upper) / 2
        if roots_at_most(polynomial, middle):
            upper = middle
        else:
            lower = middle
    return lower, upper
