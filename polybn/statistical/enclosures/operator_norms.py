"""Upper bounds on ||W||, the largest ||W v|| / ||v||, of matrices and convolutions, rounding included.

||A||^2 = ||A A^T||, so from A_(i + 1) = A_i A_i^T, j times, ||A|| <= ||A_j||_F^(1 / 2^j), which is within a factor
rank^(1 / 2^(j + 1)) of ||A|| (the Gram iteration of Delattre et al. 2023). A product of floats is off by
gamma_n ||A||_F ||B||_F in the Frobenius norm.

A convolution is part of one on a torus with room for the padding. There the Fourier transform makes it a matrix for
each frequency, and its norm is the largest of theirs.
"""

from __future__ import annotations

from math import pi

import torch
from torch import Tensor

from polybn.statistical.enclosures.enclosure import gamma, least, lengths, unit
from polybn.statistical.enclosures.operations import Affine

ITERATIONS = 6
"""With 1024 rows the bound is within 6 % of the norm."""
ENTRIES = 1 << 22
"""Of the matrices of all frequencies that are in memory at once."""


def matrix_norms(matrices: Tensor, errors: Tensor) -> Tensor:
    """For each of (..., rows, columns) a bound on the norm of every matrix within `errors` of it (Frobenius)."""
    lost, share = [], gamma(4 * max(matrices.shape[-2:]), matrices.real)
    scales: list[Tensor] = []
    current = matrices if matrices.shape[-2] <= matrices.shape[-1] else matrices.mH
    for _ in range(ITERATIONS):
        # A power of two is exact and keeps the squares from overflowing and vanishing.
        scale = torch.exp2(torch.floor(torch.log2(_frobenius(current).clamp(min=least(errors)))))
        current = current / scale[..., None, None]
        scales.append(scale)
        lost.append(share * _frobenius(current) ** 2 + current[0].numel() * 4 * least(errors))
        current = current @ current.mH
    bound = _frobenius(current)
    for scale, slip in zip(reversed(scales), reversed(lost), strict=True):
        bound = torch.sqrt((bound + slip) * (1 + 8 * unit(errors))) * scale * (1 + 8 * unit(errors))
    return (bound + errors) * (1 + 8 * unit(errors))


def affine_norm(operation: Affine, scale: Tensor | None, size: tuple[int, ...]) -> float:
    """A bound on the norm of s W, s a factor for each row, on inputs of `size`, (channels, height, width) or (inputs,).

    Each s is meant within 32 roundings of the weight's type.
    """
    weight = operation.weight.double()
    if scale is not None:
        weight = weight * scale.double().reshape(-1, *[1] * (weight.dim() - 1))
    slack = 64 * unit(operation.weight) * _frobenius(weight.flatten(1))
    # A scale, and a product with it, may underflow.
    slack = slack + least(operation.weight) * (_frobenius(operation.weight.double().flatten(1)) + weight.numel())
    if operation.stride is None:
        return float(matrix_norms(weight[None], slack[None])[0])
    norms: list[Tensor] = []
    for part in weight.reshape(operation.groups, -1, *weight.shape[1:]):
        norms.append(_convolution_norm(part, operation, size) + slack)
    return float(torch.stack(norms).max()) * (1 + 8 * unit(weight))


def _convolution_norm(weight: Tensor, operation: Affine, size: tuple[int, ...]) -> Tensor:
    """The largest over the frequencies of a torus on which nothing wraps around; a stride only leaves outputs out."""
    taps = weight.flatten(2)
    height, width = (
        n + max(d * (k - 1), 2 * p)
        for n, d, k, p in zip(size[1:], operation.dilation, weight.shape[2:], operation.padding, strict=True)
    )
    rows, columns = (
        torch.arange(k, device=weight.device) * d for k, d in zip(weight.shape[2:], operation.dilation, strict=True)
    )
    frequencies = torch.cartesian_prod(
        torch.arange(height // 2 + 1, device=weight.device), torch.arange(width, device=weight.device)
    )
    # Those above height / 2 are the complex conjugates of these, with the same norms.
    error = 96 * taps.shape[2] ** 1.5 * unit(weight) * _frobenius(weight.flatten(1))
    at_once = max(1, ENTRIES // taps[:, :, 0].numel())
    found: list[Tensor] = []
    for part in frequencies.split(at_once):
        down, across = (
            (torch.outer(frequency, places) % period).double() * (2 * pi / period)
            for frequency, places, period in zip(part.T, (rows, columns), (height, width), strict=True)
        )
        waves = _circle(down)[:, :, None] * _circle(across)[:, None]
        matrices = torch.einsum("ft,oit->foi", waves.flatten(1), taps.to(waves.dtype))
        found.append(matrix_norms(matrices, error.expand(len(part))).max())
    return torch.stack(found).max()


def _circle(angles: Tensor) -> Tensor:
    return torch.polar(torch.ones_like(angles), angles)


def _frobenius(matrices: Tensor) -> Tensor:
    """Not below the Frobenius norms, but for a rounding or two."""
    terms, found = matrices.shape[-2] * matrices.shape[-1], lengths(matrices, (-2, -1))
    return found * (1 + gamma(2 * terms + 8, found))
