"""Charge: one entry of a privacy ledger: what was released, by which mechanism, under which relation."""

from __future__ import annotations

import math
from typing import Any

import attrs
from attrs import validators as v

from rqml.parameters import explaining

RELATIONS = ("replace", "replace, same label", "add or remove")


def _finite(_: object, attribute: Any, value: float | None) -> None:
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{attribute.name} must be finite, got {value}")


def _number(_: object, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{attribute.name} must be a number, got {value!r}")


_POSITIVE = v.optional(v.and_(_number, v.gt(0.0), _finite))


@attrs.frozen(kw_only=True)
class Charge:
    """What one or several alike releases cost.

    Give either `epsilon` (and `delta`), or `noise` for the mechanisms "laplace" and "gaussian".

    Attributes:
        mechanism: name of the mechanism, as an allow-list would name it.
        kind: "fit", "query" or "release".
        epsilon: claimed for each release, >= 0; None where `noise` says more.
        delta: claimed for each release, in [0, 1).
        noise: scale (Laplace) or standard deviation (Gaussian) per unit of sensitivity under `relation`.
        sampling_rate: share of the records that each release sees, drawn by Poisson sampling, in (0, 1].
        count: number of such releases.
        relation: neighbouring data sets under which the claim holds.
        model: digest of the model that was released; empty for other releases.

    Raises:
        InvalidParameter: a number out of its range or none, or neither or both of epsilon and noise.
    """

    mechanism: str = attrs.field(validator=v.and_(v.instance_of(str), v.min_len(1)))
    kind: str = attrs.field(default="query", validator=v.in_(("fit", "query", "release")))
    epsilon: float | None = attrs.field(default=None, validator=v.optional(v.and_(_number, v.ge(0.0), _finite)))
    delta: float = attrs.field(default=0.0, validator=v.and_(_number, v.ge(0.0), v.lt(1.0)))
    noise: float | None = attrs.field(default=None, validator=_POSITIVE)
    sampling_rate: float = attrs.field(default=1.0, validator=v.and_(_number, v.gt(0.0), v.le(1.0)))
    count: int = attrs.field(default=1, validator=v.and_(v.instance_of(int), _number, v.ge(1)))
    relation: str = attrs.field(default="replace", validator=v.in_(RELATIONS))
    model: str = attrs.field(default="", validator=v.instance_of(str))

    def __attrs_post_init__(self) -> None:
        """Check that the numbers fit the mechanism."""
        if (self.epsilon is None) == (self.noise is None):
            raise ValueError("a charge needs either epsilon or noise")
        if self.noise is not None and self.mechanism not in ("laplace", "gaussian"):
            raise ValueError(f"noise says what a laplace or gaussian mechanism costs, not {self.mechanism!r}")
        if self.sampling_rate < 1.0 and (self.mechanism != "gaussian" or self.relation != "add or remove"):
            raise ValueError("sampling is accounted for gaussian noise under 'add or remove' only: give epsilon")

    def under(self, relation: str) -> Charge | None:
        """The same releases as a claim under another relation; None where nothing follows.

        Replacing a record is removing one and adding one (group privacy; Dwork and Roth, "The algorithmic foundations
        of differential privacy" (2014), theorem 2.2). Nothing about other relations follows from "replace, same label".
        """
        if relation == self.relation or (self.relation, relation) == ("replace", "replace, same label"):
            return attrs.evolve(self, relation=relation) if self.sampling_rate == 1.0 else self
        if self.relation != "add or remove" or self.sampling_rate < 1.0:
            return None
        if self.noise is not None:
            return attrs.evolve(self, noise=self.noise / 2.0, relation=relation)
        epsilon = self.epsilon or 0.0
        delta = (1.0 + math.exp(min(epsilon, 700.0))) * self.delta
        return attrs.evolve(self, epsilon=2.0 * epsilon, delta=delta, relation=relation) if delta < 1.0 else None


Charge.__init__ = explaining(Charge, Charge.__init__)  # type: ignore[method-assign]
