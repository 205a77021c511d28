"""`check_claims` gives the audit's report, fails with a script and a witness file, and leaves a row a claim behind."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings

import polybn as pb
from polybn.auditing import recorded
from polybn.auditing.audit import chosen_claims
from polybn.auditing.witness import replay
from polybn.claims import CLAIMS
from polybn.claims.claim import Hypothesis
from polybn.claims.verdict import Status
from polybn.errors import ClaimError, InputError
from polybn.exact.rational import fraction
from polybn.networks.normalization import Semantics
from polybn.outcome import Fails
from polybn.reports.checked import Checked, taken
from polybn.testing import check_claims, strategies
from polybn.testing.checking import _of_batch_norm

EXAMPLES = 30


@dataclass(frozen=True)
class Least(pb.Normalization):
    """Not the mean, by far."""

    name = "least"

    def location(self, values):
        return min(values)

    def squared_scale(self, values):
        return sum((value - min(values)) ** 2 for value in values) / len(values)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    taken()
    yield
    taken()


class Refuted(NamedTuple):
    """One failed check: its message, the rows left behind, the folder that it ran in."""

    message: str
    rows: list[Checked]
    folder: Path


@pytest.fixture(scope="module")
def refuted(tmp_path_factory) -> Refuted:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder := tmp_path_factory.mktemp("refuted"))
        taken()
        return Refuted(failure(Least, ["theorem-1", "corollary-2"]), taken(), folder)


def failure(*arguments, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        check_claims(*arguments, examples=EXAMPLES, **options)
    return str(caught.value)


def script_in(message: str, claim: str) -> str:
    return message.split(f"{claim} fails here:\n\n")[1].split("in a property of hypothesis")[0]


def test_what_holds_gives_the_report_of_the_audit(tmp_path):
    claims = ["corollary-2", "subdivision"]
    report = check_claims(pb.BatchNorm, claims, examples=EXAMPLES, seed=3)
    assert report == pb.audit(pb.BatchNorm, claims, examples=EXAMPLES, seed=3), "seconds take no part"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("claim", ["theorem-1", "corollary-2"])
def test_what_fails_shows_a_script_and_a_witness_that_fail_in_the_same_way(claim, refuted, capsys):
    assert refuted.message.startswith("claims that do not hold for least:\nclaim ")
    assert f"\npolybn replay .polybn/least-{claim}.json\n" in f"{refuted.message}\n"
    data, outcome, disagreement = replay(refuted.folder / ".polybn" / f"least-{claim}.json")
    assert (data["claim"], disagreement) == (claim, None)
    assert isinstance(outcome, Fails)
    exec(compile(script_in(refuted.message, claim), "script", "exec"), {})
    assert capsys.readouterr().out.strip() == str(outcome)


def test_the_folder_may_be_named_or_none(tmp_path, monkeypatch):
    report = pb.audit(Least, ["corollary-2"], EXAMPLES)
    monkeypatch.setattr("polybn.testing.checking.audit", lambda *arguments: report)  # shrinking takes its time
    assert "polybn replay evidence/deep/least-corollary-2.json" in failure(
        Least, "corollary-2", witnesses="evidence/deep"
    )
    assert (tmp_path / "evidence" / "deep" / "least-corollary-2.json").is_file()
    assert "polybn replay" not in failure(Least, "corollary-2", witnesses=None)
    assert {path.name for path in tmp_path.iterdir()} == {"evidence"}
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be made"):
        check_claims(Least, "corollary-2", witnesses="file")


def test_the_example_line_is_what_a_property_sees(refuted):
    line = refuted.message.split("@example")[1].split("\n\npolybn")[0]
    seen = []

    @settings(max_examples=1)
    @given(strategies.cases(normalization=pb.BatchNorm))
    def check(case):
        seen.append(case)

    names = {"Drawn": strategies.Drawn, "pb": pb, "Fraction": Fraction, "replace": replace, "Semantics": Semantics}
    eval(f"example{line}", {**names, "example": example})(check)()
    first = seen[0].network.stages[0]
    projections = [first.affine(sample)[0] for sample in seen[0].batch]
    assert fraction(first.frozen.location[0]) == min(projections) < max(projections)


def test_a_row_is_left_for_each_claim(refuted):
    check_claims(pb.BatchNorm, ["corollary-2"], examples=EXAMPLES)
    [good] = taken()
    _, bad = refuted.rows
    assert (good.claim, good.normalization) == ("corollary-2", "batchnorm")
    assert good.live >= EXAMPLES // 2
    assert good.degenerate == len(strategies.strata_for(normalization=pb.BatchNorm, **CLAIMS["corollary-2"].recipe)) - 1
    assert good.covered == good.degenerate
    assert good.seconds > 0
    assert (bad.status, bad.witness) == ("REFUTED", ".polybn/least-corollary-2.json")
    assert taken() == []


def test_rejected_instances_are_counted_by_hypothesis():
    never = Hypothesis("never", "no instance meets it", lambda view: False)
    message = failure(pb.BatchNorm, [replace(CLAIMS["corollary-2"], id="empty", hypotheses=(never,))])
    assert "empty  VACUOUS" in message
    assert "fails here" not in message
    [row] = taken()
    assert row.rejected[0][0] == "never"
    assert row.rejected[0][1] >= EXAMPLES // 2
    assert row.covered == 0


def test_a_claim_of_ones_own_has_a_script_and_no_file(tmp_path):
    mine = replace(CLAIMS["corollary-2"], id="mine", check=lambda view: Fails("left", "right", "where"))
    message = failure(pb.BatchNorm, [mine])
    assert "mine fails here:\n\n" in message
    assert "claim_of" not in message
    assert "polybn replay" not in message
    assert list(tmp_path.iterdir()) == []


def test_none_means_the_claims_that_hold_of_batch_normalisation(monkeypatch):
    monkeypatch.setitem(recorded.RECORDED, ("batchnorm", "subdivision"), frozenset({Status.REFUTED}))
    held = [id for id in CLAIMS if recorded.RECORDED.get(("batchnorm", id)) != frozenset({Status.REFUTED})]
    assert "subdivision" not in held
    assert [claim.id for claim in chosen_claims(None, _of_batch_norm())] == held


@pytest.mark.parametrize(
    ("claims", "error"), [(["theorem-1", "theorem-9"], ClaimError), ([], InputError), ("theorem-9", ClaimError)]
)
def test_bad_claims_are_refused_before_any_is_decided(claims, error):
    with pytest.raises(error):
        check_claims(pb.BatchNorm, claims, examples=EXAMPLES)
    assert taken() == []
