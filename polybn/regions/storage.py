"""A partition as one file and back: a zip of arrays (.npz) with network, domain and exact witnesses as JSON text."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from flint import fmpq, fmpz
from numpy.typing import NDArray

from polybn.errors import FileFormatError, InputError
from polybn.exact.rational import affine, homogeneous, text
from polybn.exact.row import Point
from polybn.files import StrPath, brief, fields_of, list_of, object_of, parse_json, shown, write_bytes_atomically
from polybn.networks.network import Network
from polybn.networks.serial import network_from_data, network_to_data
from polybn.regions.domain_serial import domain_from_data, domain_to_data, frame_of
from polybn.regions.facet_table import FacetTable
from polybn.regions.stored_arrays import KINDS, OPTIONAL, check_arrays, check_geometry
from polybn.regions.witnesses import Witnesses

if TYPE_CHECKING:
    from polybn.regions.partition import Partition

FORMAT = "polybn-partition"
VERSION = "1"
DESCRIPTION = "partition.json"
MAX_BYTES = 1 << 30
"""What a file may hold once it is unpacked, unless `load` is told otherwise."""

_DATE = (1980, 1, 1, 0, 0, 0)
_RATIO = re.compile(r"(-?[0-9]+)(?:/([0-9]+))?", re.ASCII)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


def arrays_of(part: Partition) -> tuple[dict[str, NDArray[Any]], dict[int, Point]]:
    """The arrays of a partition, and the witnesses that floats do not hold; no facets that are still to be found."""
    state = part.__getstate__()
    witnesses, table = cast("Witnesses", state["_witnesses"]), cast("FacetTable | None", state["_table"])
    floats, exact = witnesses.floats.copy(), dict(witnesses.exact)
    if not witnesses.scales.any():
        for index, point in witnesses.exact.items():
            near = [_nearest(int(entry), int(point[-1])) for entry in point[:-1]]
            if all(fmpq(*x.as_integer_ratio()) == value for x, value in zip(near, affine(point), strict=True)):
                floats[index] = near
                del exact[index]
    counts = np.array(part.layer_counts, dtype=np.int64)
    arrays = {"codes": part.codes, "layer_counts": counts, "witnesses": floats, "witness_scales": witnesses.scales}
    if table is not None:
        arrays |= {"facet_starts": table.facet_starts, "owner_starts": table.owner_starts, "owners": table.owners}
    return arrays, exact


def part_from(
    network: Network,
    domain: Any,
    arrays: Mapping[str, NDArray[Any]],
    exact: Mapping[int, Point],
    stopped: str,
    engine: str,
) -> Partition:
    """The partition that these arrays describe, taken as they are."""
    from polybn.regions.partition import Partition

    table = None
    if "owners" in arrays:
        table = FacetTable(arrays["facet_starts"], arrays["owner_starts"], arrays["owners"])
    part = Partition.__new__(Partition)
    part.__setstate__(
        {
            "network": network, "domain": domain, "frame": frame_of(network, domain), "engine": engine,
            "stopped": stopped, "layer_counts": tuple(arrays["layer_counts"].tolist()), "codes": arrays["codes"],
            "_witnesses": Witnesses(arrays["witnesses"], arrays["witness_scales"], dict(exact)),
            "_table": table, "_found": {}, "_gathering": None, "settled": None,
        }
    )  # fmt: skip
    return part


def save(part: Partition, path: StrPath) -> None:
    """Writes the partition to one file, whole or not at all; equal partitions give equal bytes.

    A partition that was stopped says so again when it is loaded, and cannot go on. Raises `InputError` when the file
    cannot be written.
    """
    arrays, exact = arrays_of(part)
    description = {
        "format": FORMAT,
        "version": VERSION,
        "engine": part.engine,
        "stopped": part.stopped,
        "network": network_to_data(part.network),
        "domain": domain_to_data(part.domain),
        "witnesses": {str(index): [text(value) for value in affine(point)] for index, point in sorted(exact.items())},
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        _add(archive, DESCRIPTION, json.dumps(description, indent=1).encode())
        for name, array in arrays.items():
            written = io.BytesIO()
            array = np.ascontiguousarray(array, dtype=KINDS[name])
            np.lib.format.write_array(written, array, version=(1, 0), allow_pickle=False)
            _add(archive, f"{name}.npy", written.getvalue())
    write_bytes_atomically(path, content.getvalue())


def load(path: StrPath, *, max_bytes: int = MAX_BYTES) -> Partition:
    """The partition in a file that `save` wrote; nothing in the file is ever executed.

    Raises `FileFormatError`, naming the file and the problem, for a file that is damaged, larger than `max_bytes` when
    unpacked, or at odds with itself: shapes and types against the network, order and range of the codes, the pairing of
    facets, and the exact codes of a sample of witnesses. This finds accidents. It does not prove that the regions are
    all there; a certificate does, and so does enumerating again.
    """
    where = shown(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = _members(archive, where, max_bytes)
            given = _description(_read(archive, DESCRIPTION), where)
            network = network_from_data(given["network"], where=f"{where}: network")
            domain = domain_from_data(given["domain"], f"{where}: domain")
            arrays = {name: _array(archive, name, where) for name in names}
    except InputError:
        raise
    except FileNotFoundError as error:
        raise FileFormatError(f"There is no file {where}. Check the path.", path) from error
    except _BROKEN as error:
        raise FileFormatError(f"{where} is not a partition file, or damaged: {error}. Save it anew.", path) from error
    texts = [given[name] for name in ("engine", "stopped")]
    if not all(isinstance(entry, str) for entry in texts):
        raise FileFormatError(f"{where}: engine and stopped are texts.", given)
    engine, stopped = map(str, texts)
    if domain.dimension != network.dimension:
        raise FileFormatError(
            f"{where}: the network takes {network.dimension} coordinates and the domain has {domain.dimension}.", path
        )
    check_arrays(arrays, network, len(frame_of(network, domain).rows), where, is_complete=not stopped)
    exact = _exact(given["witnesses"], len(arrays["codes"]), network.dimension, f"{where}: witnesses")
    part = part_from(network, domain, arrays, exact, stopped, engine)
    check_geometry(part, set(exact), where)
    return part


def _nearest(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return 0.0


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _members(archive: zipfile.ZipFile, where: str, max_bytes: int) -> list[str]:
    """The names of the arrays, once the members are known ones, each once, and small enough together."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    needed = {DESCRIPTION, *(f"{name}.npy" for name in KINDS if name not in OPTIONAL)}
    known = needed | {f"{name}.npy" for name in OPTIONAL}
    for problem, wrong in (
        ("lacks", needed - set(names)),
        ("holds the unknown", set(names) - known),
        ("repeats", {name for name in names if names.count(name) > 1}),
        ("lacks", (known - needed - set(names)) if (known - needed) & set(names) else set[str]()),
    ):
        if wrong:
            raise FileFormatError(
                f"{where} {problem} {brief(min(wrong))}; it is no partition file. Save it anew.", where
            )
    size = sum(entry.file_size for entry in entries)
    if size > max_bytes:
        raise FileFormatError(
            f"{where} unpacks to {size} bytes, and {max_bytes} are allowed. Write load(path, max_bytes={size}) if you "
            "trust it.",
            where,
        )
    return [name.removesuffix(".npy") for name in names if name != DESCRIPTION]


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A member, never more of it than its header announces."""
    size = archive.getinfo(name).file_size
    with archive.open(name) as file:
        content = file.read(size + 1)
    if len(content) != size:
        raise zipfile.BadZipFile(f"{name} has not the size that it announces")
    return content


def _description(content: bytes, where: str) -> Mapping[str, object]:
    try:
        data = parse_json(content.decode("utf-8"), where=f"{where}: {DESCRIPTION}")
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{where}: {DESCRIPTION} is not UTF-8 text (byte {error.start}).", where) from error
    given = object_of(data, where)
    if given.get("format") != FORMAT or given.get("version") != VERSION:
        raise FileFormatError(
            f"{where} has format {brief(given.get('format'))}, version {brief(given.get('version'))}; {FORMAT!r}, "
            f"version {VERSION} is needed.",
            where,
        )
    return fields_of(data, where, needed=("format", "version", "engine", "stopped", "network", "domain", "witnesses"))


def _array(archive: zipfile.ZipFile, name: str, where: str) -> NDArray[Any]:
    """An array of the known type, in C order, as long as its header says; object arrays are not even looked at."""
    content = _read(archive, f"{name}.npy")
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise FileFormatError(f"{where}: {name}.npy has an unknown version.", where)
    shape, is_fortran, kind = np.lib.format.read_array_header_1_0(file)
    count, rest = int(np.prod(shape, dtype=object)), len(content) - file.tell()
    if kind != KINDS[name] or is_fortran or rest != count * kind.itemsize:
        raise FileFormatError(
            f"{where}: {name}.npy holds {brief(kind)} of shape {brief(shape)} in {rest} bytes; {KINDS[name]} in "
            "C order is needed.",
            where,
        )
    return np.frombuffer(content, dtype=kind, offset=file.tell()).reshape(shape)


def _exact(data: object, regions: int, dimension: int, where: str) -> dict[int, Point]:
    found: dict[int, Point] = {}
    for key, value in object_of(data, where).items():
        place = f"{where}[{brief(key)}]"
        if not (key.isascii() and key.isdigit() and len(key) < 19 and int(key) < regions):
            raise FileFormatError(f"{place}: there is no such region.", data)
        entries = list_of(value, place)
        matches = [_RATIO.fullmatch(entry) if isinstance(entry, str) else None for entry in entries]
        pairs = [(fmpz(match[1]), fmpz(match[2] or "1")) for match in matches if match]
        if len(pairs) != len(entries) or len(pairs) != dimension or any(q == 0 for _, q in pairs):
            raise FileFormatError(f"{place} is no point: {dimension} texts 'p/q' are needed.", data)
        found[int(key)] = homogeneous(tuple(fmpq(p, q) for p, q in pairs))
    return found
