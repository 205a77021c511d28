"""Folded hyperplanes through balls: sampled, and between two proven counts."""
