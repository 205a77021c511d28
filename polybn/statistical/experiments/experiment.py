"""What every experiment of the paper has: settings, small and full, rows from one seed, and means over seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from polybn.statistical.device import device_of, spelled

Row = dict[str, Any]
"""A line of a table: JSON values by column; all rows of a table have the same columns."""


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True)
class Surroundings:
    """Where one seed is computed: the device's name, who is told how far it is, and a folder for checkpoints or None.

    What is computed depends on none of these but the device, whose rounding differs.
    """

    device: str = "auto"
    progress: Callable[[str], None] = _silent
    folder: Path | None = None


@dataclass(frozen=True)
class Experiment:
    """One figure or table: `run_seed(settings, seed, surroundings)` gives the rows of a seed.

    `over_seeds(rows)` gives a table of means with what says how far they can be trusted; it raises `InputError` without
    rows. `small` are the settings for two cores within two minutes, `full` those for a GPU: frozen dataclasses of JSON
    values.
    """

    name: str
    title: str
    small: Any
    full: Any
    run_seed: Callable[[Any, int, Surroundings], list[Row]]
    over_seeds: Callable[[list[Row]], list[Row]]

    def described(self, settings: Any, seeds: int, device: str) -> dict[str, Any]:
        """What a result says of how it was obtained."""
        return {
            "experiment": self.name,
            "title": self.title,
            "settings": asdict(settings),
            "seeds": seeds,
            "device": spelled(device_of(device)),
            "torch": torch.__version__,
        }
