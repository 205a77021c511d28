"""What is refused before Coq is asked, and how the answers of `Print Assumptions` are read. No Coq needed."""

from pathlib import Path
from types import ModuleType

import pytest

PROVED = "Theorem two : 1 + 1 = 2. Proof. reflexivity. Qed.\nPrint Assumptions two.\n"
CLOSED = "Closed under the global context"
AXIOM = "Axioms:\nclassic : forall P : Prop, P \\/ ~ P"


def test_a_proof_that_says_what_it_rests_on_is_accepted(sources: ModuleType) -> None:
    assert sources.complaint(PROVED) is None
    assert sources.theorems(PROVED) == ("two",)


@pytest.mark.parametrize(
    ("planted", "word"),
    [
        ("Lemma more : 0 = 1. Admitted.", "Admitted"),
        ("Lemma more : 0 = 1. Proof. admit. Qed.", "admit"),
        ("Lemma more : 0 = 1. Proof. give_up. Qed.", "give_up"),
        ("Lemma more : 0 = 1. Abort.", "Abort"),
        ("Axiom more : 0 = 1.", "Axiom"),
        ("Axioms more less : 0 = 1.", "Axiom"),
        ("Parameter more : 0 = 1.", "Parameter"),
        ("Conjecture more : 0 = 1.", "Conjecture"),
        ("Unset Guard Checking.", "Unset ... Checking"),
        ("Unset  Universe\nChecking.", "Unset ... Checking"),
        ("#[bypass_check(guard)] Fixpoint f (n : nat) : nat := f n.", "bypass_check"),
        ('Declare ML Module "plugin".', "Declare ML Module"),
        ('Load "elsewhere".', "Load"),
        ('Add LoadPath "elsewhere" as X.', "Add LoadPath"),
    ],
)
def test_what_leaves_a_proof_open_is_refused(sources: ModuleType, planted: str, word: str) -> None:
    assert f"'{word}'" in sources.complaint(f"{planted}\n{PROVED}")


@pytest.mark.parametrize(
    "planted",
    [
        "(* Admitted. *)",
        "(* outer (* Axiom x. *) Parameter y. *)",
        '(* a string hides the end "*)" Admitted. *)',
        'Definition text := "Admitted. (*".',
        "Definition admitted := 0. Definition loads := 0.",
        'Definition quoted := "say ""Axiom"" (*".',
    ],
)
def test_comments_and_strings_say_nothing(sources: ModuleType, planted: str) -> None:
    assert sources.complaint(f"{planted}\n{PROVED}") is None


def test_a_comment_that_ends_hides_nothing_after_it(sources: ModuleType) -> None:
    assert sources.complaint(f"(* (* *) *) Axiom x : 0 = 1. (* *)\n{PROVED}") is not None
    assert sources.complaint(f'Definition text := "(*". Axiom x : 0 = 1. (* "*)" *)\n{PROVED}') is not None


def test_a_file_shows_what_each_theorem_rests_on(sources: ModuleType) -> None:
    bare = PROVED.replace("Print", "(* Print").replace("two.\n", "two. *)\n")
    assert "no 'Print Assumptions" in sources.complaint(bare)
    assert "Theorem three" in sources.complaint("Theorem three : 3 = 3. Proof. reflexivity. Qed.\n" + PROVED)


def test_a_file_is_read_alone(sources: ModuleType) -> None:
    for line in ("From polybn Require Import farkas.", "Require Import polybn.farkas.", "From Other Require Export x."):
        assert "read alone" in sources.complaint(f"{line}\n{PROVED}")
    assert sources.complaint(f"From polybn Require Import farkas.\n{PROVED}", alone=False) is None
    assert (
        sources.complaint(f"From Coq Require Import ZArith.\nFrom mathcomp Require Import all_ssreflect.\n{PROVED}")
        is None
    )


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", ()),
        (f"{CLOSED}\n{CLOSED}\n", (CLOSED, CLOSED)),
        (f"{AXIOM}\n{CLOSED}\n", (AXIOM, CLOSED)),
        (f"{CLOSED}\n{AXIOM}\n{AXIOM}", (CLOSED, AXIOM, AXIOM)),
        ("Section Variables:\nx : nat\n", ("Section Variables:\nx : nat",)),
    ],
)
def test_the_answers_are_told_apart(sources: ModuleType, output: str, expected: tuple[str, ...]) -> None:
    assert sources.answers(output) == expected


def test_only_closed_theorems_pass(sources: ModuleType) -> None:
    assert sources.unclosed(("a", "b"), (CLOSED, CLOSED)) is None
    assert sources.unclosed(("a", "b"), (CLOSED, AXIOM)).startswith("b is not closed")
    assert "classic" in sources.unclosed(("a", "b"), (CLOSED, AXIOM))
    assert "1 answers for 2" in sources.unclosed(("a", "b"), (CLOSED,))
    assert "= 2 : nat" in sources.unclosed(("a",), ("= 2 : nat", CLOSED))


def test_every_file_of_ours_may_be_compiled(sources: ModuleType, rocq: Path) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(rocq.glob("*.v"))}
    assert "farkas.v" in texts
    assert {name: sources.complaint(text) for name, text in texts.items()} == dict.fromkeys(texts)
