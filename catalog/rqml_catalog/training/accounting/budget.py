"""Budget: how much all releases of a data set may cost together; a ledger keeps it with the charges."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
from attrs import validators as v

from rqml.errors import InvalidParameter
from rqml.parameters import explaining
from rqml_catalog.training.accounting.charge import RELATIONS, Charge
from rqml_catalog.training.accounting.composition import NO_BOUND, allowed, epsilon_together, remaining


@attrs.frozen(kw_only=True)
class Budget:
    """A limit on what was spent.

    Attributes:
        epsilon: of all releases together, >= 0.
        delta: of all releases together, in [0, 1).
        relation: neighbouring data sets that must be hard to tell apart.
        method: composition, "basic", "rdp" or "pld".
        reason: why it is what it is; needed where it replaces another one.

    Raises:
        InvalidParameter: epsilon is no finite number, or delta none below 1.
    """

    epsilon: float
    delta: float = 0.0
    relation: str = attrs.field(default="replace", validator=v.in_(RELATIONS))
    method: str = attrs.field(default="rdp", validator=v.in_(("basic", "rdp", "pld")))
    reason: str = attrs.field(default="", validator=v.instance_of(str))

    def __attrs_post_init__(self) -> None:
        """Check the numbers, which users give to a ledger directly."""
        numbers = (self.epsilon, self.delta)
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers) or not (
            0 <= self.epsilon < math.inf and 0 <= self.delta < 1
        ):
            raise InvalidParameter(
                f"a budget is a finite epsilon and a delta below 1, got {numbers[0]!r}, {numbers[1]!r}"
            )

    def spent_by(self, charges: Sequence[Charge]) -> float:
        """Epsilon of the charges at this delta; no bound where one claims nothing under this relation."""
        under = [charge.under(self.relation) for charge in charges]
        covered = [charge for charge in under if charge is not None]
        return epsilon_together(covered, self.delta, self.method) if len(covered) == len(under) else NO_BOUND

    def exceeded_by(self, charges: Sequence[Charge]) -> bool:
        """Whether the charges cost more than this, apart from rounding (see `allowed`)."""
        return self.spent_by(charges) > allowed(self.epsilon)

    def left_after(self, charges: Sequence[Charge]) -> float:
        """The largest epsilon that one more pure mechanism may have; 0 where nothing is left."""
        if self.exceeded_by(charges):
            return 0.0
        under = [charge.under(self.relation) for charge in charges]
        return remaining([charge for charge in under if charge is not None], self.epsilon, self.delta, self.method)

    def __str__(self) -> str:
        return f"{self.epsilon:g} (delta {self.delta:g}, {self.relation})"


Budget.__init__ = explaining(Budget, Budget.__init__)  # type: ignore[method-assign]
