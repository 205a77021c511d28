"""What a step rests on is found by leaving assumptions out: exactly those that it does not check without."""

import pytest
import sympy

from polybn.proof import Argued, Cases, Identity, Nonnegative, Proof, proof_of

x, g, s, v = sympy.symbols("x g s v", real=True)
ASSUMED = {"given": {"w != 0": (g,)}, "where": {"s is the root of v": (s**2 - v,), "v is x^2": (v - x**2,)}}


def rests_on(*steps):
    evidence = Proof("theorem-1", steps, "so it is", **ASSUMED).run("proofs/theorem_1.py")
    return [step.rests_on for step in evidence.steps]


@pytest.mark.parametrize(
    ("step", "grounds"),
    [
        (Identity("nothing", x + x, 2 * x), ()),
        (Identity("divided", g * x / g**2, x / g), ("under 'w != 0'",)),
        (Identity("squared", s**4, v**2), ("where s is the root of v",)),
        (Identity("both", (s**2 - v) / g, sympy.Integer(0)), ("under 'w != 0'", "where s is the root of v")),
        (Identity("in turn", s**2, x**2), ("where s is the root of v", "where v is x^2")),
        (Nonnegative("weighed", g * x**2, ((g, x),)), ("under 'w != 0'",)),
    ],
)
def test_a_step_rests_on_what_it_fails_without(step, grounds):
    assert rests_on(step) == [grounds]


def test_in_a_case_its_sign_is_at_hand_and_is_no_hypothesis():
    case = Nonnegative("a multiple", x * s**2, ((x, s),))
    weighed = Nonnegative("weighed", g * s**2, ((g, s),))
    split = Cases("the sign of x", x, (weighed,), (Identity("zero", x * g, sympy.Integer(0)),), (case,))
    assert rests_on(split) == [(), ("under 'w != 0'",), (), ()]


def test_words_rest_on_nothing_that_is_checked():
    assert rests_on(Argued("clearly"), Identity("nothing", x, x)) == [(), ()]


def test_no_proof_assumes_what_no_step_needs(proof_file):
    claim = proof_file.stem.replace("_", "-")
    proof = proof_of(claim)
    needed = {ground for step in proof.run("").steps for ground in step.rests_on}
    assert needed == {f"under '{name}'" for name in proof.given} | {f"where {words}" for words in proof.where}
