"""Seeds: every draw names its own, and two kinds of draw with one seed do not share their numbers."""

from __future__ import annotations

import numpy as np
import torch

from polybn.errors import InputError
from polybn.exact.rational import brief

MAX_SEED = 2**32


def generator(seed: object, kind: str) -> torch.Generator:
    """A generator on the processor for one kind of draw, so that numbers are the same whatever the device.

    Raises `InputError` unless the seed is a whole number in 0, ..., 2^32 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < MAX_SEED:
        raise InputError(f"The seed is {brief(seed)}; a whole number from 0 to {MAX_SEED - 1} is needed.", seed)
    state = np.random.SeedSequence([seed, *kind.encode()]).generate_state(1, np.uint32)
    return torch.Generator().manual_seed(int(state[0]))
