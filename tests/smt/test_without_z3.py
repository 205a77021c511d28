"""z3 is an extra: nothing loads it before a question is asked, and without it a question says what to install."""

import subprocess
import sys

import pytest

from polybn.errors import ClaimError, InputError, ProofError
from polybn.smt import decide, is_available, questions_of, running, smt_folder


@pytest.fixture
def without_z3(monkeypatch):
    monkeypatch.setitem(sys.modules, "z3", None)


@pytest.mark.usefixtures("without_z3")
def test_without_z3_a_question_says_what_to_install():
    assert not is_available()
    for ask in (questions_of, decide):
        with pytest.raises(InputError, match=r"z3, which is not installed\. Write pip install 'polybn\[smt\]'"):
            ask("theorem-1")


@pytest.mark.usefixtures("without_z3")
def test_a_claim_without_questions_needs_no_z3():
    assert questions_of("subdivision") == decide("subdivision") == ()


def test_an_unknown_claim_is_refused():
    with pytest.raises(ClaimError, match="theorem-0"):
        decide("theorem-0")


@pytest.mark.parametrize("program", ["import polybn", "import polybn.smt; polybn.smt.decide('subdivision')"])
def test_z3_is_loaded_when_a_question_is_asked_and_not_before(program):
    code = f"{program}; import sys; print('z3' in sys.modules)"
    child = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True, text=True)
    assert child.stdout == "False\n"


def test_the_folder_is_among_the_proofs():
    assert smt_folder().parts[-2:] == ("proofs", "smt")


@pytest.mark.parametrize("content", ["", "QUESTIONS = ()", "QUESTIONS = []", "QUESTIONS = (1,)"])
def test_a_file_must_ask_something(tmp_path, monkeypatch, content):
    pytest.importorskip("z3", reason="z3 is not installed: pip install 'polybn[smt]'")
    (tmp_path / "theorem_1.py").write_text(content, encoding="utf-8")
    monkeypatch.setattr(running, "smt_folder", lambda: tmp_path)
    with pytest.raises(ProofError, match=r"proofs/smt/theorem_1\.py does not define QUESTIONS"):
        decide("theorem-1")
