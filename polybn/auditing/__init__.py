"""Deciding claims: the hunt for a counterexample, kept witnesses, sharpness, frequencies; one audit on many cores."""
