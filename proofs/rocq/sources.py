"""What a Coq file of ours says about itself, and what is refused before Coq is asked."""

from __future__ import annotations

import re

from polybn.proof.formal import CLOSED, code

LEFT_OPEN = {
    "Admitted": r"\bAdmitted\b",
    "admit": r"\badmit\b",
    "give_up": r"\bgive_up\b",
    "Abort": r"\bAbort\b",
    "Axiom": r"\bAxioms?\b",
    "Parameter": r"\bParameters?\b",
    "Conjecture": r"\bConjectures?\b",
    "Unset ... Checking": r"\bUnset\s+\w+\s+Checking\b",
    "bypass_check": r"\bbypass_check\b",
    "Declare ML Module": r"\bDeclare\s+ML\s+Module\b",
    "Add LoadPath": r"\bAdd\s+(?:Rec\s+)?(?:ML\s+)?(?:Load)?Path\b",
    "Load": r"\bLoad\b",
    "Redirect": r"\bRedirect\b",
}
"""Commands that leave a proof open, weaken the kernel, or bring in what is not in the file."""

FOREIGN = re.compile(r"\bFrom\s+(?!Coq\b|mathcomp\b)([\w.]+)\s+Require\b|\bRequire\s+(?:Import|Export)?\s*polybn\b")
PRINTED = re.compile(r"\bPrint\s+Assumptions\s+([\w.']+?)\s*\.(?=\s|$)")
STATED = re.compile(r"\bTheorem\s+([\w']+)")


def theorems(text: str) -> tuple[str, ...]:
    """The names in the file's `Print Assumptions` commands, in order."""
    return tuple(PRINTED.findall(code(text)))


def complaint(text: str, *, alone: bool = True) -> str | None:
    """Why the file is refused unread, or None.

    `alone`: it may import Coq's standard library and mathcomp, and nothing of ours.
    """
    commands = code(text)
    for name, pattern in LEFT_OPEN.items():
        if re.search(pattern, commands):
            return f"it contains '{name}', outside comments; nothing may be left open or assumed. Prove it."
    foreign = FOREIGN.search(commands)
    if alone and foreign:
        return f"it says '{foreign.group()}'; a file is read alone, and imports Coq and mathcomp only."
    printed = theorems(text)
    if not printed:
        return "it has no 'Print Assumptions <theorem>.' line, so nothing shows what it rests on. Write one at its end."
    missing = [name for name in STATED.findall(commands) if name not in printed]
    if missing:
        return f"Theorem {missing[0]} has no 'Print Assumptions {missing[0]}.' line. Write one, or call it a Lemma."
    return None


def answers(output: str) -> tuple[str, ...]:
    """What Coq printed, answer by answer: `CLOSED`, or the text that names the assumptions."""
    found: list[str] = []
    for line in output.splitlines():
        begins = line.strip() == CLOSED or line.startswith(("Axioms:", "Section Variables:"))
        if begins or not found or found[-1] == CLOSED:
            found.append(line.strip())
        else:
            found[-1] += f"\n{line}"
    return tuple(answer for answer in found if answer)


def unclosed(names: tuple[str, ...], printed: tuple[str, ...]) -> str | None:
    """Why the answers do not show that every theorem is closed, or None: one `CLOSED` a theorem, nothing else."""
    if all(answer == CLOSED for answer in printed) and len(printed) == len(names):
        return None
    rest = [answer for answer in printed if answer != CLOSED]
    if len(names) == len(printed):
        name = names[next(i for i, answer in enumerate(printed) if answer != CLOSED)]
        return f"{name} is not closed under the global context:\n{rest[0]}"
    shown = rest[0] if rest else f"{len(printed)} answers for {len(names)} 'Print Assumptions' commands"
    return f"it prints something else than '{CLOSED}' once for each 'Print Assumptions':\n{shown}"
