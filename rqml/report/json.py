"""The report as JSON of the schema `rqml.report/1` (see `rqml.report-1.schema.json` beside this file)."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rqml.serialise import plain
from rqml.verdict import CheckStatus

if TYPE_CHECKING:
    from rqml.report.report import Report

SCHEMA = "rqml.report/1"


def to_dict(report: Report) -> dict[str, Any]:
    """The report as what JSON knows."""
    return {
        "schema": SCHEMA,
        "rqml": report.version,
        "specification": report.specification,
        "system": report.system,
        "owner": report.owner,
        "time": report.time.isoformat(),
        "duration_s": report.duration_s,
        "seed": report.seed,
        "alpha": report.alpha,
        "status": report.status.value,
        "exit_code": report.exit_code,
        "counts": {status.value: report.count(status) for status in CheckStatus},
        "results": [{**plain(result), "waiver": plain(report.waiver_of(result))} for result in report.results],
        "notes": list(report.notes),
        "fingerprints": dict(report.fingerprints),
    }


def to_json(report: Report) -> str:
    """The report as JSON text, indented, with sorted keys."""
    return json.dumps(to_dict(report), indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the report."""
    schema: dict[str, Any] = json.loads(files("rqml.report").joinpath("rqml.report-1.schema.json").read_text("utf-8"))
    return schema
