"""Ranges of draws and tasks on any executor: the same counts, each task once, and nothing lost when one fails."""

import os
import warnings
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import pytest

torch = pytest.importorskip("torch")

from joblib import Parallel  # noqa: E402

from polybn.errors import BatchError, InputError  # noqa: E402
from polybn.statistical.claims.proposition_3 import one_sided_rate, separated_at_scale  # noqa: E402
from polybn.statistical.claims.side_draws import Setting  # noqa: E402
from polybn.statistical.modules.architectures import mlp  # noqa: E402
from polybn.statistical.sampled import Sampled, together  # noqa: E402
from polybn.statistical.workers.merging import as_done, parts_of, shared, shared_side_rate  # noqa: E402


@pytest.mark.parametrize("parts", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 1000])
def test_ranges_follow_each_other_and_are_even(count, parts):
    ranges = parts_of(count, parts)
    assert [number for part in ranges for number in part] == list(range(count))
    assert len(ranges) == parts
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1
    for wrong in ((-1, 2), (3, 0), (2.0, 1)):
        with pytest.raises(InputError, match="whole number"):
            parts_of(*wrong)


def test_any_sharing_of_the_draws_gives_the_same_counts():
    setting = Setting((4,), batch=3)
    whole = one_sided_rate(setting, draws=31, seed=5, device="cpu")
    assert 0 < whole.sampled.suspects < 31
    with ThreadPoolExecutor(3) as threads:
        for executor in (None, 2, threads, Parallel(n_jobs=2, prefer="threads")):
            assert shared_side_rate(setting, draws=31, seed=5, device="cpu", executor=executor) == whole
        empty = shared_side_rate(setting, draws=0, seed=5, device="cpu", executor=threads)
    assert empty == one_sided_rate(setting, draws=0, seed=5, device="cpu")


def case(number):
    """A wide and, for every third, a narrow normalised network, in float32, with a mini-batch."""
    net = mlp([3, 8 if number % 3 else 1, 1], "leaky_relu", normalised=True, seed=number, dtype=torch.float32)
    return net, torch.randn(3, 3, generator=torch.Generator().manual_seed(number))


def separated(numbers):
    return separated_at_scale(map(case, numbers), seed=0)


@pytest.mark.parametrize("parts", [1, 2, 5, 9, 12])
def test_normalised_units_in_shares_some_of_them_empty(parts):
    found = together(shared(separated, 9, parts=parts))
    assert found == separated(range(9))
    assert (found.n, found.dtype) == (9, torch.float32)


def test_a_share_without_draws_does_not_hide_that_the_others_differ():
    empty = Sampled("theorem-1", n=0, unsure=0, suspects=0, seed=0, device="cuda")
    some = [
        Sampled("theorem-1", n=1, unsure=0, suspects=0, seed=0, dtype=one) for one in (torch.float32, torch.float64)
    ]
    assert together([empty, some[0]]) == some[0]
    assert together([empty, empty]) == empty
    with pytest.raises(InputError, match="dtypes"):
        together([empty, *some])
    with pytest.raises(InputError, match="seeds"):
        together([replace(empty, seed=1), some[0]])


def test_counting_a_draw_twice_would_be_seen():
    """A planted share that overlaps its neighbour does not add up to the whole."""
    setting = Setting((4,), batch=3)
    overlapping = [range(11), range(10, 20)]
    parts = [one_sided_rate(setting, draws=len(one), first=one.start, seed=5, device="cpu") for one in overlapping]
    assert together(part.sampled for part in parts).n != 20


def test_results_come_as_they_are_done():
    with ThreadPoolExecutor(2) as threads:
        order = [place for place, _ in as_done(threads, partial(pow, 2), [5, 3])]
    assert sorted(order) == [0, 1]
    assert dict(as_done(None, partial(pow, 2), [5, 3])) == {0: 32, 1: 8}


class Dying:
    """An executor that does some tasks and then breaks."""

    def __init__(self, tasks, *, at_submit):
        self.left = tasks
        self.at_submit = at_submit

    def submit(self, work, *arguments):
        future = Future()
        self.left -= 1
        if self.left < 0 and self.at_submit:
            raise RuntimeError("no workers left")
        if self.left < 0:
            future.set_exception(RuntimeError("worker 3 was killed"))
        else:
            future.set_result(work(*arguments))
        return future


@pytest.mark.parametrize("at_submit", [False, True])
@pytest.mark.parametrize("tasks", [0, 2])
def test_an_executor_that_dies_loses_nothing(at_submit, tasks):
    with pytest.warns(RuntimeWarning, match=rf"failed at {3 - tasks} of 3 shares \(RuntimeError"):
        found = list(as_done(Dying(tasks, at_submit=at_submit), partial(pow, 2), [5, 3, 4]))
    assert sorted(found) == [(0, 32), (1, 8), (2, 16)]


def test_a_killed_process_loses_nothing():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(os._exit, 1)
        with pytest.warns(RuntimeWarning, match="failed at 2 of 2 shares"):
            assert dict(as_done(pool, partial(pow, 2), [5, 3])) == {0: 32, 1: 8}


class Breaking:
    """A joblib.Parallel whose second round fails, and which gives its results in any order."""

    n_jobs = 2
    rounds = 0

    def __call__(self, tasks):
        self.rounds += 1
        if self.rounds > 1:
            raise OSError("no memory")
        return reversed([work(*given) for work, given, _ in tasks])


def test_rounds_of_joblib():
    with pytest.warns(RuntimeWarning, match=r"failed at 3 of 5 shares \(OSError: no memory"):
        found = list(as_done(Breaking(), partial(pow, 2), range(5)))
    assert sorted(found) == [(place, 2**place) for place in range(5)]


def refusing(number):
    if number == 1:
        raise BatchError("number 1 is refused", number)
    return number


def test_a_refusal_is_the_tasks_own_and_stops_the_others():
    with ThreadPoolExecutor(2) as threads:
        for executor in (None, threads, Parallel(n_jobs=2, prefer="threads")):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with pytest.raises(BatchError, match="number 1 is refused"):
                    list(as_done(executor, refusing, range(4)))


def threads_of(_):
    return torch.get_num_threads()


@pytest.mark.usefixtures("two_threads")
def test_each_task_has_one_thread_and_this_process_keeps_its_own():
    with ThreadPoolExecutor(2) as threads:
        for executor in (None, threads, Parallel(n_jobs=2, prefer="threads")):
            assert dict(as_done(executor, threads_of, range(3))) == {0: 1, 1: 1, 2: 1}
    assert torch.get_num_threads() == 2


def test_a_dask_cluster_on_this_machine():
    from distributed import Client, LocalCluster

    setting = Setting((4,), batch=3)
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        found = shared_side_rate(setting, draws=20, seed=5, device="cpu", executor=client)
    assert found == one_sided_rate(setting, draws=20, seed=5, device="cpu")
