"""Rational numbers, integer matrices and linear feasibility: the only place where equality is judged."""
