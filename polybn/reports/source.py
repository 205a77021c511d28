"""A value as Python source that builds it again, exactly: numbers as ints and Fractions, never as floats."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq

from polybn.claims.view import Instance
from polybn.drawing.placed import Placed
from polybn.drawing.strategies import Drawn
from polybn.errors import InputError
from polybn.exact.matrix import rows_of
from polybn.exact.rational import brief, fraction
from polybn.networks.activation import NAMED, LeakyReLU, PiecewiseLinear
from polybn.networks.affine import AffineMap
from polybn.networks.layer import Linear, Stage
from polybn.networks.network import Network
from polybn.networks.normalization import FrozenNormalization, Normalization, Semantics
from polybn.normalizations import NORMALIZATIONS
from polybn.regions.domain import Box
from polybn.reports.expression import Call, Expression, named

PARAMETERS = ("gamma", "beta", "eps", "sigma_bits")


@dataclass
class Source:
    """Expressions of values, and the import lines that they need."""

    imports: set[str] = field(default_factory=set[str])

    def expression(self, value: object) -> Expression:
        """The value as an expression; a Fraction is written as one even where it is whole. `InputError` for a type
        that has no source."""
        if isinstance(value, str):
            return json.dumps(value)
        if value is None or isinstance(value, bool | int):
            return repr(value)
        for kind, write in self._writers.items():
            if isinstance(value, kind):
                return write(value)
        raise InputError(f"{brief(value)} of type {type(value).__name__} cannot be written as source.", value)

    @property
    def _writers(self) -> Mapping[type, Callable[[Any], Expression]]:
        return {
            Fraction: self._fraction,
            fmpq: lambda value: self._fraction(fraction(value)),
            tuple: self._tuple,
            list: lambda values: Call("[", tuple(map(self.expression, values)), "]"),
            Network: self.network,
            Linear: lambda module: self._linear(module.map),
            FrozenNormalization: self._frozen,
            Normalization: self._normalization,
            PiecewiseLinear: self._activation,
            Box: lambda box: self._ours("box", self._numbers(box.lower), self._numbers(box.upper)),
            Drawn: self._drawn,
            Placed: self._placed,
            Instance: self.instance,
        }

    def network(self, net: Network) -> Expression:
        """pb.Network([...]), module by module, or stage by stage where modules would be composed."""
        self.imports.add("import polybn as pb")
        if any(stage.normalization is None and stage.activation is None for stage in net.stages[:-1]):
            self.imports.add("from polybn.networks.layer import Stage")
            return Call("pb.Network([", tuple(map(self._stage, net.stages)), "])")
        modules = [(self._linear(stage.affine), stage.normalization, stage.activation) for stage in net.stages]
        given = (
            part if isinstance(part, Call) else self.expression(part) for parts in modules for part in parts if part
        )
        return Call("pb.Network([", tuple(given), "])")

    def instance(self, given: Instance, *, method: bool = False) -> Expression:
        """Instance(...); with `method` the normalisation itself goes along, and not its name alone."""
        self.imports.add("from polybn.claims.view import Instance")
        names = ["network", "batch", "domain", "normalization", "points", "offsets", *(["method"] if method else [])]
        return self._fields("Instance(", given, names)

    def _stage(self, stage: Stage) -> Expression:
        affine = self._linear(stage.affine)
        parts = (
            Call(affine.opening, affine.parts, ").map"),
            *map(self.expression, (stage.normalization, stage.activation)),
        )
        return Call("Stage(", parts)

    def _drawn(self, given: Drawn) -> Expression:
        self.imports.add("from polybn.testing.strategies import Drawn")
        return self._fields("Drawn(", given, ("network", "domain", "batch", "stratum", "points", "offsets"))

    def _placed(self, given: Placed) -> Expression:
        self.imports.add("from polybn.testing.strategies import Placed")
        return self._fields("Placed(", given, ("case", "point", "place"))

    def _keywords(self, given: object, names: Iterable[str]) -> tuple[Expression, ...]:
        return tuple(named(name, self.expression(getattr(given, name))) for name in names)

    def _fields(self, opening: str, given: object, names: Iterable[str]) -> Expression:
        """Keyword arguments; what is empty is left out, as that is its default."""
        return Call(opening, self._keywords(given, [name for name in names if getattr(given, name) not in ((), "")]))

    def _ours(self, name: str, *parts: Expression) -> Call:
        """pb.name(...)."""
        self.imports.add("import polybn as pb")
        return Call(f"pb.{name}(", parts)

    def _fraction(self, value: Fraction) -> str:
        self.imports.add("from fractions import Fraction")
        below = "" if value.denominator == 1 else f", {value.denominator}"
        return f"Fraction({value.numerator}{below})"

    def _number(self, value: fmpq | Fraction) -> str:
        """A number that polybn reads: an int where it is whole."""
        exact = fraction(value) if isinstance(value, fmpq) else value
        return str(exact.numerator) if exact.denominator == 1 else self._fraction(exact)

    def _numbers(self, values: Sequence[fmpq | Fraction]) -> Call:
        return Call("[", tuple(map(self._number, values)), "]")

    def _tuple(self, values: tuple[object, ...]) -> Call:
        return Call("(", tuple(map(self.expression, values)), ",)" if len(values) == 1 else ")")

    def _linear(self, affine: AffineMap) -> Call:
        rows = Call("[", tuple(self._numbers(row) for row in rows_of(affine.linear)), "]")
        return self._ours("Linear", rows, *([self._numbers(affine.offset)] if any(affine.offset) else []))

    def _frozen(self, given: FrozenNormalization) -> Call:
        parts: list[Expression] = [self._numbers(given.location), self._numbers(given.scale)]
        optional = {"gamma": (given.gamma, 1), "beta": (given.beta, 0), "squared_scale": (given.squared_scale, None)}
        for name, (values, usual) in optional.items():
            if values is not None and any(value != usual for value in values):
                parts.append(named(name, self._numbers(values)))
        made = self._ours("frozen", *parts)
        if given.semantics is Semantics.FROZEN:
            return made
        self.imports |= {"from dataclasses import replace", "from polybn.networks.normalization import Semantics"}
        return Call("replace(", (made, named("semantics", f"Semantics.{given.semantics.name}")))

    def _normalization(self, given: Normalization) -> Call:
        """The class with the fields that differ from its defaults, and the parameters that are no fields of it."""
        kind = type(given)
        known = [part for part in fields(given) if part.init] if is_dataclass(given) else []
        names = [part.name for part in known]
        changed = [part.name for part in known if getattr(given, part.name) != part.default]
        set_besides = [
            name for name in vars(given) if name not in names and vars(given)[name] != getattr(kind, name, None)
        ]
        if unknown := set(set_besides) - set(PARAMETERS):
            raise InputError(
                f"{kind.__name__} keeps {sorted(unknown)}, which has no source. Make it a dataclass.", given
            )
        made = Call(f"{self._class(kind)}(", self._keywords(given, changed))
        if not set_besides:
            return made
        self.imports.add("from polybn.testing.strategies import with_parameters")
        return Call("with_parameters(", (made, *self._keywords(given, set_besides)))

    def _class(self, kind: type[Normalization]) -> str:
        """How a normalisation is named: of polybn, imported from its module, or to be put in by hand."""
        if NORMALIZATIONS.get(kind.name) is kind:
            return self._ours(kind.__name__).opening[:-1]
        if kind.__module__ == "__main__" or "<locals>" in kind.__qualname__:
            self.imports.add(f"# {kind.__name__} is defined where no import reaches it: put it here.")
        else:
            self.imports.add(f"from {kind.__module__} import {kind.__qualname__.partition('.')[0]}")
        return kind.__qualname__.rpartition("<locals>.")[2]

    def _activation(self, function: PiecewiseLinear) -> Call:
        for make in NAMED.values():
            if function == make():
                return self._ours(make.__name__)
        if function == LeakyReLU(function.slopes[0]):
            return self._ours("LeakyReLU", self._number(function.slopes[0]))
        first = function.slopes[0] * function.breakpoints[0] + function.intercepts[0]
        sides = self._numbers(function.breakpoints), self._numbers(function.slopes)
        return self._ours("PiecewiseLinear", *sides, self._number(first))
