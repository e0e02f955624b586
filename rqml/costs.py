"""Costs: what several repairs cost together, and whether that is more than allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Share(float):
    """A cost that is a share, in [0, 1], of what the repair was given: 0.1 and then 0.1 of the rest are 0.19."""


class Final(float):
    """A cost that describes what the repair left behind: of several repairs, the last one's counts."""


def add_up(costs: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Costs by name of several repairs, the first repair first.

    Numbers are summed, Shares compounded, and of Finals the last is taken. Shares of different parts of a system
    are compounded too, which is never less than the share of the whole.
    """
    total: dict[str, float] = {}
    for cost in costs:
        for name, value in cost.items():
            total[name] = _after(total[name], value) if name in total else value
    return total


def too_costly(cost: Mapping[str, float], max_cost: Mapping[str, float]) -> str:
    """What is above its ceiling, in words; empty if nothing is."""
    above = [
        f"{name} {cost[name]:.4g} > {most:.4g}" for name, most in max_cost.items() if not cost.get(name, 0) <= most
    ]
    return f"the repair costs more than allowed: {', '.join(above)}" if above else ""


def _after(earlier: float, later: float) -> float:
    if isinstance(later, Final):
        return later
    return Share(1 - (1 - earlier) * (1 - later)) if isinstance(later, Share) else earlier + later
