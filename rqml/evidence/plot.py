"""The history of a requirement as a picture (extra `report`)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rqml.errors import EvidenceError
from rqml.evidence.queries import Verdict
from rqml.extras import optional

COLOURS = {"PASS": "tab:green", "FAIL": "tab:red", "INCOMPLETE": "tab:orange", "NOT_APPLICABLE": "tab:gray"}


def plot_history(verdicts: Sequence[Verdict], path: Path) -> None:
    """Draw the estimates of one requirement over time, with intervals and limits, coloured by verdict; waived: hollow.

    Args:
        verdicts: verdicts of one requirement, the oldest first.
        path: picture to write; its suffix says the format (.png, .svg, .pdf).

    Raises:
        EvidenceError: there is nothing to draw, or the picture cannot be written.
        Unsupported: the extra `report` is not installed.
    """
    optional("matplotlib", "report")
    from matplotlib.figure import Figure

    names = sorted({name for verdict in verdicts for name in verdict.estimates})
    if not names:
        raise EvidenceError("there is no measured number on record for this requirement, so nothing can be drawn")
    figure = Figure(figsize=(9, 1 + 2.2 * len(names)), layout="constrained")
    axes = figure.subplots(len(names), sharex=True, squeeze=False)[:, 0]
    for axis, name in zip(axes, names, strict=True):
        _draw(axis, name, [verdict for verdict in verdicts if name in verdict.estimates])
    figure.suptitle(f"{verdicts[-1].key} on {', '.join(sorted({verdict.system for verdict in verdicts}))}")
    try:
        figure.savefig(path)
    except OSError as error:
        raise EvidenceError(f"the picture {path} cannot be written: {error.strerror}") from error
    except ValueError as error:
        raise EvidenceError(f"the picture {path} cannot be written: give a path that ends in .png or .svg") from error


def _draw(axis: Any, name: str, verdicts: Sequence[Verdict]) -> None:
    dates = optional("matplotlib.dates", "report")
    for (status, colour), waived in itertools.product(COLOURS.items(), (False, True)):
        points = [(v.time, _numbers(v, name)) for v in verdicts if (v.status, v.waived) == (status, waived)]
        shown = [(time, *numbers) for time, numbers in points if all(map(math.isfinite, numbers))]
        if shown:
            times, values, lows, highs = zip(*shown, strict=True)
            down = [value - low for value, low in zip(values, lows, strict=True)]
            up = [high - value for value, high in zip(values, highs, strict=True)]
            told = {"label": f"{status}, waived", "fillstyle": "none"} if waived else {"label": status}
            axis.errorbar(times, values, yerr=(down, up), fmt="o", capsize=3, color=colour, **told)
    for limit, value in limits_of(verdicts[-1]).items():
        if limit == name or len(verdicts[-1].estimates) == 1:
            axis.axhline(value, linestyle="--", color="black", label=f"{limit} = {value:g}")
    locator = dates.AutoDateLocator()
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axis.set_ylabel(f"{name} ({verdicts[-1].estimates[name]['unit'] or 'number'})")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")


def _numbers(verdict: Verdict, name: str) -> tuple[float, float, float]:
    estimate = verdict.estimates[name]
    return float(estimate["value"]), float(estimate["low"]), float(estimate["high"])


def limits_of(verdict: Verdict) -> dict[str, float]:
    """The limits of a requirement that are numbers, by name; none where its class is not installed."""
    from rqml import meta
    from rqml.errors import UnknownName
    from rqml.registry import find

    result = verdict.record.body["result"]
    try:
        names = list(meta.limits_of(find(result["name"])))
    except UnknownName:
        names = list(result["parameters"])
    values = {name: result["parameters"].get(name) for name in names}
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
