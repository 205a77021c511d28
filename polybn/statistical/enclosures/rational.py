"""Traced operations in rationals: weights, locations and variances are floats, so exact, and only sigma is a root.

A rational within a relative 2^-SIGMA_BITS above sqrt(variance + eps) stands for it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from polybn.exact.matrix import vector
from polybn.exact.rational import exact_float
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.layer import Linear
from polybn.networks.normalization import FrozenNormalization, frozen, rational_root_above
from polybn.statistical.enclosures.operations import Activation, Affine, Normalization

SIGMA_BITS = 64


def linear_of(affine: Affine, name: str = "Linear") -> Linear:
    """The matrix and bias as they are stored."""
    bias = None if affine.bias is None else _array(affine.bias)
    return Linear(_array(affine.weight), bias, name=name)


def normalisation_of(operation: Normalization) -> FrozenNormalization:
    """The frozen normalisation; raises `InputError` where a sigma is 0."""
    squares = vector(_array(operation.variance))
    eps = vector([exact_float(operation.eps)])[0]
    ones = torch.ones_like(operation.location)
    gamma = ones if operation.gamma is None else operation.gamma
    beta = 0 * ones if operation.beta is None else operation.beta
    scale = [rational_root_above(square + eps, SIGMA_BITS) if square + eps > 0 else square for square in squares]
    return frozen(_array(operation.location), scale, _array(gamma), _array(beta))


def activation_of(operation: Activation) -> PiecewiseLinear:
    """The activation by its breakpoints, slopes and first offset."""
    points, slopes = (tuple(map(exact_float, part)) for part in (operation.breakpoints, operation.slopes))
    return PiecewiseLinear(points, slopes, exact_float(operation.offsets[0]))


def _array(tensor: Tensor) -> object:
    return tensor.cpu().double().numpy()
