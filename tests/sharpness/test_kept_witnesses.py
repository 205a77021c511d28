"""Kept witnesses replay, and each hypothesis of each claim has one, or says why it is moot; none is left over."""

import pytest

from polybn.auditing.sharpness import OPEN, sharpness, sharpness_files
from polybn.auditing.witness import read_witness, replay
from polybn.claims import CLAIMS
from polybn.proof import proofs_folder

FOLDER = proofs_folder()
assert FOLDER is not None
COUNTEREXAMPLES = sorted((FOLDER / "counterexamples").glob("*.json"))
KNOWN_OPEN: set[tuple[str, str]] = set()
"""Hypotheses of which nobody knows whether they are needed; the claims page lists them as open."""


@pytest.mark.parametrize("path", [*COUNTEREXAMPLES, *sharpness_files().values()], ids=lambda path: path.stem)
def test_a_kept_witness_fails_as_it_states(path):
    _, outcome, disagreement = replay(path)
    assert disagreement is None, (outcome, disagreement)


@pytest.mark.parametrize("path", COUNTEREXAMPLES, ids=lambda path: path.stem)
def test_a_counterexample_is_named_after_its_claim_and_drops_no_hypothesis(path):
    data, _ = read_witness(path)
    assert data["claim"] == path.stem
    assert "without" not in data


def test_every_sharpness_witness_belongs_to_a_hypothesis():
    """Dropping a hypothesis from a claim leaves its witness over, and fails here."""
    listed = {(id, one.name) for id, claim in CLAIMS.items() for one in claim.hypotheses}
    assert set(sharpness_files()) <= listed


@pytest.mark.parametrize("id", CLAIMS)
def test_every_hypothesis_is_needed_or_moot(id):
    claim = CLAIMS[id]
    assert set(claim.moot) <= {one.name for one in claim.hypotheses}
    refuted = (FOLDER / "counterexamples" / f"{id}.json").is_file()
    for name, found in sharpness(claim).items():
        if not refuted and (id, name) not in KNOWN_OPEN:
            assert found != OPEN, f"{id} without {name!r}: no witness and no reason"
