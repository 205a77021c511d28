"""A formal proof proves its own statement, and no false one close by: altered to be false, no file compiles.

Each alteration makes a theorem false, for the reason that its words give; a refutation is false where the refuted
statement becomes true. The scripts are left as they are, so Coq must stop inside the proof of the theorem or of a step
that it rests on: an altered statement that is not well-formed would show nothing. `make proofs` compiles the files as
they are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from polybn.claims import CLAIMS

STATED = re.compile(r"^(?:Theorem|Lemma|Example|Let) ([\w']+)", re.MULTILINE)
PLACE = re.compile(r'^File "[^"]+", line (\d+), characters (\d+)-\d+:\nError:', re.MULTILINE)
CERTIFICATES = "farkas_vanishes farkas farkas_side farkas_sides"
NOT_UNDERSTOOD = ("Syntax error", "was not found in the current environment", "Unknown")


@dataclass(frozen=True)
class Neighbour:
    """A file with one passage altered; the words say why it is false, or of what a refuted statement is true."""

    file: str
    words: str
    old: str
    new: str
    makes_false: str = ""
    """Its theorems that become false, where that is not the one named after the file alone."""
    stops_in: str = ""
    """The step in whose proof Coq stops, where that is not the first of these theorems."""

    @property
    def theorems(self) -> list[str]:
        return (self.makes_false or self.file).split()

    def altered(self, folder: Path) -> str:
        """The false text."""
        text = (folder / f"{self.file}.v").read_text(encoding="utf-8")
        assert text.count(self.old) == 1, f"{self.file}.v has {text.count(self.old)} passages {self.old!r}"
        return text.replace(self.old, self.new)


NEIGHBOURS = (
    Neighbour("theorem_1", "N = 0: every loss is 0", "    (N_gt0 : (0 < N)%N)", "    (N_gt0 : (0 <= N)%N)"),
    Neighbour("theorem_1", "at t = 0 the convexity is not strict", "mu != nu -> 0 < t < 1", "mu != nu -> 0 <= t < 1"),
    Neighbour("corollary_2", "beta = 1: p = 1 at the centroid", "forall k, beta l k = 0)", "forall k, beta l k = 1)"),
    Neighbour("corollary_2", "the breakpoint 1: p = 0 there", "breakpoints = [:: 0])", "breakpoints = [:: 1])"),
    Neighbour("corollary_2", "the sum for the centroid", "N%:R^-1 *: \\sum_(n", "\\sum_(n", stops_in="inner_centroid"),
    Neighbour(
        "sigma_positive_centred",
        "inputs that are not centred",
        "<-> ~ (forall n, inner w (z n - centroid z)",
        "<-> ~ (forall n, inner w (z n)",
    ),
    Neighbour(
        "sigma_positive_centred",
        "equal projections: sigma = 0",
        "0 < variance (projection w c z) <->",
        "0 <= variance (projection w c z) <->",
    ),
    Neighbour(
        "sigma_positive_centred",
        "true of centred inputs",
        "-> ~ (forall n, inner w (z n)",
        "-> ~ (forall n, inner w (z n - centroid z)",
        "sigma_positive",
    ),
    Neighbour("hyperplane_ignores_sigma", "beta off the breakpoint", "point : beta k = b)", "point : beta k = b + 1)"),
    Neighbour("hyperplane_ignores_sigma", "gamma = 0: all of R^d", "(gamma k != 0 -> ", "(gamma k == gamma k -> "),
    Neighbour(
        "pooled_variance",
        "the variance of the mu_j taken off",
        "+ variance (fun j => mean (t j)) =",
        "- variance (fun j => mean (t j)) =",
    ),
    Neighbour(
        "pooled_variance",
        "true with the missing term",
        "= variance (all_samples t)).",
        "+ variance (fun j => mean (t j)) = variance (all_samples t)).",
        "running_variance",
    ),
    Neighbour(
        "cumulative_average_minimises",
        "the momentum 1/10 at every batch",
        "i.+2%:R^-1 *",
        "10%:R^-1 *",
        stops_in="cumulative_is_plain",
    ),
    Neighbour(
        "cumulative_average_minimises",
        "true of the plain average of two batches",
        "9%:R / 10%:R * batch_mean w c z k 0 + 1 / 10%:R",
        "1 / 2%:R * batch_mean w c z k 0 + 1 / 2%:R",
        "moving_average_minimises",
    ),
    Neighbour(
        "proposition_1", "a normalised output", "_linear : linear_output net)", "_linear : one_bend_or_unscaled net)"
    ),
    Neighbour(
        "equation_28", "a(-1) for ReLU", "t : R, 0 <= gamma ->", "t : R, gamma <= 0 ->", "equation_28_nonnegative"
    ),
    Neighbour(
        "equation_28",
        "true of the identity, p = q = 1",
        "1 0 (gamma * t) = gamma * activation 1 0",
        "1 1 (gamma * t) = gamma * activation 1 1",
    ),
    Neighbour("proposition_2_mean", "equal features", "(diagonal : uncorrelated z p) :", "(diagonal : (0 < N)%N) :"),
    Neighbour(
        "proposition_2_variance_biased",
        "true of the estimator with 1/(N - 1)",
        "  mean (fun n => (projection (b",
        "  N%:R / (N%:R - 1) * mean (fun n => (projection (b",
        "proposition_2_variance_biased proposition_2_variance",
    ),
    Neighbour(
        "proposition_2_finite_population",
        "true with replacement",
        "| injectiveb b].",
        "| injectiveb b || true].",
        "proposition_2_finite_population proposition_2_without_replacement",
        "draws_count",
    ),
    Neighbour("theorem_2", "true on the same side", "(nearer : DH < DH')", "(nearer : inner w (z_1 x) <= mu < mu')"),
    Neighbour("theorem_2", "true of affine z_1", "(leaky : 0 < eta < 1)", "(leaky : eta = 1)"),
    Neighbour(
        "theorem_2_same_side", "F = F'", "value <= mu < mu' \\/", "value <= mu <= mu' \\/", stops_in="nearer_point"
    ),
    Neighbour("theorem_3", "the angle of n and n'", "cosine v v' = - cosine n n'].", "cosine v v' = cosine n n']."),
    Neighbour("proposition_3", "eta = 1: each output has the mean 0", "(eta_lt1 : eta < 1)", "(eta_lt1 : eta <= 1)"),
    Neighbour(
        "proposition_3",
        "true of outputs less their mean",
        "fun z n => inner w (z n)\n",
        "fun z n => inner w (z n) - mean (fun n => inner w (z n))\n",
        stops_in="outputs_both",
    ),
    Neighbour("proposition_3_every_unit", "beta = 2: one side", "(beta0 : beta u = 0)", "(beta0 : beta u = 2%:R)"),
    Neighbour("proposition_3_every_unit", "gamma = 0: p = 0", "_neq0 : gamma u != 0)", "_neq0 : gamma u == gamma u)"),
    Neighbour("proposition_3_every_unit", "equal projections", "<-> 0 < squared_sigma", "<-> 0 <= squared_sigma"),
    Neighbour("proposition_3_normalized_output", "beta = 2: 3 and 1", "beta l k = 0) :", "beta l k = 2%:R) :"),
    Neighbour(
        "proposition_3_normalized_output",
        "an output 0 separates none",
        "constant x (output before l x k) \\/",
        "False \\/",
    ),
    Neighbour("farkas", "a constant sum >= 0, as of x and 1 - x", "&& (c <=? 0).", "&& (0 <=? c).", CERTIFICATES),
    Neighbour(
        "farkas", "a multiplier -1, as of x less x", "&& forallb (Z.leb 0)", "&& forallb (Z.leb (-1))", CERTIFICATES
    ),
    Neighbour(
        "farkas", "a row too short hides x", "forallb (has_dimension d) rows\n", "forallb xpredT rows\n", CERTIFICATES
    ),
    Neighbour("farkas", "multipliers that are all 0", "&& existsb (Z.ltb 0)", "&& existsb (Z.leb 0)"),
    Neighbour("farkas", "a positive multiplier of no row", "Nat.eqb (length rows)", "Nat.leb (length rows)"),
    Neighbour("farkas", "a multiplier 0 of the objective", "(0 <? obj", "(0 <=? obj", "farkas_side farkas_sides"),
    Neighbour(
        "farkas",
        "one side accepted for all",
        "forallb (check_side d) sides",
        "existsb (check_side d) sides",
        "farkas_sides",
    ),
)


def stopped_in(text: str, fault: str) -> str:
    """The lemma in whose proof Coq stopped; nothing where it stopped in a statement or a definition."""
    place = PLACE.search(fault)
    assert place is not None, f"Coq did not stop at a place in the file: {fault}"
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: int(place[1]) - 1]) + lines[int(place[1]) - 1][: int(place[2])]
    begun = list(STATED.finditer(before))
    script = before[begun[-1].end() :] if begun else ""
    return begun[-1][1] if re.search(r"^Proof\.", script, re.MULTILINE) and "Qed." not in script else ""


@pytest.mark.parametrize("neighbour", NEIGHBOURS, ids=lambda one: f"{one.theorems[0]}: {one.words}")
def test_a_false_statement_is_not_proved(coq: ModuleType, rocq: Path, tmp_path: Path, neighbour: Neighbour) -> None:
    text, file = neighbour.altered(rocq), f"{neighbour.file}.v"
    fault = coq.compile_text(file, text, tmp_path).fault
    assert fault is not None, f"{file} compiles although {neighbour.theorems} is false: {neighbour.words}"
    assert not [words for words in NOT_UNDERSTOOD if words in fault], fault
    assert stopped_in(text, fault) == (neighbour.stops_in or neighbour.theorems[0]), fault


def test_a_true_neighbour_is_proved(coq: ModuleType, rocq: Path, tmp_path: Path) -> None:
    same = Neighbour("corollary_2", "N >= 1 said otherwise", "    (N_gt0 : (0 < N)%N)", "    (N_gt0 : (1 < N.+1)%N)")
    assert coq.compile_text("corollary_2.v", same.altered(rocq), tmp_path).fault is None


@pytest.mark.parametrize(
    ("statement", "stops_in"),
    [("1 + 1 = 3", "two"), ("1 + 1", ""), ("1 + (1 = 2)", "")],
    ids=["false", "no proposition", "ill-typed"],
)
def test_a_statement_that_is_not_well_formed_is_told_from_a_false_one(
    coq: ModuleType, tmp_path: Path, statement: str, stops_in: str
) -> None:
    text = f"Lemma one : 1 = 1. Proof. reflexivity. Qed.\nTheorem two : {statement}.\nProof. reflexivity. Qed.\n"
    text += "Print Assumptions two.\n"
    assert stopped_in(text, coq.compile_text("planted.v", text, tmp_path).fault) == stops_in


def test_each_passage_occurs_once_in_the_file_of_its_theorems(sources: ModuleType, rocq: Path) -> None:
    for neighbour in NEIGHBOURS:
        assert set(neighbour.theorems) <= set(sources.theorems(neighbour.altered(rocq))), neighbour.words
        assert neighbour.old != neighbour.new


def test_every_claim_and_the_checker_have_a_false_neighbour(rocq: Path) -> None:
    files = json.loads((rocq / "record.json").read_text(encoding="utf-8"))["files"]
    named = {id.replace("-", "_") for id in CLAIMS}
    claimed = {name for entry in files.values() for name in entry["theorems"] if name in named}
    assert {"theorem_1", "sigma_positive"} <= claimed
    assert {name for neighbour in NEIGHBOURS for name in neighbour.theorems} == claimed | set(
        files["farkas.v"]["theorems"]
    )
