"""Processes that share work by claims: results in order, whoever did them, and nothing lost when one of them fails."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from polybn.regions import crew
from polybn.regions.crew import Crew, Job, results

ME = os.getpid()


@pytest.fixture(autouse=True)
def no_crew_kept() -> Any:
    yield
    crew._crew.cache_clear()


def square(number: int) -> tuple[int, bool]:
    time.sleep(0.01)
    return number * number, os.getpid() == ME


def dies_elsewhere(number: int) -> int:
    if os.getpid() != ME:
        os._exit(1)
    time.sleep(0.1)  # the others have time to take a share
    return number


def fails_elsewhere(number: int) -> int:
    if os.getpid() != ME:
        raise ValueError("no luck here")
    time.sleep(0.1)
    return number


class Final(Exception):
    """The work's own error."""


def is_final(number: int) -> int:
    if number == 2:
        raise Final
    return number


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_results_come_in_order_and_each_share_is_done_once(tmp_path: Path, workers: int, count: int) -> None:
    job = Job(str(tmp_path), square, list(range(count)), Final)
    found = list(results(workers, job, square))
    assert [value for value, _ in found] == [number * number for number in range(count)]
    if count == 20:
        assert {here for _, here in found} == {True, False}
    assert len(list(tmp_path.glob("claim-*"))) == count


def test_processes_are_kept_and_serve_the_next_job(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert len(list(results(2, Job(str(tmp_path / name), square, list(range(9)), Final), square))) == 9
    assert crew._crew.cache_info().hits == 1


def test_a_job_that_nobody_awaits_any_more_ends(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    given = results(2, Job(str(tmp_path / "one"), square, list(range(50)), Final), square)
    next(given)
    given.close()
    for path in (tmp_path / "one").iterdir():
        path.unlink()
    (tmp_path / "one").rmdir()
    (tmp_path / "two").mkdir()
    assert len(list(results(2, Job(str(tmp_path / "two"), square, list(range(20)), Final), square))) == 20


@pytest.mark.parametrize("work", [dies_elsewhere, fails_elsewhere])
def test_where_a_process_fails_the_rest_is_done_here(tmp_path: Path, work: Any) -> None:
    with pytest.warns(RuntimeWarning, match="Nothing is lost"):
        found = list(results(3, Job(str(tmp_path), work, list(range(12)), Final), work))
    assert found == list(range(12))


def test_the_work_s_own_error_is_raised(tmp_path: Path) -> None:
    with pytest.raises(Final):
        list(results(2, Job(str(tmp_path), is_final, list(range(6)), Final), is_final))


def test_a_crew_that_died_since_is_made_again(tmp_path: Path) -> None:
    first: Crew = crew._crew(1, os.getpid())
    for process, _ in first.members:
        process.kill()
        process.join()
    with pytest.warns(RuntimeWarning, match="Nothing is lost"):
        assert [value for value, _ in results(2, Job(str(tmp_path), square, [1, 2, 3], Final), square)] == [1, 4, 9]
    assert crew._crew(1, os.getpid()) is not first
