"""Compiled enumeration: float64 signs with proved error bounds, and an exact modular oracle for the rest."""
