"""An audit on several cores is the audit on one; what is drawn depends on the seed and on nothing that is loaded."""

import os
import sys
from contextlib import nullcontext
from dataclasses import replace
from types import ModuleType

import pytest
from hypothesis.internal.conjecture import providers

import polybn as pb
from polybn.auditing import parallel
from polybn.auditing.audit import audit
from polybn.auditing.parallel import audit_on_cores, suits
from polybn.auditing.recorded import HOLDS
from polybn.claims import CLAIMS
from polybn.claims.claim import Claim
from polybn.claims.verdict import Status
from polybn.claims.view import Instance
from polybn.drawing.reproducible import without_local_constants
from polybn.errors import ClaimError, InputError, InternalError
from polybn.outcome import Holds
from polybn.reports.report import data, table

IDS = ("theorem-1", "corollary-2", "affine-pieces")


@pytest.mark.parametrize(("name", "ids"), [("batchnorm", IDS), ("median", IDS[1:])])
def test_any_number_of_processes_gives_the_same_report(name, ids):
    one, two, many = (audit_on_cores(name, ids, 9, 3, workers=workers) for workers in (1, 2, 8))
    assert data(one, []) == data(two, []) == data(many, [])
    assert table(one) == table(two)
    assert [row.claim for row in two] == [CLAIMS[id] for id in ids]


def test_progress_is_told_of_every_claim_in_order():
    seen = []
    audit_on_cores("batchnorm", IDS, 6, 0, workers=2, progress=lambda *state: seen.append(state))
    assert list(dict.fromkeys(claim for claim, _, _ in seen)) == list(IDS)
    assert {total for _, _, total in seen} == {6}
    assert [state for state in seen if state[1] == 6][-1] == (IDS[-1], 6, 6)


def drawn_with(monkeypatch, literals):
    """What is drawn while a local module with these literals is loaded, with hypothesis's own list of them."""
    module = ModuleType("local_literals")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    constants = providers.Constants(integers=literals)
    monkeypatch.setattr(providers, "_get_local_constants", lambda: constants)
    providers.CONSTANTS_CACHE.cache.clear()
    seen = []
    spy = replace(CLAIMS["theorem-1"], check=lambda view: seen.append(view.instance) or Holds(1))
    return lambda: audit(pb.BatchNorm, [spy], 60, 0) and seen


def test_literals_of_loaded_modules_are_not_drawn(monkeypatch):
    found = []
    for literals in ([], [3], [1, 2]):
        draw = drawn_with(monkeypatch, literals)
        with without_local_constants():
            found.append(draw())
        assert providers._get_local_constants().integers == providers.Constants(integers=literals).integers
    assert found[0] == found[1] == found[2]
    monkeypatch.setattr("polybn.auditing.hunt.without_local_constants", nullcontext)
    assert drawn_with(monkeypatch, [])() != drawn_with(monkeypatch, [3])(), "else the test says nothing"


def test_another_hypothesis_is_left_as_it_is(monkeypatch):
    monkeypatch.delattr(providers, "CONSTANTS_CACHE")
    with without_local_constants():
        pass


def test_a_wide_instance_is_not_asked_of_a_claim_that_draws_narrow_ones():
    net = pb.Network([pb.Linear([[1], [2], [3]]), pb.ReLU(), pb.Linear([[1, 1, 1]])])
    wide = Instance(net, ((0,),), pb.box(0, 1, dim=1))
    claim = CLAIMS["affine-pieces"]
    assert suits(claim, wide)
    assert suits(replace(claim, options={"max_width": 3}), wide)
    assert not suits(replace(claim, options={"max_width": 2}), wide)


def test_named_instances_are_asked():
    net = pb.Network([pb.Linear([[1]]), pb.frozen([5], [1]), pb.ReLU(), pb.Linear([[1]])])
    mine = Instance(net, ((0,), (2,)), pb.box(-3, 3, dim=1), "batchnorm")
    report = audit_on_cores("batchnorm", ["theorem-1", "corollary-2"], 5, 0, instances=[("mine", mine)], workers=2)
    assert [row.status for row in report] == [Status.REFUTED, Status.REFUTED]
    assert {row.refuted_by for row in report} == {"mine"}
    assert report.rows[0].witness.instance.batch == mine.batch


def test_what_a_process_raises_is_raised(monkeypatch):
    def broken(view):
        raise InternalError("the checker is broken")

    monkeypatch.setitem(CLAIMS, "broken", replace(CLAIMS["theorem-1"], id="broken", check=broken))
    with pytest.raises(InternalError, match="the checker is broken"):
        audit_on_cores("batchnorm", ["broken", "corollary-2"], 1, 0, workers=2)


def test_a_process_that_dies_loses_nothing(monkeypatch):
    here = os.getpid()

    def dies(view):
        if os.getpid() != here:
            os._exit(1)
        return Holds(1)

    planted: Claim = replace(CLAIMS["theorem-1"], id="dies", check=dies)
    monkeypatch.setitem(CLAIMS, "dies", planted)
    with pytest.warns(RuntimeWarning, match="Nothing is lost"):
        report = audit_on_cores("batchnorm", ["dies", "corollary-2"], 5, 0, workers=2)
    assert {row.status for row in report} <= HOLDS


def test_bad_arguments_are_refused_before_processes_start(monkeypatch):
    monkeypatch.setattr(parallel, "ProcessPoolExecutor", None)
    with pytest.raises(ClaimError, match="Choose among: batchnorm, median"):
        audit_on_cores("layernorm", IDS, 5, 0, workers=2)
    with pytest.raises(InputError, match="at least 1"):
        audit_on_cores("batchnorm", IDS[:1], 0, 0, workers=2)
