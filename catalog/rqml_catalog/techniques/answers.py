"""What a predictor really answers: labels, scores, frames, mappings or JSON, taken apart record by record."""

from __future__ import annotations

import json
import math
import numbers
import re
from collections.abc import Hashable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from rqml.errors import Unsupported

Floats = npt.NDArray[np.float64]

_NUMBERS = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def by_record(answers: Any) -> list[Any]:
    """One answer for each record: of an array, a frame, a list, a mapping of columns, or any of these as JSON.

    Raises:
        Unsupported: it is none of these.
    """
    if isinstance(answers, str | bytes):
        parsed = _parsed(answers)
        return [parsed] if isinstance(parsed, str) else by_record(parsed)
    if hasattr(answers, "toarray"):  # a sparse matrix
        answers = answers.toarray()
    if hasattr(answers, "to_dict") and hasattr(answers, "columns"):  # a frame
        return by_record({str(name): list(answers[name]) for name in answers.columns})
    if isinstance(answers, Mapping):
        columns = [by_record(column) for column in answers.values()]
        if len(set(map(len, columns))) > 1:
            raise Unsupported("the columns of an answer are of several lengths: give an object that answers by record")
        return [dict(zip(answers, row, strict=True)) for row in zip(*columns, strict=True)]
    if not isinstance(answers, Iterable) or getattr(answers, "ndim", 1) == 0:
        raise Unsupported(f"the answer is a {type(answers).__name__}, and not one for each record")
    return [_parsed(answer) for answer in answers]


def one_each(answers: Any, n: int) -> list[Any]:
    """One answer for each of `n` records; a tuple of columns, such as (labels, scores), is taken apart, too.

    Raises:
        Unsupported: there are more or fewer.
    """
    rows = by_record(answers)
    if len(rows) != n and rows and all(hasattr(row, "__len__") and len(row) == n for row in rows):
        rows = list(zip(*rows, strict=True))
    if len(rows) != n:
        raise Unsupported(f"{len(rows)} answers came for {n} records: give an object that answers for each record")
    return rows


def scores_in(answer: Any, classes: Iterable[Any]) -> list[float]:
    """The numbers in an answer that are no label and not 0, those in its texts included.

    A class is recognised in whole numbers and texts; in other numbers only where they are the whole answer.

    Raises:
        Unsupported: it holds something that is neither number nor text, or a number that is not finite.
    """
    known = list(classes)
    if _is_number(answer) and answer in known:
        return []
    found: list[float] = []
    parts = [answer]
    while parts:
        part = _parsed(parts.pop())
        if isinstance(part, Mapping):
            parts += part.values()
        elif isinstance(part, list | tuple | set | frozenset):
            parts += part
        elif hasattr(part, "tolist"):  # numpy's and pandas' own
            parts.append(part.tolist())
        elif isinstance(part, str):
            found += _numbers_of(part, known)
        elif not (isinstance(part, int) and (isinstance(part, bool) or part in known)):
            found += _floats(part)
    return [number for number in found if number != 0.0]


def _floats(part: Any) -> list[float]:
    """A number as one or, if it is complex, two floats."""
    if isinstance(part, complex):
        return [*_floats(part.real), *_floats(part.imag)]
    if not isinstance(part, numbers.Real | Decimal):
        raise Unsupported(f"an answer holds a {type(part).__name__}: it should be labels, numbers, texts, or a mix")
    if not math.isfinite(part):
        raise Unsupported("an answer holds a number that is not finite: what it says cannot be counted")
    return [float(part)]


def _numbers_of(text: str, classes: list[Any]) -> list[float]:
    """The numbers in a text, apart from names of classes."""
    names = sorted((re.escape(str(each)) for each in classes), key=len, reverse=True)
    rest = re.sub(rf"(?<![\w.])(?:{'|'.join(names)})(?![\w.])", " ", text) if names else text
    return [number for number in map(float, _NUMBERS.findall(rest)) if math.isfinite(number)]


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
    names = {*known, *map(str, known)}
    plain = isinstance(answers, np.ndarray) and answers.ndim == 1
    if plain and all(isinstance(answer, Hashable) and answer in names for answer in answers.tolist()):
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
