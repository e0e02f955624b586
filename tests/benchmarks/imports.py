"""What importing rqml costs beyond starting Python.

Run: python tests/benchmarks/imports.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

ROUNDS = 15
HELP = "python -m rqml --help"
BUDGETS = {
    "import rqml": 15.0,
    "from rqml import Requirement, Specification": 120.0,
}


def seconds(*command: str) -> tuple[float, float]:
    """Wall-clock and processor seconds of a fresh interpreter."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    wall, now = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def main() -> None:
    """Print the figures; best of interleaved rounds, beyond an interpreter that does nothing."""
    commands = {"": ("-c", "pass"), **{code: ("-c", code) for code in BUDGETS}, HELP: ("-m", "rqml", "--help")}
    best = dict.fromkeys(commands, (1000000000.0, 1000000000.0))
    for _ in range(ROUNDS):
        for name, command in commands.items():
            wall, processor = seconds(*command)
            best[name] = min(best[name][0], wall), min(best[name][1], processor)
    idle = best.pop("")
    for name, (wall, processor) in best.items():
        budget = f"(budget {BUDGETS[name]:.0f} ms)" if name in BUDGETS else ""
        print(f"{name:<46} {1000 * (wall - idle[0]):6.1f} ms, {1000 * (processor - idle[1]):6.1f} ms CPU  {budget}")


if __name__ == "__main__":
    main()
