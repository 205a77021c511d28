"""Distances to folded hyperplanes between two proven bounds, and theorem 2 and corollary 1 asked of large networks."""
