"""The paper's claims: sentence, source, hypotheses as objects, exact checker. One file a theorem or family."""

from __future__ import annotations

from polybn.claims.affine_pieces import AFFINE_PIECES
from polybn.claims.claim import Claim
from polybn.claims.corollary_1 import COROLLARY_1
from polybn.claims.corollary_2 import COROLLARY_2
from polybn.claims.corollary_2_count import COROLLARY_2_COUNT
from polybn.claims.equation_28 import EQUATION_28, EQUATION_28_NONNEGATIVE
from polybn.claims.finite_population import PROPOSITION_2_FINITE_POPULATION, PROPOSITION_2_WITHOUT_REPLACEMENT
from polybn.claims.folded_distances import FOLDED_DISTANCES_BOUND, MEAN_MINIMISES_FOLDED_DISTANCES
from polybn.claims.folded_meets_hull import FOLDED_MEETS_HULL
from polybn.claims.hyperplane_ignores_sigma import HYPERPLANE_IGNORES_SIGMA
from polybn.claims.layers_jointly_optimal import LAYERS_JOINTLY_OPTIMAL, LAYERS_OPTIMAL_IN_TURN
from polybn.claims.moving_average import (
    CUMULATIVE_AVERAGE_MINIMISES,
    MOVING_AVERAGE_MINIMISES,
    POOLED_VARIANCE,
    RUNNING_VARIANCE,
)
from polybn.claims.power_diagram import POWER_DIAGRAM, POWER_DIAGRAM_ANY_ACTIVATION
from polybn.claims.proposition_1 import PROPOSITION_1
from polybn.claims.proposition_2 import PROPOSITION_2_MEAN, PROPOSITION_2_VARIANCE, PROPOSITION_2_VARIANCE_BIASED
from polybn.claims.proposition_3 import (
    PROPOSITION_3,
    PROPOSITION_3_EVERY_UNIT,
    PROPOSITION_3_NORMALIZED_OUTPUT,
    PROPOSITION_3_ODD,
    PROPOSITION_3_WIDTH_ONE,
)
from polybn.claims.regions_meet_at_centroid import REGIONS_MEET_AT_CENTROID
from polybn.claims.scale_invariance import SCALE_INVARIANCE
from polybn.claims.sigma_alignment import SMALLER_SIGMA_ALIGNS, SMALLER_SIGMA_ALIGNS_EVENTUALLY
from polybn.claims.sigma_positive import SIGMA_POSITIVE, SIGMA_POSITIVE_CENTRED
from polybn.claims.subdivision import SUBDIVISION
from polybn.claims.theorem_1 import THEOREM_1
from polybn.claims.theorem_2 import THEOREM_2, THEOREM_2_SAME_SIDE
from polybn.claims.theorem_2_lipschitz import THEOREM_2_LIPSCHITZ
from polybn.claims.theorem_3 import THEOREM_3
from polybn.claims.theorem_3_limits import THEOREM_3_LIMITS, THEOREM_3_LIMITS_AS_STATED
from polybn.claims.translation import TRANSLATION_TOWARDS_DATA
from polybn.errors import ClaimError

_ALL = (
    THEOREM_1,
    COROLLARY_2,
    COROLLARY_2_COUNT,
    REGIONS_MEET_AT_CENTROID,
    FOLDED_MEETS_HULL,
    THEOREM_2,
    THEOREM_2_SAME_SIDE,
    THEOREM_2_LIPSCHITZ,
    COROLLARY_1,
    TRANSLATION_TOWARDS_DATA,
    MEAN_MINIMISES_FOLDED_DISTANCES,
    FOLDED_DISTANCES_BOUND,
    THEOREM_3,
    THEOREM_3_LIMITS_AS_STATED,
    THEOREM_3_LIMITS,
    SMALLER_SIGMA_ALIGNS,
    SMALLER_SIGMA_ALIGNS_EVENTUALLY,
    PROPOSITION_1,
    EQUATION_28,
    EQUATION_28_NONNEGATIVE,
    PROPOSITION_2_MEAN,
    PROPOSITION_2_VARIANCE,
    PROPOSITION_2_VARIANCE_BIASED,
    PROPOSITION_2_WITHOUT_REPLACEMENT,
    PROPOSITION_2_FINITE_POPULATION,
    PROPOSITION_3,
    PROPOSITION_3_WIDTH_ONE,
    PROPOSITION_3_NORMALIZED_OUTPUT,
    PROPOSITION_3_EVERY_UNIT,
    PROPOSITION_3_ODD,
    MOVING_AVERAGE_MINIMISES,
    CUMULATIVE_AVERAGE_MINIMISES,
    LAYERS_JOINTLY_OPTIMAL,
    LAYERS_OPTIMAL_IN_TURN,
    RUNNING_VARIANCE,
    POOLED_VARIANCE,
    SIGMA_POSITIVE,
    SIGMA_POSITIVE_CENTRED,
    HYPERPLANE_IGNORES_SIGMA,
    SCALE_INVARIANCE,
    POWER_DIAGRAM,
    POWER_DIAGRAM_ANY_ACTIVATION,
    AFFINE_PIECES,
    SUBDIVISION,
)

CLAIMS: dict[str, Claim] = {claim.id: claim for claim in _ALL}
"""Every claim by its permanent id, in the order in which audits print them."""


def claim_of(id: str) -> Claim:
    """The claim with this id; raises `ClaimError` for an unknown one."""
    if id not in CLAIMS:
        raise ClaimError(f"{id!r} is not a claim that polybn decides. Choose among: {', '.join(CLAIMS)}.", id)
    return CLAIMS[id]


__all__ = ["CLAIMS", "Claim", "claim_of"]
