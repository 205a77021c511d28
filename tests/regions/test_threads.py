"""Threads that share work by claims: results in order, none after the one who takes them has gone, no error lost."""

import threading
import time
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

import polybn as pb
from polybn.regions.threads import AHEAD, results


def square(number: int) -> tuple[int, str]:
    time.sleep(0.002)
    return number * number, threading.current_thread().name


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_results_come_in_order_and_each_share_is_done_once(workers: int, count: int) -> None:
    calls: list[int] = []

    def noted(number: int) -> tuple[int, str]:
        calls.append(number)
        return square(number)

    found = list(results(workers, noted, range(count)))
    assert [value for value, _ in found] == [number * number for number in range(count)]
    assert sorted(calls) == list(range(count))
    if count == 40:
        assert len({name for _, name in found}) == workers


@pytest.mark.parametrize("slow", ["here", "there"])
def test_a_slow_share_holds_nobody_up_for_ever(slow: str) -> None:
    me = threading.current_thread()

    def work(number: int) -> int:
        time.sleep(0.01 * ((threading.current_thread() is me) == (slow == "here")))
        return number

    assert list(results(2, work, range(60))) == list(range(60))


def test_who_stops_taking_results_stops_the_work_and_can_go_on() -> None:
    calls: list[int] = []

    def work(number: int) -> int:
        calls.append(number)
        return number

    running = results(3, work, range(1000))
    assert list(islice(running, 5)) == list(range(5))
    time.sleep(0.2)
    assert len(calls) <= 5 + AHEAD * 3
    assert list(running) == list(range(5, 1000))
    assert sorted(calls) == list(range(1000))


def test_closing_the_results_ends_the_threads() -> None:
    before = set(threading.enumerate())
    running = results(4, square, range(1000))
    next(running)
    running.close()
    begun = set(threading.enumerate()) - before
    for thread in begun:
        thread.join(10)
    assert len(begun) == 3
    assert not any(thread.is_alive() for thread in begun)


@pytest.mark.parametrize("where", ["here", "there"])
def test_an_error_is_raised_wherever_it_was_met(where: str) -> None:
    me = threading.current_thread()

    def work(number: int) -> int:
        time.sleep(0.001)
        if (threading.current_thread() is me) == (where == "here"):
            raise ValueError(f"no luck {where}")
        return number

    with pytest.raises(ValueError, match=f"no luck {where}"):
        list(results(2, work, range(400)))


def test_a_stopped_enumeration_goes_on_with_its_threads() -> None:
    rng = np.random.default_rng(3)
    layers: list[Any] = [(rng.integers(-9, 9, (m, n)), rng.integers(-9, 9, m)) for n, m in pairwise([2, 14, 12, 9, 1])]
    net, square = pb.Network.from_arrays(layers), pb.box(-3, 3, dim=2)
    whole = pb.enumerate_regions(net, square)
    with pytest.warns(pb.errors.IncompleteWarning):
        part = pb.enumerate_regions(net, square, executor=3, budget=20)
    assert 20 <= len(part) < len(whole)
    assert np.array_equal(part.codes, whole.codes[: len(part)])
    part.resume()
    assert part.complete
    assert np.array_equal(part.codes, whole.codes)
    assert part.layer_counts == whole.layer_counts


def test_calls_from_several_threads_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(4)
    nets = [
        pb.Network.from_arrays(
            [(rng.integers(-9, 9, (m, n)), rng.integers(-9, 9, m)) for n, m in pairwise([2, 9, 8, 1])]
        )
        for _ in range(6)
    ]
    alone = [pb.enumerate_regions(net, pb.box(-3, 3, dim=2)).codes for net in nets]
    found: dict[int, Any] = {}

    def enumerate_one(place: int) -> None:
        found[place] = pb.enumerate_regions(nets[place], pb.box(-3, 3, dim=2), executor=2).codes

    callers = [threading.Thread(target=enumerate_one, args=(place,)) for place in range(len(nets))]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert all(np.array_equal(found[place], codes) for place, codes in enumerate(alone))
