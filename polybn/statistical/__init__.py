"""The same questions of networks too large to enumerate, with torch: statistical where they must be, and said so.

The names below are imported with what they need when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polybn.statistical.claims.corollary_1 import corollary_1_at_scale
    from polybn.statistical.claims.corollary_2 import corollary_2_at_scale
    from polybn.statistical.claims.proposition_2 import population_of, resampled
    from polybn.statistical.claims.proposition_3 import one_sided_rate, separated_at_scale
    from polybn.statistical.claims.theorem_1 import theorem_1_at_scale
    from polybn.statistical.claims.theorem_2 import theorem_2_at_scale
    from polybn.statistical.counting.crossing_curves import crossing_curves
    from polybn.statistical.counting.crossings import crossings
    from polybn.statistical.datasets.bundled import digits, patches
    from polybn.statistical.datasets.dataset import Dataset
    from polybn.statistical.datasets.image_files import read_images
    from polybn.statistical.datasets.moments import matched_noise
    from polybn.statistical.datasets.rings import rings
    from polybn.statistical.datasets.star import star
    from polybn.statistical.device import device_of
    from polybn.statistical.enclosures.lipschitz import lipschitz_constants
    from polybn.statistical.enclosures.tracing import trace
    from polybn.statistical.modules.architectures import cnn, mlp, resnet9, small_residual
    from polybn.statistical.modules.capture import captured
    from polybn.statistical.modules.initialisation import frozen, random_bias, zero_bias
    from polybn.statistical.sampled import Sampled, together
    from polybn.statistical.training.batch_noise import disturbed
    from polybn.statistical.training.training import Recipe, accuracy, split, train

_PLACES = {
    "claims.corollary_1": ("corollary_1_at_scale",),
    "claims.corollary_2": ("corollary_2_at_scale",),
    "claims.proposition_2": ("population_of", "resampled"),
    "claims.proposition_3": ("one_sided_rate", "separated_at_scale"),
    "claims.theorem_1": ("theorem_1_at_scale",),
    "claims.theorem_2": ("theorem_2_at_scale",),
    "counting.crossing_curves": ("crossing_curves",),
    "counting.crossings": ("crossings",),
    "datasets.bundled": ("digits", "patches"),
    "datasets.dataset": ("Dataset",),
    "datasets.image_files": ("read_images",),
    "datasets.moments": ("matched_noise",),
    "datasets.rings": ("rings",),
    "datasets.star": ("star",),
    "device": ("device_of",),
    "enclosures.lipschitz": ("lipschitz_constants",),
    "enclosures.tracing": ("trace",),
    "modules.architectures": ("cnn", "mlp", "resnet9", "small_residual"),
    "modules.capture": ("captured",),
    "modules.initialisation": ("frozen", "random_bias", "zero_bias"),
    "sampled": ("Sampled", "together"),
    "training.batch_noise": ("disturbed",),
    "training.training": ("Recipe", "accuracy", "split", "train"),
}
__all__ = [
    "Dataset", "Recipe", "Sampled", "accuracy", "captured", "cnn", "corollary_1_at_scale", "corollary_2_at_scale",
    "crossing_curves", "crossings", "device_of", "digits", "disturbed", "frozen", "lipschitz_constants",
    "matched_noise", "mlp", "one_sided_rate", "patches", "population_of", "random_bias", "read_images", "resampled",
    "resnet9", "rings", "separated_at_scale", "small_residual", "split", "star", "theorem_1_at_scale",
    "theorem_2_at_scale", "together", "trace", "train", "zero_bias",
]  # fmt: skip


def __getattr__(name: str) -> object:
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{place}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
