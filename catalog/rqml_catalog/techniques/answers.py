"""What a predictor really answers: labels, scores, frames, mappings or JSON, taken apart record by record."""

from __future__ import annotations

import json
import numbers
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from rqml.errors import Unsupported

Floats = npt.NDArray[np.float64]


def by_record(answers: Any) -> list[Any]:
    """One answer for each record: of an array, a frame, a list, a mapping of columns, or any of these as JSON."""
    if isinstance(answers, str | bytes):
        return by_record(_parsed(answers))
    if hasattr(answers, "to_dict") and hasattr(answers, "columns"):  # a frame
        return by_record({str(name): list(answers[name]) for name in answers.columns})
    if isinstance(answers, Mapping):
        columns = [by_record(column) for column in answers.values()]
        return [dict(zip(answers, row, strict=True)) for row in zip(*columns, strict=True)]
    return [_parsed(answer) for answer in answers]


def scores_in(answer: Any, classes: Iterable[Any]) -> list[float]:
    """The numbers in an answer that are scores: not the label, and not 0.

    Whole numbers are counts or labels unless they stand alone and are no class.
    """
    if _is_number(answer):
        return [] if answer in set(classes) else [float(answer)]
    found: list[float] = []
    parts = [answer]
    while parts:
        part = _parsed(parts.pop())
        if isinstance(part, Mapping):
            parts += part.values()
        elif isinstance(part, list | tuple | np.ndarray):
            parts += list(part)
        elif isinstance(part, float | np.floating) and part != 0.0:
            found.append(float(part))
    return found


def label_in(answer: Any, classes: Iterable[Any]) -> Any:
    """The class that an answer names, or gives the highest score.

    Raises:
        Unsupported: it names none.
    """
    known = list(classes)
    answer = _parsed(answer)
    if isinstance(answer, Mapping):
        named = [value for value in answer.values() if not isinstance(value, Mapping | list | float) and value in known]
        if named:
            return named[0]
        scores = {name: answer[name] for name in answer if _is_number(answer[name])}
        best = max(scores, key=lambda name: scores[name]) if scores else None
        matching = [each for each in known if str(each) == str(best)]
        if matching:
            return matching[0]
    elif not isinstance(answer, list | tuple | np.ndarray) and answer in known:
        return answer
    raise Unsupported("the answers of this model name no class: wrap it in an object whose predict(X) gives labels")


def plain_labels(answers: Any, classes: Iterable[Any] | None) -> Any:
    """(n,) labels; an array of labels is given back as it is.

    Raises:
        Unsupported: an answer names no class.
    """
    if classes is None:
        return answers
    known = list(classes)
    if (
        isinstance(answers, np.ndarray)
        and answers.ndim == 1
        and (answers.dtype.kind not in "fO" or all(answer in known for answer in set(answers.tolist())))
    ):
        return answers
    return np.array([label_in(answer, known) for answer in by_record(answers)])


def score_matrix(answers: Any, classes: Iterable[Any]) -> Floats:
    """(n, classes) scores, whatever form they came in."""
    if isinstance(answers, np.ndarray):
        return answers.astype(float)
    names = [str(each) for each in classes]
    rows = by_record(answers)
    if rows and isinstance(rows[0], Mapping):
        missing = set(names) - {str(key) for key in rows[0]}
        if missing:
            raise Unsupported("scores by name must be named by the classes: give an array, or one score for each class")
        rows = [[{str(key): value for key, value in row.items()}[name] for name in names] for row in rows]
    return np.asarray(rows, dtype=float)


def _parsed(answer: Any) -> Any:
    """The content of a JSON text; anything else as it is."""
    if isinstance(answer, bytes):
        answer = answer.decode("utf-8", errors="replace")
    if isinstance(answer, str) and answer.lstrip().startswith(("{", "[")):
        try:
            return json.loads(answer)
        except ValueError:
            return answer
    return answer


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
