"""`st.from_type` and `infer` draw our types, by the hook that hypothesis calls and by importing `polybn.testing`."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, infer, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.claims.view import ExactView, Instance
from polybn.drawing.by_type import STRATEGIES
from polybn.drawing.registered import DRAWN, HOMES
from polybn.networks.normalization import FrozenNormalization, Normalization
from polybn.regions.partition import Partition
from polybn.regions.region import Region
from polybn.testing.strategies import Drawn, Placed

KINDS = [
    pb.Network, pb.Linear, pb.AffineMap, pb.PiecewiseLinear, Normalization, pb.BatchNorm, pb.MedianNorm,
    FrozenNormalization, pb.Box, pb.Polytope, Partition, Region, Instance, Drawn, Placed,
]  # fmt: skip
LATE = {"sympy", "numba", "scipy", "networkx", "matplotlib", "rich", "torch"}


def test_every_type_has_its_strategy_and_its_home():
    named = {name for names in {**HOMES, **DRAWN}.values() for name in names}
    assert named == set(STRATEGIES) == {kind.__name__ for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_alone_is_enough(kind):
    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    @given(st.from_type(kind))
    def check(value):
        assert isinstance(value, kind)

    check()


@settings(max_examples=5)
@given(net=infer, box=infer)
def test_signatures_are_inferred(net: pb.Network, box: pb.Box):
    assert net.is_fitted
    assert box.volume > 0


@settings(max_examples=5)
@given(st.from_type(Instance))
def test_an_instance_is_what_claims_are_decided_on(instance):
    assert ExactView(instance).normalized_layers
    assert len(instance.points) == 1
    assert len(instance.offsets) == 2
    assert instance.method == pb.BatchNorm()


def run(program: str) -> str:
    child = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    return child.stdout


def test_the_hook_loads_nothing_heavy_and_works():
    out = run(
        "import sys\n"
        "before = set(sys.modules)\n"
        "import hypothesis\n"
        "from polybn.drawing.registered import register\n"
        "register(); register()\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))\n"
        "assert not any(name.startswith('polybn.auditing.') for name in sys.modules if 'registered' not in name)\n"
        "from hypothesis import strategies as st\n"
        "import polybn as pb\n"
        "st.from_type(pb.Network).validate()\n"
        "assert 'polybn.drawing.by_type' in sys.modules\n"
    )
    assert not set(out.split()) & LATE
    assert "polybn" in out.split()
