"""More processes: the same partition for any executor, and nothing lost when one dies in the middle."""

import os
import warnings
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from joblib import Parallel

import polybn as pb
from polybn.errors import InputError
from polybn.regions.parallel import plan_of, shares_of
from polybn.regions.share import Share, run_share


def network(seed: int, widths: list[int]) -> pb.Network:
    rng = np.random.default_rng(seed)
    layers = [(rng.integers(-9, 9, (m, n)), rng.integers(-9, 9, m)) for n, m in pairwise(widths)]
    return pb.Network.from_arrays(layers, activation=pb.LeakyReLU("1/3"))


NETS = {"split": network(0, [2, 9, 8, 7, 1]), "tree": network(1, [3, 7, 6, 1])}


def described(part: pb.Partition) -> tuple[Any, ...]:
    table = part.facet_table
    facets = table.facet_starts.tolist(), table.owner_starts.tolist(), table.owners.tolist()
    return part.codes.tolist(), part.layer_counts, [region.witness for region in part], facets


class Dying:
    """An executor that does some shares and then breaks."""

    def __init__(self, shares: int, *, at_submit: bool) -> None:
        self.left = shares
        self.at_submit = at_submit

    def submit(self, work: Any, *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self.left -= 1
        if self.left < 0 and self.at_submit:
            raise RuntimeError("no workers left")
        if self.left < 0:
            future.set_exception(RuntimeError("worker 3 was killed"))
        else:
            future.set_result(work(*arguments))
        return future


@pytest.mark.parametrize("engine", NETS)
def test_any_number_of_workers_gives_the_same_partition(engine: str) -> None:
    net, domain = NETS[engine], pb.box(-3, 3, dim=NETS[engine].dimension)
    alone = described(pb.enumerate_regions(net, domain, engine=engine))
    assert described(pb.enumerate_regions(net, domain, engine=engine, executor=2)) == alone
    with ProcessPoolExecutor(2) as pool, ThreadPoolExecutor(3) as threads:
        for executor in (pool, threads, Parallel(n_jobs=2, prefer="threads")):
            assert described(pb.enumerate_regions(net, domain, engine=engine, executor=executor)) == alone


@pytest.mark.parametrize("engine", NETS)
@pytest.mark.parametrize("at_submit", [False, True])
@pytest.mark.parametrize("shares", [0, 2, 5])
def test_an_executor_that_dies_loses_nothing(engine: str, at_submit: bool, shares: int) -> None:
    net, domain = NETS[engine], pb.box(-3, 3, dim=NETS[engine].dimension)
    alone = described(pb.enumerate_regions(net, domain, engine=engine))
    with pytest.warns(RuntimeWarning, match=r"The executor failed after . of \d+ shares \(RuntimeError"):
        part = pb.enumerate_regions(net, domain, engine=engine, executor=Dying(shares, at_submit=at_submit))
    assert described(part) == alone
    assert part.complete


def test_a_dask_cluster_on_this_machine() -> None:
    from distributed import Client, LocalCluster

    net, domain = NETS["split"], pb.box(-3, 3, dim=2)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        part = pb.enumerate_regions(net, domain, executor=client)
    assert described(part) == described(pb.enumerate_regions(net, domain))


class DyingParallel:
    """A joblib.Parallel that breaks after some shares."""

    n_jobs = 2

    def __init__(self, shares: int) -> None:
        self.shares = shares

    def __call__(self, calls: Any) -> Any:
        for place, (work, arguments, _) in enumerate(calls):
            if place == self.shares:
                raise OSError("no more memory for workers")
            yield work(*arguments)


@pytest.mark.parametrize("shares", [0, 3])
def test_a_joblib_that_dies_loses_nothing(shares: int) -> None:
    net, domain = NETS["split"], pb.box(-3, 3, dim=2)
    with pytest.warns(RuntimeWarning, match=rf"The executor failed after {shares} of \d+ shares \(OSError"):
        part = pb.enumerate_regions(net, domain, executor=DyingParallel(shares))
    assert described(part) == described(pb.enumerate_regions(net, domain))


def _die(*_: Any) -> None:
    os._exit(1)


def test_a_killed_process_loses_nothing() -> None:
    net, domain = NETS["split"], pb.box(-3, 3, dim=2)
    with ProcessPoolExecutor(1) as pool:
        pool.submit(_die)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            part = pb.enumerate_regions(net, domain, executor=pool)
    assert any("Nothing is lost" in str(warning.message) for warning in caught)
    assert described(part) == described(pb.enumerate_regions(net, domain))


def test_one_layer_and_small_dimensions_need_no_shares() -> None:
    net = pb.Network.from_arrays([([[1], [2]], [0, 1]), ([[1, 1]], [0])])
    assert len(pb.enumerate_regions(net, pb.box(-3, 3, dim=1), executor=2)) == 3


@pytest.mark.parametrize("wrong", [0, -2, True, "two", 1.5])
def test_what_is_no_executor_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match="write a number of workers"):
        pb.enumerate_regions(NETS["split"], pb.box(-3, 3, dim=2), executor=wrong)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 1000])
def test_shares_follow_each_other_and_the_last_are_short(count: int, workers: int) -> None:
    shares = shares_of(count, workers)
    assert [leaf for start, stop in shares for leaf in range(start, stop)] == list(range(count))
    sizes = [stop - start for start, stop in shares]
    assert sorted(sizes, reverse=True) == sizes
    assert all(size >= 1 for size in sizes)


@pytest.mark.parametrize("engine", NETS)
def test_a_share_is_right_whatever_was_done_before_it(engine: str) -> None:
    net, domain = NETS[engine], pb.box(-3, 3, dim=NETS[engine].dimension)
    plan = plan_of(net, domain, engine, 60)
    middle = plan.total // 2
    shares = [Share(plan.task, plan.leaves, numbers, None) for numbers in ((0, 5), (5, middle), (middle, plan.total))]

    def codes(share: Share) -> list[Any]:
        return [code for chunk in run_share(share).chunks for code in chunk.codes.tolist()]

    whole = pb.enumerate_regions(net, domain, engine=engine).codes.tolist()
    for order in ((0, 1, 2), (0, 2, 1), (2, 1, 0), (1, 1, 2), (0, 2, 2)):
        found = {place: codes(shares[place]) for place in order}
        for place in sorted(set(range(3)) - set(order)):
            found[place] = codes(shares[place])
        assert found[0] + found[1] + found[2] == whole


def test_threads_are_for_work_that_is_compiled() -> None:
    generic = NETS["split"]
    central = pb.Network.from_arrays([(np.eye(5, dtype=int).repeat(2, 0) + 1, [0] * 10), (np.ones((1, 10), int), [0])])
    assert plan_of(generic, pb.box(-3, 3, dim=2), "split", 60).is_compiled
    square = network(2, [5, 7, 1])
    floats = pb.Network.from_arrays([(np.random.default_rng(0).normal(size=(9, 5)), np.full(9, 0.3))])
    assert plan_of(floats, pb.box(-3, 3, dim=5), "tree", 60).is_compiled
    for net in (central, square):
        plan = plan_of(net, pb.whole_space(5).prepared(net)[1], "tree", 60)
        assert not plan.is_compiled
        alone = described(pb.enumerate_regions(net, pb.whole_space(5), engine="tree"))
        assert described(pb.enumerate_regions(net, pb.whole_space(5), engine="tree", executor=2)) == alone
