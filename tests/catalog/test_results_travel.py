"""Results cross the border of a process: joblib and multiprocessing hand them over by pickle."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
import pytest

from rqml import Dataset, EnforcementStatus, Specification, System
from rqml.errors import RqmlError
from rqml_catalog.data_privacy import KAnonymity


def test_an_enforcement_in_a_worker_comes_back_with_its_subject() -> None:
    table = Dataset(pd.DataFrame({"age": np.arange(60) // 2}), quasi_identifiers=["age"])
    system = System("registry", table=table)
    specifications = [Specification("registry", [KAnonymity(k=k)]) for k in (3, 5)]
    results = joblib.Parallel(n_jobs=2, backend="multiprocessing")(
        joblib.delayed(specification.enforce)(system) for specification in specifications
    )
    for specification, result in zip(specifications, results, strict=True):
        assert result.status is EnforcementStatus.SUCCESS
        assert specification.check(result.subject).exit_code == 0
        with pytest.raises(RqmlError, match="its own process"):
            result.rollback()
