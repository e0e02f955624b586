"""What importing rqml costs beyond starting Python.

Run: python tests/benchmarks/imports.py
"""

from __future__ import annotations

import subprocess
import sys
import time

ROUNDS = 15
BUDGETS = {
    "import rqml": 15.0,
    "from rqml import Requirement, Specification": 120.0,
}


def seconds(code: str) -> float:
    """Seconds of a fresh interpreter that runs `code`."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the figures; best of interleaved rounds, beyond an interpreter that does nothing."""
    best = dict.fromkeys(["pass", *BUDGETS], 1e9)
    for _ in range(ROUNDS):
        for code in best:
            best[code] = min(best[code], seconds(code))
    for code, budget in BUDGETS.items():
        print(f"{code:<48} {(best[code] - best['pass']) * 1000:6.1f} ms   (budget {budget:.0f} ms)")
    command = [sys.executable, "-m", "rqml", "--help"]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    print(f"{'python -m rqml --help':<48} {(time.perf_counter() - started) * 1000:6.1f} ms   (whole process)")


if __name__ == "__main__":
    main()
