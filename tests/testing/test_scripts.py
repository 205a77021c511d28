"""A script or an `@example` is executed, and what it builds equals the original exactly."""

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from hypothesis import example, given, settings

import polybn as pb
from polybn.claims import CLAIMS
from polybn.claims.view import ExactView, Instance
from polybn.errors import InputError
from polybn.networks.layer import Stage
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization
from polybn.outcome import Fails, Skipped
from polybn.reports.script import explanation, parts_of, script_of_claim
from polybn.testing import example_of, script_of, strategies
from polybn.testing.strategies import Drawn, Placed, cases, networks, normalizations, placed, with_parameters

NAMES = {"Fraction": Fraction, "pb": pb, "Drawn": Drawn, "Placed": Placed, "Instance": Instance, "replace": replace}
NORMALIZATIONS = (None, pb.BatchNorm, pb.MedianNorm)


def run(script: str) -> dict[str, object]:
    scope: dict[str, object] = {}
    exec(compile(script, "script", "exec"), scope)
    return scope


def built(line: str, **names: object) -> tuple[tuple[object, ...], dict[str, object]]:
    """The arguments of an `@example(...)` line."""
    from polybn.networks.normalization import Semantics

    assert line.startswith("@example(")
    scope = {**NAMES, "Semantics": Semantics, "Stage": Stage, "with_parameters": with_parameters, **names}
    return eval(f"(lambda *a, **k: (a, k))({line.removeprefix('@example(')}", scope)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_scripts_of_drawn_cases_build_them_again(normalization):
    @given(cases(normalization=normalization, points=1, offsets=2))
    def check(case):
        scope = run(script_of(case))
        assert scope["net"] == case.network
        assert scope["net"].semantics == case.network.semantics
        assert (scope["batch"], scope["domain"]) == (case.batch, case.domain)
        assert (scope["points"], scope["offsets"]) == (case.points, case.offsets)
        assert built(example_of(case)) == ((case,), {})

    check()


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_scripts_of_networks_fitted_or_not(normalization):
    @settings(max_examples=15)
    @given(networks(normalization=normalization), networks(normalization=normalization, fitted=False))
    def check(fitted, unfitted):
        assert run(script_of(fitted))["net"] == fitted
        assert run(script_of(unfitted))["net"] == unfitted
        assert built(example_of(fitted, net=unfitted)) == ((fitted,), {"net": unfitted})

    check()


@settings(max_examples=15)
@given(placed(normalization=pb.BatchNorm, dimensions=(1, 2)))
def test_scripts_of_points(case):
    assert run(script_of(case))["point"] == case.point
    assert built(example_of(placed=case)) == ((), {"placed": case})


def test_numbers_of_points_stay_fractions():
    (batch,), _ = built(example_of(((Fraction(1), Fraction(-1, 3)),)))
    assert {type(x) for x in batch[0]} == {Fraction}
    words = "a 'b' \"c\"\n"
    assert built(example_of(words, None, True, 3)) == ((words, None, True, 3), {})


def test_a_network_of_stages_that_modules_cannot_say():
    plain = pb.Network.from_arrays([([[1, 2]], ["1/3"])])
    net = Network([*plain.stages, *pb.Network.from_arrays([([[2]], [0]), ([[1]], [0])]).stages])
    assert len(net.stages) == 3
    assert run(script_of(net))["net"].stages == net.stages


@pytest.mark.parametrize(
    "function",
    [
        pb.ReLU(),
        pb.Abs(),
        pb.HardTanh(),
        pb.ReLU6(),
        pb.LeakyReLU("-1/3"),
        pb.PiecewiseLinear([-1, "1/2"], [1, 0, 2], 7),
    ],
)
def test_every_activation_has_its_source(function):
    assert built(example_of(function)) == ((function,), {})


def test_frozen_statistics_keep_gamma_beta_and_semantics():
    @given(strategies.frozen_normalizations(2))
    def check(method):
        assert built(example_of(method)) == ((method,), {})

    check()


class Plain(pb.Normalization):
    """A class of one's own, importable from this module."""

    def location(self, values):
        return values[0]

    def squared_scale(self, values):
        return sum((value - values[0]) ** 2 for value in values)


@dataclass(frozen=True)
class Shifted(Plain):
    """With a parameter of its own that has no default worth having."""

    by: Fraction = Fraction(0)

    def location(self, values):
        return values[0] + self.by


def same(first: Normalization, second: Normalization) -> bool:
    names = ("gamma", "beta", "eps", "sigma_bits", "by")
    values = [[getattr(method, name, None) for name in names] for method in (first, second)]
    return type(first) is type(second) and values[0] == values[1]


@settings(max_examples=20)
@given(normalizations(["batchnorm", Plain, Shifted(Fraction(1, 2))], units=2))
@example(pb.MedianNorm(gamma=(1, "1/2")))
def test_normalisations_have_a_source(method):
    (again,), _ = built(example_of(method), Plain=Plain, Shifted=Shifted)
    assert same(again, method)


def test_a_script_imports_a_normalisation_from_its_module_or_says_that_it_cannot():
    def script(method):
        return script_of(pb.Network([pb.Linear([[1]]), method, pb.ReLU(), pb.Linear([[1]])]))

    assert f"from {Plain.__module__} import Plain\n" in script(Plain())

    class Local(Plain):
        """Out of reach."""

    assert "# Local is defined where no import reaches it: put it here.\n" in script(Local())
    assert "pb.BatchNorm(eps=1)" in script(pb.BatchNorm(eps=1))


def test_a_normalisation_with_hidden_state_is_refused():
    method = Plain()
    method.secret = 3
    with pytest.raises(InputError, match="keeps \\['secret'\\]"):
        example_of(method)


@pytest.mark.parametrize("value", [0.5, object(), {1: 2}])
def test_what_has_no_source_is_refused(value):
    with pytest.raises(InputError, match="cannot be written as source"):
        example_of(value)


def test_what_holds_no_network_is_refused():
    with pytest.raises(InputError, match="holds no network"):
        script_of(pb.ReLU())


def test_an_explanation_shows_networks_and_passes_over_the_rest():
    net = pb.Network.from_arrays([([[1]], [0])])
    assert explanation({"x": 1}) == ""
    assert explanation({"net": net, "x": 1}).endswith("@example(net=pb.Network([pb.Linear([[1]])]), x=1)")
    assert explanation({"net": net, "x": 0.5}) == script_of(net)


def failing() -> Instance:
    net = pb.Network([pb.Linear([[1]]), pb.frozen([5], ["1/2"]), pb.ReLU(), pb.Linear([[1]])])
    batch = ((Fraction(0),), (Fraction(2),))
    return Instance(net, batch, pb.box(-3, 3, dim=1), "batchnorm", points=((Fraction(1, 2),),), offsets=(Fraction(3),))


def test_a_script_of_a_claim_decides_it_again(capsys):
    instance = replace(failing(), method=pb.BatchNorm())
    claim = CLAIMS["theorem-1"]
    script = script_of_claim(claim, instance)
    assert "method" not in script
    scope = run(script)
    assert scope["instance"] == instance
    assert capsys.readouterr().out.strip() == str(claim.decide(ExactView(instance)))


def test_the_normalisation_goes_along_where_the_claim_asks_for_it():
    def check(view):
        return Fails("a", "b", "c") if view.instance.method else Skipped("a known normalisation")

    asking = replace(CLAIMS["theorem-1"], check=check)
    script = script_of_claim(asking, replace(failing(), method=pb.BatchNorm()))
    assert "    method=pb.BatchNorm(),\n" in script
    assert run(script)["instance"].method == pb.BatchNorm()


def test_long_lines_are_broken_and_short_ones_are_not():
    case = Drawn(failing().network, pb.box(-1, 1, dim=1), failing().batch, "generic")
    assert max(map(len, example_of(case).splitlines())) <= 100
    assert "\n" not in example_of(1, 2)


def test_parts_leave_out_what_is_empty():
    instance = replace(failing(), points=(), offsets=())
    assert list(parts_of(instance)) == ["net", "batch", "domain"]
