"""Hypothesis profiles, and the reference networks shared by the tests."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# Exact arithmetic has no steady speed, so no profile times a single example.
# quick and ci replay the same examples every time; only long looks for new ones.
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=25, derandomize=True, **QUIET)
settings.register_profile("ci", max_examples=100, derandomize=True, print_blob=True, **QUIET)
settings.register_profile("long", max_examples=2000, print_blob=True, **QUIET)


def pytest_configure(config: pytest.Config) -> None:
    profile = os.environ.get("POLYBN_PROFILE", "quick")
    if profile not in ("quick", "ci", "long"):
        raise pytest.UsageError(f"POLYBN_PROFILE is {profile!r}; write quick, ci or long.")
    settings.load_profile(profile)


def shared_folder() -> Path:
    """The shared folder beside the repository, or wherever POLYBN_SHARED points."""
    return Path(os.environ.get("POLYBN_SHARED") or ROOT.parent / "shared")


@pytest.fixture(scope="session")
def reference_networks() -> dict[str, Any]:
    """The contents of nets/reference.json; the test is skipped where the shared folder is absent."""
    path = shared_folder() / "nets" / "reference.json"
    if not path.is_file():
        pytest.skip(f"the reference networks are not here ({path.name} in nets/); POLYBN_SHARED says where to look")
    return json.loads(path.read_text(encoding="utf-8"))
