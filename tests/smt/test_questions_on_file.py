"""Every question on file is settled, needs each hypothesis that it names, and is refuted as a false neighbour."""

from dataclasses import replace

import pytest

from polybn.auditing.witness import replay, witness_text
from polybn.claims import CLAIMS, claim_of
from polybn.errors import ProofError
from polybn.smt import Satisfiable, Valid, decide, questions_of, smt_folder

z3 = pytest.importorskip("z3", reason="z3 is not installed: pip install 'polybn[smt]'")

FILES = [path.stem.replace("_", "-") for path in sorted(smt_folder().glob("*.py"))]
VALID = [(claim, question) for claim in FILES for question in questions_of(claim) if isinstance(question, Valid)]
REFUTED = {"equation-28", "proposition-3", "sigma-positive", "theorem-2"}

# With a flat piece no y' has the level mu', since mu' is not mu: the hypotheses cannot be met then.
IMPLIED = {("theorem-2-same-side", "slopes other than 0")}


def named(names):
    """The unknowns of these names."""
    return z3.Reals(names)


def settled(claim, question):
    return question.settle(claim_of(claim))


def test_each_file_is_of_a_claim():
    assert set(FILES) <= set(CLAIMS)
    assert set(FILES) >= REFUTED


@pytest.mark.parametrize("claim", FILES)
def test_every_question_is_settled_and_shows_its_model(claim):
    found = decide(claim)
    assert {evidence.kind for evidence in found} == {"witness" if claim in REFUTED else "valid"}
    assert len({(evidence.statement, evidence.size) for evidence in found}) == len(found)
    for evidence in found:
        assert evidence.file == f"proofs/smt/{claim.replace('-', '_')}.py"
        assert all(" = " in line for line in evidence.model)
        assert evidence.model
        assert (evidence.witness is not None) == (evidence.kind == "witness")
        assert evidence.seconds < 10


def test_answers_do_not_depend_on_what_was_asked_before():
    first = decide("theorem-2")
    decide("proposition-3")
    assert decide("theorem-2") == first


@pytest.mark.parametrize("claim", sorted(REFUTED))
def test_a_witness_is_a_file_that_replays(tmp_path, claim):
    for evidence in decide(claim):
        path = tmp_path / "witness.json"
        path.write_text(witness_text(claim, evidence.witness), encoding="utf-8")
        _, _, disagreement = replay(path)
        assert disagreement is None


@pytest.mark.parametrize(("claim", "question"), VALID, ids=lambda part: getattr(part, "size", part))
def test_each_hypothesis_is_needed(claim, question):
    for part in ("given", "where"):
        formulas = getattr(question, part)
        for dropped in formulas:
            if (claim, dropped) in IMPLIED:
                continue
            fewer = {name: formula for name, formula in formulas.items() if name != dropped}
            with pytest.raises(ProofError, match="is false at "):
                settled(claim, replace(question, **{part: fewer}))


@pytest.mark.parametrize("claim", sorted(REFUTED))
def test_each_constraint_of_a_witness_can_be_broken(claim):
    for question in questions_of(claim):
        broken = {**question.constraints, "not all": z3.Not(z3.And(list(question.constraints.values())))}
        with pytest.raises(ProofError, match=r"is false: nothing meets .*not all"):
            settled(claim, replace(question, constraints=broken))


def leave_out_the_bias():
    w, (mu, gamma, r), z = named("w_1 w_2"), named("mu gamma r"), named("z_11 z_12 z_21 z_22")
    return gamma * ((w[0] * (z[0] + z[2]) + w[1] * (z[1] + z[3])) / 2 - mu) * r == 0


def unbiased_variance():
    least, g, t_1, t_2 = named("least_1 g t_1 t_2")
    return least * g == (t_1 - t_2) * (t_1 - t_2) / 2


def minimum_at_the_first_sample():
    L, least, mu, t_1 = named("L_1 least_1 mu_1 t_1")
    return z3.Implies(mu != t_1, least < L)


def same_value_for_each_sigma():
    z, w, (c, mu, gamma, r, other) = named("z_1 z_2"), named("w_1 w_2"), named("c mu gamma r r'")
    value = gamma * (w[0] * z[0] + w[1] * z[1] + c - mu)
    return value * r == value * other


def homogeneous_of_degree_two():
    v, gamma, h, p, q = named("v gamma h p q")
    a = z3.If(h >= 0, p * h, q * h)
    return v * gamma * a == (v * gamma * gamma) * a


def uncentred():
    w, z_1, z_2, c = named("w_1 z_11 z_21 c")
    return (w * z_1 != w * z_2) == z3.Or(w * z_1 + c != 0, w * z_2 + c != 0)


def first_sample_is_negative():
    t_1, t_2, mu, gamma = named("t_1 t_2 mu gamma")
    return z3.Implies(t_1 != t_2, gamma * (t_1 - mu) < 0)


def never_constant():
    t_1, t_2, gamma = named("t_1 t_2 gamma")
    return gamma * (t_1 - t_2) != 0


def outputs_add_to_one():
    v, a = named("v_1 v_2"), named("a_11 a_12 a_21 a_22")
    return v[0] * (a[0] + a[2]) + v[1] * (a[1] + a[3]) == 1


def values_add_to_zero():
    a_1, a_2 = named("a_1 a_2")
    return a_1 + a_2 == 0


def first_piece_is_nearest():
    x, y_1, y_2 = named("x y_1 y_2")
    return (x - y_1) * (x - y_1) <= (x - y_2) * (x - y_2)


ALTERED = [
    ("theorem-1", unbiased_variance),
    ("theorem-1", minimum_at_the_first_sample),
    ("corollary-2", leave_out_the_bias),
    ("hyperplane-ignores-sigma", same_value_for_each_sigma),
    ("equation-28-nonnegative", homogeneous_of_degree_two),
    ("sigma-positive-centred", uncentred),
    ("proposition-3-every-unit", first_sample_is_negative),
    ("proposition-3-normalized-output", never_constant),
    ("proposition-3-width-one", values_add_to_zero),
    ("proposition-3-odd", outputs_add_to_one),
    ("theorem-2-same-side", first_piece_is_nearest),
]


def test_every_valid_claim_has_an_altered_conclusion():
    assert {claim for claim, _ in ALTERED} == {claim for claim, _ in VALID}


@pytest.mark.parametrize(("claim", "altered"), ALTERED, ids=lambda part: getattr(part, "__name__", part))
def test_an_altered_conclusion_is_refuted(claim, altered):
    with pytest.raises(ProofError, match="is false at "):
        settled(claim, replace(questions_of(claim)[0], conclusion=altered()))


def projections_differ():
    w, z = named("w_1 w_2"), named("z_11 z_12 z_21 z_22")
    return w[0] * z[0] + w[1] * z[1] != w[0] * z[2] + w[1] * z[3]


def gamma_nonnegative():
    return z3.Real("gamma") >= 0


def width_one():
    return z3.Real("v_2") == 0


def same_side():
    x, y, other = named("x y y'")
    return z3.Or(z3.And(x <= y, y < other), z3.And(x >= y, y > other))


REPAIRED = {
    "sigma-positive": projections_differ,
    "equation-28": gamma_nonnegative,
    "proposition-3": width_one,
    "theorem-2": same_side,
}


@pytest.mark.parametrize("claim", sorted(REFUTED))
def test_what_repairs_a_claim_leaves_no_witness(claim):
    asked = [one for one in questions_of(claim) if isinstance(one, Satisfiable) and one.size.startswith("N = 2")]
    assert asked
    for question in asked:
        repaired = {**question.constraints, "repaired": REPAIRED[claim]()}
        with pytest.raises(ProofError, match=r"is false: nothing meets .*repaired"):
            settled(claim, replace(question, constraints=repaired))
