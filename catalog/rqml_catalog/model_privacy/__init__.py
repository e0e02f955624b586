"""Model privacy: what a model gives away of the records it was trained on."""

from rqml_catalog.model_privacy.attribute_inference_resistance import (
    AttributeInferenceResistance as AttributeInferenceResistance,
)
from rqml_catalog.model_privacy.erased_model import ErasedModel as ErasedModel
from rqml_catalog.model_privacy.erasure_verified import ErasureVerified as ErasureVerified
from rqml_catalog.model_privacy.inversion_resistance import InversionResistance as InversionResistance
from rqml_catalog.model_privacy.membership_inference_resistance import (
    MembershipInferenceResistance as MembershipInferenceResistance,
)
from rqml_catalog.model_privacy.property_inference_resistance import (
    PropertyInferenceResistance as PropertyInferenceResistance,
)
