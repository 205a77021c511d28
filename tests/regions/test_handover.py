"""Arrays handed over in files: as they were, gone from the folder, and not at all where there is no room."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polybn.regions import handover
from polybn.regions.handover import folder, leave, take

ARRAYS = [
    np.arange(6, dtype=np.int8).reshape(2, 3),
    None,
    np.zeros((0, 4)),
    np.linspace(0, 1, 5),
    np.arange(12, dtype=np.int32)[::2],
]


def test_arrays_come_back_as_they_were_and_the_file_is_gone(tmp_path: Path) -> None:
    left = leave(str(tmp_path), ARRAYS)
    assert left is not None
    taken = take(left)
    assert list(tmp_path.iterdir()) == []
    for given, found in zip(ARRAYS, taken, strict=True):
        if given is None or found is None:
            assert given is found
        else:
            assert given.dtype == found.dtype
            assert given.shape == found.shape
            assert (given == found).all()
            found[...] = 0  # a copy of one's own


def test_nothing_to_hand_over_is_fine(tmp_path: Path) -> None:
    left = leave(str(tmp_path), [])
    assert left is not None
    assert take(left) == []


def test_without_a_folder_or_room_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert leave(None, ARRAYS) is None
    assert leave(str(tmp_path / "missing"), ARRAYS) is None

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(handover, "_written", full)
    assert leave(str(tmp_path), ARRAYS) is None
    assert list(tmp_path.iterdir()) == []


def test_the_folder_goes_with_what_nobody_took() -> None:
    with folder() as place:
        assert place is not None
        assert leave(place, ARRAYS) is not None
        assert len(list(Path(place).iterdir())) == 1
    assert not Path(place).exists()
