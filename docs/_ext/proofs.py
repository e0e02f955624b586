"""Proof figures of the catalog: `python docs/_ext/proofs.py --seeds 100 KAnonymity ...` measures and records them.

Each class's own scenarios are built and checked at every seed (rqml.testing.prove). The table is part of the sources,
since it takes too long to be measured whenever the pages are built; it says which seeds stand behind each figure. They
are far from the small ones that authors look at while they write a class.

Entries of other classes stay as they are, so that classes can be proved one by one, in the environment that they need:
PrivacyBudget repairs by private training, and is proved where rqml[dp] is installed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rqml import Estimate, __version__
from rqml.testing import Proof

FIRST_SEED = 10_000
TABLE = Path(__file__).parents[1] / "_data" / "proofs.json"


def read_proofs(path: Path = TABLE) -> dict[str, Mapping[str, Any]]:
    """The recorded proofs by id of the requirement; none if there is no table yet."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def recorded(proof: Proof, version: int) -> dict[str, Any]:
    """What the table keeps of a proof; `version` is that of the requirement class."""
    return {
        "name": proof.name,
        "version": version,
        "rqml": __version__,
        "seeds": proof.seeds,
        "first_seed": min(trial.seed for trial in proof.trials),
        "seeds_detected": proof.seeds_detected,
        "seeds_clean": proof.seeds_clean,
        "level": proof.level,
        "detection": _figures(proof.detection),
        "false_alarms": _figures(proof.false_alarms),
        "mended": _figures(proof.mended) if proof.mended.n else None,
        "contained": proof.contained,
    }


def _figures(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}


def main() -> None:
    """Prove the named classes, or all of the catalog, and record the figures."""
    from rqml.registry import find, requirements
    from rqml.testing import prove

    parser = argparse.ArgumentParser(description="prove requirement classes and record the figures for the pages")
    parser.add_argument("names", nargs="*", help="class names or ids; default: all")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-enforce", action="store_true", help="do not try the repairs")
    asked = parser.parse_args()
    for cls in [find(name) for name in asked.names] or requirements():
        proof = prove(cls, range(asked.first, asked.first + asked.seeds), asked.jobs, enforce=not asked.no_enforce)
        print(proof, flush=True)
        table = read_proofs() | {cls.meta.id: recorded(proof, cls.meta.version)}
        TABLE.write_text(json.dumps(dict(sorted(table.items())), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
