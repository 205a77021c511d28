"""Fixed-size forms of claims, decided by z3 over all real numbers: the small trusted part, and the one door to z3.

That no point makes a formula true is z3's word. Every point that z3 gives is put into the formulas again, in Fractions;
one that refutes a claim becomes a network and a batch, and the claim's own checker must fail there.
"""

from polybn.smt.questions import Point, Question, Satisfiable, Valid
from polybn.smt.running import SmtEvidence, decide, question_file, questions_of, smt_folder
from polybn.smt.solving import UnsettledError, is_available

__all__ = [
    "Point",
    "Question",
    "Satisfiable",
    "SmtEvidence",
    "UnsettledError",
    "Valid",
    "decide",
    "is_available",
    "question_file",
    "questions_of",
    "smt_folder",
]
