"""For users' own suites: strategies that draw exact networks, `check_claims` for a normalisation of theirs, and
counterexamples as scripts. `st.from_type` knows our types from here on, where hypothesis did not tell it before."""

from __future__ import annotations

from polybn.drawing.registered import DRAWN, HOMES, register
from polybn.reports.script import example_of, script_of
from polybn.testing import strategies
from polybn.testing.checking import check_claims

__all__ = ["check_claims", "example_of", "script_of", "strategies"]

register({**HOMES, **DRAWN})
