"""Compiled enumeration: float64 signs with proved error bounds, and an exact modular oracle where they do not decide."""
