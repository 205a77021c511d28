"""A witness file: an instance and a claim that fails on it, in JSON with "p/q" numbers, replayed by anyone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from polybn.claims import claim_of
from polybn.claims.verdict import Counterexample, Verdict
from polybn.claims.view import ExactView, Instance, Points
from polybn.errors import FileFormatError, InputError
from polybn.exact.matrix import vector
from polybn.exact.rational import fraction, text
from polybn.files import brief, fields_of, list_of, read_json, write_text_atomically
from polybn.networks.network import Network
from polybn.networks.normalization import location_of, squared_scale_of
from polybn.networks.serial import network_from_data, network_to_data
from polybn.normalizations import NORMALIZATIONS
from polybn.outcome import Fails, Outcome, Skipped
from polybn.regions.domain import box

FORMAT, VERSION = "polybn-witness", 1
TEXTS = ("claim", "normalization", "left", "right", "where")
ASKED = ("points", "offsets", "without")
KEYS = ("format", "version", "network", "batch", "domain", *TEXTS)


def witness_data(claim: str, found: Counterexample, *, without: str | None = None) -> dict[str, object]:
    """The witness as plain data: the network with its frozen statistics, the batch, the box, and both sides.

    `without` names the hypothesis that it shows to be needed: the claim fails on it when that one is dropped.
    """
    instance = found.instance
    asked = {
        "points": [[text(value) for value in point] for point in instance.points],
        "offsets": [text(value) for value in instance.offsets],
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "claim": claim,
        **({"without": without} if without else {}),
        "normalization": instance.normalization,
        "network": network_to_data(instance.network),
        "batch": [[text(value) for value in point] for point in instance.batch],
        "domain": {
            "lower": [text(value) for value in instance.domain.lower],
            "upper": [text(value) for value in instance.domain.upper],
        },
        **{key: numbers for key, numbers in asked.items() if numbers},
        "left": found.failure.left,
        "right": found.failure.right,
        "where": found.failure.where,
    }


def witness_text(claim: str, found: Counterexample, *, without: str | None = None) -> str:
    """The witness file's content."""
    return json.dumps(witness_data(claim, found, without=without), indent=1, ensure_ascii=False) + "\n"


def read_witness(path: Path) -> tuple[Mapping[str, object], Instance]:
    """A witness file's data and instance, checked in form; whether the claim fails on it is `replay`'s question."""
    data = _checked(read_json(path), path)
    return data, _instance(data, path)


def write_witness(folder: Path, row: Verdict) -> str:
    """Write the counterexample of a verdict into a folder that is there; the path, or "" where there is none."""
    if row.witness is None:
        return ""
    path = folder / f"{row.normalization}-{row.id}.json"
    write_text_atomically(path, witness_text(row.id, row.witness))
    return path.as_posix()


class Replayed(NamedTuple):
    """A witness file decided again; `disagreement` is what no longer agrees with the file, or None."""

    data: Mapping[str, object]
    instance: Instance
    outcome: Outcome
    disagreement: str | None

    @property
    def counterexample(self) -> Counterexample | None:
        """The instance with the failure that the file states; None where they do not agree."""
        if self.disagreement is None and isinstance(self.outcome, Fails):
            return Counterexample(self.instance, self.outcome)
        return None


def replay(path: Path) -> tuple[Mapping[str, object], Outcome, str | None]:
    """(data, outcome, disagreement) of `replayed`."""
    found = replayed(path)
    return found.data, found.outcome, found.disagreement


def replayed(path: Path) -> Replayed:
    """Decide a witness again.

    The batch must have the statistics that the file claims, when the named normalisation is one that polybn ships;
    the claim must fail, with the two sides that the file states. Where the file names a hypothesis that is dropped,
    the claim with it must be out of scope for that reason alone, and fail without it.
    """
    data, instance = read_witness(path)
    claim = claim_of(str(data["claim"]))
    if "without" in data:
        dropped = str(data["without"])
        claim, whole = claim.without(dropped), claim
        outcome = whole.decide(ExactView(instance))
        if outcome != Skipped(dropped):
            why = f"with the hypothesis {dropped!r} the claim is not out of scope: {outcome}"
            return Replayed(data, instance, outcome, why)
    outcome = claim.decide(ExactView(instance))
    return Replayed(data, instance, outcome, _disagreement(data, instance, outcome))


def _disagreement(data: Mapping[str, object], instance: Instance, outcome: Outcome) -> str | None:
    if not isinstance(outcome, Fails):
        return f"the claim does not fail on this instance: {outcome}"
    kind = NORMALIZATIONS.get(instance.normalization)
    if kind is not None:
        for layer in ExactView(instance).normalized_layers:
            for unit, values in enumerate(layer.projections):
                statistics = layer.statistics
                if location_of(kind(), values) != statistics.location[unit]:
                    return f"layer {layer.index}, unit {unit}: the location is not that of {kind.name} on the batch"
                if squared_scale_of(kind(), values) > statistics.scale[unit] ** 2:
                    return f"layer {layer.index}, unit {unit}: sigma^2 is less than that of {kind.name} on the batch"
    if (outcome.left, outcome.right) != (data["left"], data["right"]):
        return f"the two sides are {outcome.left} and {outcome.right}, not those stated"
    return None


def _checked(data: object, path: Path) -> Mapping[str, object]:
    found = fields_of(data, path.name, needed=KEYS, optional=ASKED)
    if found["format"] != FORMAT or str(found["version"]) != str(VERSION):
        raise FileFormatError(
            f"{path.name} has format {brief(found['format'])} version {brief(found['version'])}; "
            f"this polybn replays {FORMAT!r} version {VERSION}.",
            data,
        )
    for key in TEXTS:
        if not isinstance(found[key], str):
            raise FileFormatError(f"{path.name}: {key} is {brief(found[key])}; text is needed.", data)
    return found


def _instance(data: Mapping[str, object], path: Path) -> Instance:
    network = network_from_data(data["network"], where=f"{path.name}: network")
    words = f"{path.name}: domain, an object with lower and upper,"
    sides = fields_of(data["domain"], words, needed=("lower", "upper"))
    place = box(*(list_of(sides[side], f"{path.name}: domain.{side}") for side in ("lower", "upper")))
    if place.dimension != network.dimension:
        raise InputError(f"{path.name}: domain of dimension {place.dimension}, network of {network.dimension}.", data)
    name = str(data["normalization"])
    kind = NORMALIZATIONS.get(name)
    return Instance(
        network,
        _points(network, data["batch"], f"{path.name}: batch"),
        place,
        name,
        points=_points(network, data["points"], f"{path.name}: points") if "points" in data else (),
        offsets=tuple(map(fraction, vector(list_of(data.get("offsets", []), f"{path.name}: offsets")))),
        method=kind() if kind else None,
    )


def _points(network: Network, given: object, name: str) -> Points:
    rows = network.batch(list_of(given, name))
    return tuple(tuple(fraction(value) for value in row) for row in rows.tolist())
