"""A domain as plain JSON data and back, exactly: every number is the text "p/q"."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq, fmpz

from polybn.errors import FileFormatError, InputError
from polybn.exact.matrix import matrix, rows_of, vector
from polybn.exact.rational import brief, rational
from polybn.files import fields_of, list_of, object_of
from polybn.networks.affine import AffineMap
from polybn.networks.network import Network
from polybn.networks.serial import file_text
from polybn.regions.domain import Box, box
from polybn.regions.halfspaces import Polytope
from polybn.regions.slice import Slice
from polybn.regions.whole_space import WholeSpace, whole_space

Domain = Box | Polytope | WholeSpace | Slice

LONGEST_LIST = 1 << 16


def domain_to_data(domain: Domain) -> dict[str, object]:
    """The domain as dicts, lists and texts; `domain_from_data` gives an equal one."""
    if isinstance(domain, Box):
        return {"kind": "box", "lower": _written(domain.lower), "upper": _written(domain.upper)}
    if isinstance(domain, WholeSpace):
        return {"kind": "whole space", "dimension": str(domain.dimension)}
    if isinstance(domain, Polytope):
        return {"kind": "polytope", "rows": [_written(row) for row in domain.given]}
    columns = [_written(row) for row in rows_of(domain.embedding.linear.transpose())]
    origin = _written(domain.embedding.offset)
    return {"kind": "slice", "origin": origin, "directions": columns, "within": domain_to_data(domain.parameters)}


def domain_from_data(data: object, where: str = "domain") -> Domain:
    """The domain that the data describe; raises `FileFormatError` with the place of what is wrong."""
    kind = object_of(data, where).get("kind")
    try:
        if kind == "box":
            given = fields_of(data, where, needed=("kind", "lower", "upper"))
            return box(list_of(given["lower"], f"{where}.lower"), list_of(given["upper"], f"{where}.upper"))
        if kind == "whole space":
            given = fields_of(data, where, needed=("kind", "dimension"))
            return whole_space(_count(given["dimension"], f"{where}.dimension"))
        if kind == "polytope":
            return _polytope(data, where)
        if kind == "slice":
            return _slice(data, where)
    except FileFormatError:
        raise
    except InputError as error:
        raise FileFormatError(f"{where}: {error}", data) from error
    raise FileFormatError(
        f"{where}.kind is {brief(kind)}; 'box', 'polytope', 'whole space' or 'slice' is needed.", data
    )


def frame_of(network: Network, domain: Domain) -> Box | Polytope:
    """The bounded domain that stands for `domain`, with the network in the domain's own coordinates."""
    return (domain.parameters if isinstance(domain, Slice) else domain).prepared(network)[1]


def _polytope(data: object, where: str) -> Polytope:
    """From the integer rows (-A, b) that are >= 0 inside."""
    given = fields_of(data, where, needed=("kind", "rows"))
    rows = list_of(given["rows"], f"{where}.rows")
    table = matrix([list_of(row, f"{where}.rows[{index}]") for index, row in enumerate(rows)], f"{where}.rows")
    if table.ncols() < 2:
        raise FileFormatError(f"{where}.rows[0] has one entry; d coefficients and a constant are needed.", data)
    entries = rows_of(table)
    return Polytope([[-entry for entry in row[:-1]] for row in entries], [row[-1] for row in entries])


def _slice(data: object, where: str) -> Slice:
    given = fields_of(data, where, needed=("kind", "origin", "directions", "within"))
    origin = vector(list_of(given["origin"], f"{where}.origin"), f"{where}.origin")
    columns = list_of(given["directions"], f"{where}.directions")
    directions = matrix([list_of(column, f"{where}.directions") for column in columns], f"{where}.directions")
    if directions.ncols() != len(origin) or directions.rank() < directions.nrows():
        raise FileFormatError(
            f"{where}: the directions do not fit the origin or depend on each other. Give independent directions of "
            f"{len(origin)} entries.",
            data,
        )
    inner = domain_from_data(given["within"], f"{where}.within")
    if isinstance(inner, Slice) or inner.dimension != directions.nrows():
        raise FileFormatError(f"{where}.within is no domain for {directions.nrows()} coordinates t.", data)
    return Slice(AffineMap(directions.transpose(), origin), inner)


def _count(given: object, where: str) -> int:
    number = rational(given, where)
    if number.q != 1 or not 1 <= number.p <= LONGEST_LIST:
        raise FileFormatError(f"{where} is {brief(given)}; a whole number from 1 is needed.", given)
    return int(number.p)


def _written(values: Sequence[fmpq] | Sequence[fmpz] | Sequence[Fraction]) -> list[str]:
    return [file_text(rational(value, max_digits=None), "domain") for value in values]
