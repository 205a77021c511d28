"""Suspects of proposition 3 on trial: the network and mini-batch rebuilt in rationals, and put to the claim itself.

Weights, samples, slope and eps are floats, so exact rationals, and so are mini-batch means and variances, layer by
layer. Only sigma is a root: a rational within a relative 2^-SIGMA_BITS above it stands for it, so sigma_k^2 = var +
eps_k with an eps_k of its own a unit, hardly above eps (semantics "slack"). That network, on that mini-batch, is
what is convicted. A network too large for that is put to `ball_trial`, where sigma is the root itself.
"""

from __future__ import annotations

from dataclasses import replace

from polybn.claims.proposition_3 import PROPOSITION_3, PROPOSITION_3_NORMALIZED_OUTPUT, PROPOSITION_3_WIDTH_ONE
from polybn.claims.view import ExactView, Instance
from polybn.errors import InputError
from polybn.exact.rational import exact_float
from polybn.networks.activation import LeakyReLU
from polybn.networks.layer import Linear, Module
from polybn.networks.network import Network
from polybn.normalizations.batch_norm import BatchNorm
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.domain import box
from polybn.statistical.claims.ball_trial import ball_trial
from polybn.statistical.claims.proposition_3 import SideRate
from polybn.statistical.claims.side_draws import Draw, draw
from polybn.statistical.enclosures.rational import SIGMA_BITS

MAX_WIDTH, MAX_DEPTH, MAX_BATCH = 16, 3, 64
"""Digits multiply with each layer: larger networks are tried in balls."""
CLAIMS = {one.id: one for one in (PROPOSITION_3, PROPOSITION_3_NORMALIZED_OUTPUT, PROPOSITION_3_WIDTH_ONE)}


def rebuilt(one: Draw) -> Instance:
    """The draw as an exact network fitted on its mini-batch; raises `InputError` for one that is too large."""
    setting = one.setting
    if not is_small(one):
        raise InputError(
            f"A network with widths {setting.widths} on {setting.batch} samples is too large for a trial in rationals; "
            f"at most {MAX_DEPTH} hidden layers of {MAX_WIDTH} units and {MAX_BATCH} samples.",
            one,
        )
    method = BatchNorm(eps=exact_float(setting.eps), sigma_bits=SIGMA_BITS)
    linear = [Linear(weight.cpu().numpy()) for weight in one.weights]
    modules: list[Module] = []
    for layer in linear[:-1]:
        modules += [layer, method, LeakyReLU(exact_float(setting.slope))]
    modules += [linear[-1], *([method] if setting.normalised_output else [])]
    batch = tuple(tuple(map(exact_float, point)) for point in one.batch.tolist())
    network = Network(modules).fit(one.batch.cpu().numpy())
    return Instance(network, batch, box(-1, 1, dim=setting.inputs), method.name, method=method)


def is_small(one: Draw) -> bool:
    """Whether rationals stay short enough."""
    setting = one.setting
    return (
        max(*setting.widths, setting.inputs) <= MAX_WIDTH
        and len(setting.widths) <= MAX_DEPTH
        and setting.batch <= MAX_BATCH
    )


def trial(one: Draw) -> Outcome:
    """What the draw's claim says of it, hypotheses included: in rationals, or in balls where those grow too long."""
    if not is_small(one):
        return ball_trial(one)
    return CLAIMS[one.setting.claim].decide(ExactView(rebuilt(one)))


def tried(rate: SideRate, *, at_most: int = 100) -> SideRate:
    """The same rate with its suspects, the first `at_most` of them, convicted or cleared where they can be.

    A suspect that misses a hypothesis of the claim, or has a sign that no precision decides, goes on waiting.
    """
    seed = rate.sampled.seed
    found = [trial(draw(rate.setting, seed=seed, number=number)) for number in rate.suspects[: max(0, at_most)]]
    convicted, cleared = (sum(isinstance(one, kind) for one in found) for kind in (Fails, Holds))
    return replace(rate, sampled=replace(rate.sampled, convicted=convicted, cleared=cleared))
