"""Which strategy stands for which type: `st.from_type(pb.Network)` and `@given(net=infer)` work.

Hypothesis calls `register` when it is imported (the entry point group "hypothesis"), so little is loaded here beyond
what `import polybn` loads; the strategies are, when the first of them is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HOMES = {
    "polybn.networks.activation": ("PiecewiseLinear",),
    "polybn.networks.affine": ("AffineMap",),
    "polybn.networks.layer": ("Linear",),
    "polybn.networks.network": ("Network",),
    "polybn.networks.normalization": ("Normalization", "FrozenNormalization"),
    "polybn.normalizations": ("BatchNorm", "MedianNorm"),
    "polybn.regions.domain": ("Box",),
    "polybn.regions.halfspaces": ("Polytope",),
    "polybn.regions.partition": ("Partition",),
    "polybn.regions.region": ("Region",),
    "polybn.claims.view": ("Instance",),
}
DRAWN = {"polybn.drawing.strategies": ("Drawn",), "polybn.drawing.placed": ("Placed",)}
"""Types that nobody has at hand before the strategies are loaded."""


def register(homes: Mapping[str, tuple[str, ...]] = HOMES) -> None:
    """The strategies of these types, known to hypothesis; twice is as good as once."""
    from hypothesis import strategies as st

    for module, names in homes.items():
        for name in names:
            st.register_type_strategy(getattr(import_module(module), name), _looked_up(name))


def _looked_up(name: str) -> Callable[[type[Any]], SearchStrategy[Any]]:
    def found(kind: type[Any]) -> SearchStrategy[Any]:
        del kind
        from polybn.drawing.by_type import STRATEGIES

        return STRATEGIES[name]()

    return found
