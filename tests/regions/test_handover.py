"""Arrays handed over in files: as they were, gone from the folder, and not at all where there is no room."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polybn.regions import handover
from polybn.regions.handover import SPARE_BYTES, SPARE_FILES, folder, leave, take

ARRAYS = [
    np.arange(6, dtype=np.int8).reshape(2, 3),
    None,
    np.zeros((0, 4)),
    np.linspace(0, 1, 5),
    np.arange(12, dtype=np.int32)[::2],
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A call's folder, in the one where spare files are kept."""
    made = tmp_path / "call"
    made.mkdir()
    return made


def test_arrays_come_back_as_they_were_and_the_file_is_gone(place: Path) -> None:
    left = leave(str(place), ARRAYS)
    assert left is not None
    taken = take(left)
    assert list(place.iterdir()) == []
    for given, found in zip(ARRAYS, taken, strict=True):
        if given is None or found is None:
            assert given is found
        else:
            assert given.dtype == found.dtype
            assert given.shape == found.shape
            assert (given == found).all()
            found[...] = 0  # a copy of one's own


def test_nothing_to_hand_over_is_fine(place: Path) -> None:
    left = leave(str(place), [])
    assert left is not None
    assert take(left) == []


def test_a_spare_file_is_written_over_by_something_shorter_or_longer(place: Path) -> None:
    for length in (1000, 3, 0, 2000):
        left = leave(str(place), [np.arange(length), None])
        assert left is not None
        assert [entry.name for entry in place.parent.iterdir()] == ["call"]
        taken, nothing = take(left)
        assert taken is not None
        assert taken.tolist() == list(range(length))
        assert nothing is None
        assert sorted(entry.name for entry in place.parent.iterdir()) == ["call", "spare-0"]


def test_spare_files_are_few_and_small(place: Path) -> None:
    many = [leave(str(place), ARRAYS) for _ in range(SPARE_FILES + 2)]
    for left in many:
        assert left is not None
        take(left)
    assert len(list(place.parent.iterdir())) == SPARE_FILES + 1
    large = leave(str(place), [np.zeros(SPARE_BYTES + 1, dtype=np.int8)])
    assert large is not None
    take(large)
    assert len(list(place.parent.iterdir())) == SPARE_FILES
    assert list(place.iterdir()) == []


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


def test_a_kept_folder_that_someone_removed_is_made_again() -> None:
    with folder() as place:
        assert place is not None
    shutil.rmtree(Path(place).parent)
    with folder() as none:
        assert none is None
    with folder() as again:
        assert again is not None
        assert Path(again).is_dir()
