"""Supply chain: no model file, dependency or secret reaches production unexamined."""

from rqml_catalog.supply_chain.artefact import Artefact as Artefact
from rqml_catalog.supply_chain.complete_aibom import CompleteAIBOM as CompleteAIBOM
from rqml_catalog.supply_chain.dependency_hygiene import DependencyHygiene as DependencyHygiene
from rqml_catalog.supply_chain.files import load as load
from rqml_catalog.supply_chain.files import scan_path as scan_path
from rqml_catalog.supply_chain.files import scan_paths as scan_paths
from rqml_catalog.supply_chain.no_secrets import NoSecrets as NoSecrets
from rqml_catalog.supply_chain.safe_model_file import SafeModelFile as SafeModelFile
from rqml_catalog.supply_chain.sandboxed_load import SandboxedLoad as SandboxedLoad
from rqml_catalog.supply_chain.signed_model import SignedModel as SignedModel
from rqml_catalog.supply_chain.trusted_sources import TrustedSources as TrustedSources
