"""Piecewise-affine networks with rational parameters: exact forward pass, codes, and the affine map of a code."""
