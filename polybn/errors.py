"""Every refusal is a type that keeps the offending object and says what was given, what is needed, what to write."""

from __future__ import annotations


class PolybnError(Exception):
    """The root of all refusals; `offender` is the object that was refused."""

    def __init__(self, message: str, offender: object = None) -> None:
        super().__init__(message)
        self.offender = offender


class InputError(PolybnError, ValueError):
    """Something given cannot be used as it stands (exit code 2 on the command line)."""


class ExactnessError(InputError):
    """A float stands where an exact number is meant."""


class NumberError(InputError):
    """A text is not a rational number, or its digits exceed what polybn reads."""


class NonFiniteError(InputError):
    """A NaN or an infinity in a tensor, which the message names."""


class ShapeError(InputError):
    """Sizes do not chain: rows of unequal length, layers or points of the wrong dimension."""


class BatchError(InputError):
    """A batch that no statistic can be fitted on."""


class ZeroSigmaError(BatchError):
    """sigma_{l,k} = 0: a unit is constant on the batch, so Eq. 2 divides by zero."""

    def __init__(self, message: str, *, layer: int, unit: int) -> None:
        super().__init__(message, (layer, unit))
        self.layer = layer
        self.unit = unit


class UnfittedError(InputError):
    """A normalisation has no statistics yet, so the network is not a function."""


class ActivationError(InputError):
    """An activation that is not a continuous piecewise-affine function with finitely many breakpoints."""


class DomainError(InputError):
    """A domain that is empty, unbounded, or not full-dimensional."""


class EngineError(InputError):
    """An unknown engine, or one that does not apply to the question."""


class BoundaryError(InputError):
    """A point lies on the boundary between regions, so it belongs to no single one."""


class OutsideError(InputError):
    """A point lies outside the enumerated domain."""


class IncompleteError(InputError):
    """A question that only a complete partition answers, asked of one that was stopped by a budget or an interrupt."""


class IncompleteWarning(UserWarning):
    """An enumeration stopped before its end: its regions are right, and there may be more."""


class FileFormatError(InputError):
    """A network, witness or other file does not follow its documented format."""


class ClaimError(InputError):
    """An unknown claim id, normalisation name or witness kind."""


class ProofError(PolybnError):
    """A step of an executable proof does not check."""


class InternalError(PolybnError):
    """An exact invariant failed: a bug in polybn. Please report the input."""
