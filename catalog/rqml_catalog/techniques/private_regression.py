"""Linear regression from noisy sufficient statistics.

Vu and Slavković, "Differential privacy for clinical trial data" (2009), and Foulds et al., "On the theory and practice
of privacy-preserving Bayesian data analysis" (arXiv 1603.07294): Laplace noise on X'X and X'y. The ridge that keeps the
noisy X'X from being nearly singular follows Wang, "Revisiting differentially private linear regression" (arXiv
1803.02596, algorithm 2), but from the noisy matrix itself, which costs nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rqml.extras import optional

if TYPE_CHECKING:
    from rqml_catalog.techniques.private_steps import Learning

Floats = npt.NDArray[np.float64]


def private_linear(X: Floats, learning: Learning, intercept: bool) -> Any:
    """A scikit-learn LinearRegression with private coefficients, in the units of the target.

    Args:
        X: (n, d) values in [-1, 1].
        learning: the target with its bounds (values beyond them count as the bound), epsilon and random state.
        intercept: whether there is one.
    """
    from sklearn.linear_model import LinearRegression

    assert learning.y_bounds is not None  # noqa: S101 - the caller has refused targets without bounds
    low, high = learning.y_bounds
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    centred = np.clip((learning.y.astype(float) - middle) / half, -1.0, 1.0)
    rows = np.column_stack([np.ones(len(X)), X]) if intercept else X
    target = centred if intercept else np.clip(learning.y.astype(float) / max(abs(low), abs(high)), -1.0, 1.0)
    moments, products, scale = noisy_moments(rows, target, learning.epsilon, learning.random_state, intercept)
    weights = np.linalg.solve(_well_conditioned(moments, scale), products)
    weights *= half if intercept else max(abs(low), abs(high))
    model = LinearRegression(fit_intercept=intercept)
    model.coef_, model.intercept_ = (weights[1:], middle + weights[0]) if intercept else (weights, 0.0)
    model.n_features_in_ = X.shape[1]
    return model


def noisy_moments(
    rows: Floats, target: Floats, epsilon: float, random_state: int | None, intercept: bool
) -> tuple[Floats, Floats, float]:
    """X'X and X'y with noise, epsilon-private for the replacement of one record; the number of records is public.

    Args:
        rows: (n, p) values in [-1, 1]; the first column is 1 where there is an intercept.
        target: (n,) values in [-1, 1].
        epsilon: of both together.
        random_state: None for noise that nobody can repeat.
        intercept: whether the first column is the constant.

    Returns:
        the (p, p) and (p,) statistics, and the scale of the noise of each entry.
    """
    mechanisms = optional("diffprivlib.mechanisms", "dp")
    p = rows.shape[1]
    reach = sensitivity(p - intercept, intercept)
    laplace = mechanisms.Laplace(
        epsilon=epsilon,
        sensitivity=reach,
        random_state=random_state,  # its noise withstands floating-point attacks
    )
    moments, products = rows.T @ rows, rows.T @ target
    above = [(i, j) for i in range(p) for j in range(i, p) if not (intercept and i == j == 0)]
    for i, j in above:
        moments[i, j] = moments[j, i] = laplace.randomise(float(moments[i, j]))
    return moments, np.array([laplace.randomise(float(value)) for value in products]), reach / epsilon


def sensitivity(d: int, intercept: bool) -> float:
    """Largest sum of changes of all statistics when one record of d features in [-1, 1] is replaced.

    A square changes by 1 at most, any other product of two values by 2.
    """
    squares, pairs, with_target = d, d * (d - 1) / 2, d + intercept
    return squares + 2.0 * (pairs + with_target + (d if intercept else 0))


def _well_conditioned(moments: Floats, scale: float) -> Floats:
    """The matrix plus the ridge that lifts its lowest eigenvalue to the noise's spectral norm, about 2 sd sqrt(p)."""
    p = len(moments)
    floor = 2.0 * np.sqrt(2.0 * p) * scale
    lowest = float(np.linalg.eigvalsh(moments)[0])
    return np.asarray(moments + max(0.0, floor - lowest) * np.eye(p))
