"""The networks that are measured: random reference networks by their recipe, degenerate ones from their file."""

from __future__ import annotations

import json
import math
import os
from itertools import pairwise
from pathlib import Path

import numpy as np

import polybn as pb

RANDOM: dict[str, tuple[list[int], int | None]] = {
    "A": ([2, 16, 16, 1], 378),
    "B": ([2, 32, 32, 1], 1490),
    "C": ([2, 64, 64, 64, 1], 11280),
    "D": ([3, 16, 16, 1], 2519),
    "E": ([3, 32, 32, 1], 30815),
    "F": ([4, 16, 16, 1], 13492),
    "G": ([5, 12, 12, 1], 22028),
    "H": ([8, 10, 10, 1], 28634),
    "I": ([2, 256, 1], 27204),
    "J": ([2, 128, 128, 128, 1], 43249),
}
"""Widths and known number of regions in [-3, 3]^d, seed 0."""

MARKS = {
    "A": 600_000, "B": 800_000, "C": 400_000, "D": 400_000, "E": 400_000, "F": 160_000, "G": 220_000, "H": 150_000,
    "I": 350_000, "J": 250_000, "bn": 100_000, "K": 100_000, "dup": 30_000, "triple": 30_000, "K2": 30_000,
    "integer": 20_000, "integer3": 20_000, "zero": 20_000, "K_nobias": 20_000,
}  # fmt: skip
"""Regions a second that a case must reach on one core."""


def network(widths: list[int], seed: int = 0) -> pb.Network:
    """The random reference network: W ~ N(0, 1/n_in), b ~ N(0, 1/4), floats taken as exact dyadics."""
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in pairwise(widths):
        weights = rng.standard_normal((outputs, inputs)) / math.sqrt(inputs)
        layers.append((weights, rng.standard_normal(outputs) * 0.5))
    return pb.Network.from_arrays(layers, activation="relu")


def degenerate() -> dict[str, tuple[pb.Network, int]]:
    """The degenerate reference networks and their known counts; none where the shared folder is absent."""
    folder = Path(os.environ.get("POLYBN_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    path = folder / "nets" / "reference.json"
    if not path.is_file():
        return {}
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return {
        name: (pb.Network.from_arrays(list(zip(case["weights"], case["biases"], strict=True))), case["regions"])
        for name, case in cases.items()
        if case["kind"] == "degenerate"
    }
