"""Intervals that hold every pre-activation of a module that torch runs, rounding included; Lipschitz constants."""
