"""An enumeration that stops early holds right regions, says so, and goes on where it stopped."""

import copy
import warnings
from typing import Any

import numpy as np
import pytest

import polybn as pb
from polybn.errors import IncompleteError, IncompleteWarning, InputError
from polybn.regions.kernels import driver, tree_regions

RNG = np.random.default_rng(0)
NET = pb.Network.from_arrays([(RNG.standard_normal((m, n)), RNG.standard_normal(m)) for n, m in ((2, 20), (20, 20))])
DOMAIN = pb.box(-3, 3, dim=2)
WAYS = [("split", False), ("tree", False), ("split", True), ("tree", True)]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "CHUNK", 16)
    small = {"last": None, "chunk": 16, "depth": -1, "share": (0, 0)}
    monkeypatch.setattr(tree_regions.SignTree.__init__, "__kwdefaults__", small)
    monkeypatch.setattr("polybn.regions.collect.CELLS", 16)


@pytest.mark.parametrize(("engine", "exact"), WAYS)
def test_a_budget_stops_and_resume_goes_on(engine: str, exact: bool) -> None:
    whole = pb.enumerate_regions(NET, DOMAIN, engine=engine, exact=exact)
    with pytest.warns(IncompleteWarning, match=r"\d+ regions are listed and there may be more: the budget is spent"):
        part = pb.enumerate_regions(NET, DOMAIN, engine=engine, exact=exact, budget=20)
    assert whole.complete
    assert not part.complete
    assert 20 <= len(part) < len(whole)
    codes = {region.code for region in whole}
    assert all(region.code in codes and region.volume() > 0 for region in part)
    assert 0 < part.adjacency().number_of_edges() < whole.adjacency().number_of_edges()
    with pytest.raises(IncompleteError, match="enumerate again"):
        copy.deepcopy(part).resume()
    with pytest.warns(IncompleteWarning):
        part.resume(budget=len(part) + 20)
    part.resume()
    assert part.complete
    assert part.codes.tolist() == whole.codes.tolist()
    assert part.layer_counts == whole.layer_counts
    assert dict(part.adjacency().edges) == dict(whole.adjacency().edges)


def test_a_budget_that_suffices_is_no_stop() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for budget in (10**6, pb.Budget(seconds=1000), pb.Budget(regions=10**6, seconds=1000)):
            assert pb.enumerate_regions(NET, DOMAIN, budget=budget).complete


def test_seconds_and_progress() -> None:
    seen: list[pb.Progress] = []
    with pytest.warns(IncompleteWarning):
        part = pb.enumerate_regions(NET, DOMAIN, budget=pb.Budget(seconds=1e-9), progress=seen.append)
    assert [state.regions for state in seen] == [len(part)]
    assert seen[0].rate == len(part) / seen[0].seconds


def test_an_interrupt_keeps_what_was_found() -> None:
    def interrupt(state: pb.Progress) -> None:
        if state.regions >= 30:
            raise KeyboardInterrupt

    with pytest.warns(IncompleteWarning, match="interrupted"):
        part = pb.enumerate_regions(NET, DOMAIN, progress=interrupt)
    assert len(part) >= 30
    part.resume()
    assert part.codes.tolist() == pb.enumerate_regions(NET, DOMAIN).codes.tolist()


@pytest.mark.parametrize("wrong", [0, -5, True, 1.5, "many"])
def test_what_is_no_budget_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match="write the most regions"):
        pb.enumerate_regions(NET, DOMAIN, budget=wrong)
