"""The normalisation that is asked about: a class, an instance, or the name of one that polybn ships."""

from __future__ import annotations

import re
from typing import cast

from flint import fmpq

from polybn.claims.facts import broken_facts
from polybn.errors import ClaimError
from polybn.files import closest
from polybn.networks.normalization import Normalization
from polybn.normalizations import NORMALIZATIONS

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)


def normalization_of(given: type[Normalization] | Normalization | str) -> type[Normalization] | Normalization:
    """The normalisation that a name stands for, or the class or instance itself, checked to be usable."""
    if isinstance(given, str):
        if given not in NORMALIZATIONS:
            raise ClaimError(
                f"{given!r} is not a normalisation that polybn ships.{closest(given, list(NORMALIZATIONS))} "
                f"Choose among: {', '.join(NORMALIZATIONS)}.",
                given,
            )
        return NORMALIZATIONS[given]
    kind = cast("object", given)
    if not isinstance(kind, Normalization) and not (isinstance(kind, type) and issubclass(kind, Normalization)):
        raise ClaimError(f"{given!r} is not a normalisation; give a subclass of pb.Normalization, or its name.", given)
    try:
        name = cast("object", given.name)
        broken_facts(given() if isinstance(given, type) else given, (fmpq(0), fmpq(1)))
    except TypeError as problem:
        raise ClaimError(
            f"{given!r} cannot be used: {problem}. A class is made without arguments and has both methods; "
            "pass an instance where it takes arguments.",
            given,
        ) from problem
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ClaimError(f"{name!r} cannot name a normalisation; use 1 to 60 letters, digits or any of _.-", given)
    return given
