"""Wrong parameters of the family: one sentence each that says what would be right."""

from __future__ import annotations

import math

import pytest

from rqml.errors import InvalidParameter
from rqml_catalog.model_privacy import (
    AttributeInferenceResistance,
    ErasureVerified,
    InversionResistance,
    MembershipInferenceResistance,
    PropertyInferenceResistance,
)


@pytest.mark.parametrize(
    ("cls", "given", "says"),
    [
        (MembershipInferenceResistance, {"max_tpr": "half"}, "max_tpr must be a number"),
        (MembershipInferenceResistance, {"at_fpr": None}, "at_fpr must be a number"),
        (MembershipInferenceResistance, {"at_fpr": math.nan}, "at_fpr must be > 0"),
        (MembershipInferenceResistance, {"shadows": 9}, "shadows must be even"),
        (MembershipInferenceResistance, {"cost": "weekly"}, "'release' .* or 'commit'"),
        (MembershipInferenceResistance, {"grid": "depth"}, "names of parameters to values"),
        (MembershipInferenceResistance, {"grid": {3: [1]}}, "names of parameters to values"),
        (MembershipInferenceResistance, {"grid": {"depth": 3}}, r"grid\['depth'\] takes several values"),
        (MembershipInferenceResistance, {"grid": {"depth": []}}, "at least one"),
        (MembershipInferenceResistance, {"bounds": [(0, 1)]}, "features to"),
        (MembershipInferenceResistance, {"bounds": {"age": (0, math.inf)}}, r"bounds\['age'\] must be two finite"),
        (MembershipInferenceResistance, {"bounds": {"age": (9, 1)}}, "lowest first"),
        (MembershipInferenceResistance, {"bounds": {"age": 120}}, "two finite numbers"),
        (AttributeInferenceResistance, {"max_gain": "none"}, "max_gain must be a number"),
        (InversionResistance, {"queries": 10}, "queries must be >= 70"),
        (PropertyInferenceResistance, {"shares": 0.5}, "shares: two shares are needed"),
        (PropertyInferenceResistance, {"shares": ("a", "b")}, "two shares, 0 < first < second < 1"),
        (PropertyInferenceResistance, {"shares": (0.7, 0.3)}, "two shares"),
        (PropertyInferenceResistance, {"shadows": 21}, "shadows must be even"),
        (ErasureVerified, {"shadows": 9}, "shadows must be even"),
    ],
)
def test_wrong_parameters_are_explained(cls, given, says):
    with pytest.raises(InvalidParameter, match=says):
        cls(**given)
