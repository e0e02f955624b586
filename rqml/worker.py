"""A measurement in a worker process that is killed when its time is up, so that nothing runs on."""

from __future__ import annotations

import os
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TYPE_CHECKING, Any

import attrs

from rqml.errors import TimedOut, Unsupported
from rqml.run import Memo, Run
from rqml.verdict import Measurement

if TYPE_CHECKING:
    from rqml.requirement import Requirement


def measure_in_worker(requirement: Requirement[Any], subject: Any, run: Run) -> Measurement:
    """`requirement.measure(subject, run)` in a process of its own; what it keeps as `witness` is left there.

    Raises:
        TimedOut: the time-out of the run passed; the process is killed.
        Unsupported: the subject cannot be sent to another process.
    """
    import pickle

    from joblib.externals.loky import ProcessPoolExecutor

    sent = attrs.evolve(run, progress=None, hard=False, memo=Memo())
    executor = ProcessPoolExecutor(max_workers=1)
    try:
        executor.submit(os.getpid).result()  # the time-out is for the measurement, not for starting a process
        future = executor.submit(_measure, requirement, subject, sent)
        measurement: Measurement = future.result(timeout=run.timeout)
        return measurement
    except FutureTimeout:
        if future.done():  # its own TimeoutError, which is the same class
            raise
        raise TimedOut(
            f"it took longer than {run.timeout:g} s and was stopped: allow more time, or give a smaller subject"
        ) from None
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        if "pickle" not in f"{type(error).__name__} {error}".lower():
            raise
        raise Unsupported(
            "a hard time-out needs a subject that can be sent to another process; use Run(hard=False)"
        ) from error
    finally:
        executor.shutdown(wait=False, kill_workers=True)


def _measure(requirement: Requirement[Any], subject: Any, run: Run) -> Measurement:
    return attrs.evolve(requirement.measure(subject, run.started()), witness=None)
