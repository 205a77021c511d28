"""The executable proof runs, and fails when its statement is altered to a false neighbour."""

import pytest
import sympy

from polybn.claims import CLAIMS
from polybn.errors import ProofError
from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation, proofs_folder, prove

t, m1, m2, g, mu, x = sympy.symbols("t m1 m2 g mu x", real=True)
ROW = frozenset({g})
ONE = sympy.Integer(1)


def test_the_proof_runs_for_all_batch_sizes_and_names_its_facts():
    evidence = prove("theorem-1")
    assert evidence.file == "proofs/theorem_1.py"
    assert len(evidence.checked) == 5
    assert evidence.argued[0] == "under 'w != 0': g > 0"
    assert "every width" in evidence.argued[-1]
    assert evidence.facts == ("location-is-mean", "squared-scale-is-biased-variance")


def test_each_proof_file_is_of_a_claim():
    files = {path.stem.replace("_", "-") for path in proofs_folder().glob("*.py")}
    assert files
    assert files <= set(CLAIMS)


def test_a_claim_without_a_file_has_no_proof():
    assert prove("theorem-2") is None


def loss(offset):
    return expectation((t - offset) ** 2, t, (ONE, m1, m2)) / g


FALSE = [
    Identity("constant changed", loss(mu) - loss(m1), 2 * (mu - m1) ** 2 / g),
    Identity("sign changed", loss(mu) - loss(m1), (mu + m1) ** 2 / g),
    Identity("unbiased variance", loss(m1), 2 * (m2 - m1**2) / g),
    Nonnegative("minimum at the wrong place", loss(mu) - loss(m1), ((1 / g, mu),)),
    Nonnegative("negative certificate", -(mu**2) / g, ((-1 / g, mu),)),
    Nonnegative("coefficient of unknown sign", m1 * mu**2, ((m1, mu),)),
    Nonnegative("square that is not real", -(x**2), ((ONE, sympy.I * x),)),
    Nonnegative("root of unknown sign", m1, ((ONE, sympy.sqrt(m1)),)),
    Nonnegative("symbol that may not be real", sympy.Symbol("z") ** 2, ((ONE, sympy.Symbol("z")),)),
    Identity("division that cancels", 1 / x + (x - 1) / x, ONE),
    Identity("float", x * (1 + sympy.Float("1e-20")), x),
    Identity("hidden division", sympy.exp(1 / x), sympy.exp(1 / x)),
    Identity("smuggled assumption", sympy.Abs(sympy.Symbol("p", positive=True)), sympy.Symbol("p", positive=True)),
]


@pytest.mark.parametrize("step", FALSE, ids=lambda step: step.statement)
def test_false_neighbours_do_not_check(step):
    with pytest.raises(ProofError):
        step.check(ROW)


def test_the_true_steps_need_their_hypothesis():
    true = Identity("gap", loss(mu) - loss(m1), (mu - m1) ** 2 / g)
    true.check(ROW)
    with pytest.raises(ProofError, match="divides by"):
        true.check(frozenset())


def test_a_proof_cannot_be_made_out_of_order():
    good = {"claim": "theorem-1", "steps": (Identity("1 = 1", ONE, ONE),), "conclusion": "so it holds"}
    Proof(**good).run("here")
    for wrong in [
        {"claim": "theorem-0"},
        {"steps": (Argued("trust me"),)},
        {"facts": ("the earth is flat",)},
        {"given": {"beta = 0": (g,)}},
        {"given": {"w != 0": (sympy.sqrt(g),)}},
        {"conclusion": " "},
    ]:
        with pytest.raises(ProofError):
            Proof(**{**good, **wrong})


@pytest.mark.parametrize(
    ("expression", "moments", "words"),
    [
        (t**4, (ONE, m1, m2), "moments up to 4"),
        (t, (sympy.Integer(2), m1), "zeroth"),
        (1 / t, (ONE, m1), "not a polynomial"),
        (sympy.Abs(t), (ONE, m1), "no part of a rational function"),
        (t, (ONE, t), "averages over"),
    ],
)
def test_expectations_that_mean_nothing_are_refused(expression, moments, words):
    with pytest.raises(ProofError, match=words):
        expectation(expression, t, moments)
