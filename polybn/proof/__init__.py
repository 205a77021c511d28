"""The trusted part of executable proofs: steps that check themselves, and nothing else that can make a proof.

What a step states is checked for the expressions as sympy holds them: a factor that sympy cancels while an expression
is being written (x/x becomes 1) leaves no trace. That the steps together say what the claim says is argued, in the
proof's conclusion, and printed as argued.
"""

from polybn.proof.formal import formal_proof
from polybn.proof.moments import expectation, joint_expectation
from polybn.proof.proof import Proof
from polybn.proof.running import proof_of, proofs_folder, prove
from polybn.proof.splitting import UNCHECKED, Cases, Chosen
from polybn.proof.steps import Argued, Cited, Exhausted, Identity, Infeasible, Limit, Nonnegative

__all__ = [
    "UNCHECKED",
    "Argued",
    "Cases",
    "Chosen",
    "Cited",
    "Exhausted",
    "Identity",
    "Infeasible",
    "Limit",
    "Nonnegative",
    "Proof",
    "expectation",
    "formal_proof",
    "joint_expectation",
    "proof_of",
    "proofs_folder",
    "prove",
]
