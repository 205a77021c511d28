"""The executable proof runs, and fails when its statement is altered to a false neighbour."""

from dataclasses import replace

import pytest
import sympy

from polybn.claims import CLAIMS
from polybn.errors import ProofError
from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation, proofs_folder, prove

t, m1, m2, g, mu = sympy.symbols("t m1 m2 g mu", real=True)
ROW = {"w != 0": (g,)}


def test_the_proof_runs_for_all_batch_sizes_and_names_its_facts():
    evidence = prove("theorem-1")
    assert evidence.file == "proofs/theorem_1.py"
    assert len(evidence.checked) == 5
    assert len(evidence.argued) == 2
    assert evidence.facts == ("location-is-mean", "squared-scale-is-biased-variance")


def test_each_proof_file_is_of_a_claim():
    files = {path.stem.replace("_", "-") for path in proofs_folder().glob("*.py")}
    assert files
    assert files <= set(CLAIMS)


def test_a_claim_without_a_file_has_no_proof():
    assert prove("subdivision") is None


def loss(offset):
    return expectation((t - offset) ** 2, t, (sympy.Integer(1), m1, m2)) / g


@pytest.mark.parametrize(
    "step",
    [
        Identity("constant changed", loss(mu) - loss(m1), 2 * (mu - m1) ** 2 / g, ROW),
        Identity("sign changed", loss(mu) - loss(m1), (mu + m1) ** 2 / g, ROW),
        Identity("unbiased variance", loss(m1), 2 * (m2 - m1**2) / g, ROW),
        Identity("hypothesis w != 0 dropped", loss(mu) - loss(m1), (mu - m1) ** 2 / g, {}),
        Nonnegative("minimum at the wrong place", loss(mu) - loss(m1), ((1 / g, mu),), ROW),
        Nonnegative("negative certificate", -(mu**2) / g, ((-1 / g, mu),), ROW),
        Nonnegative("coefficient of unknown sign", m1 * mu**2, ((m1, mu),), ROW),
    ],
    ids=lambda step: step.statement,
)
def test_false_neighbours_do_not_check(step):
    with pytest.raises(ProofError):
        step.check()


def test_a_proof_cannot_be_made_out_of_order():
    good = Identity("1 = 1", sympy.Integer(1), sympy.Integer(1), {})
    Proof("theorem-1", (good,)).run("here")
    for wrong in [
        {"claim": "theorem-0", "steps": (good,)},
        {"claim": "theorem-1", "steps": (Argued("trust me"),)},
        {"claim": "theorem-1", "steps": (good,), "facts": ("the earth is flat",)},
        {"claim": "theorem-1", "steps": (replace(good, nonzero={"beta = 0": (g,)}),)},
    ]:
        with pytest.raises(ProofError):
            Proof(**wrong)


def test_moments_that_are_missing_are_noticed():
    with pytest.raises(ProofError, match="moments up to 4"):
        expectation(t**4, t, (sympy.Integer(1), m1, m2))
    with pytest.raises(ProofError, match="zeroth"):
        expectation(t, t, (sympy.Integer(2), m1, m2))
