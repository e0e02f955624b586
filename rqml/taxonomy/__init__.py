"""Public taxonomies of threats and controls: which id means what, and whether it still exists.

The ids of MITRE ATLAS, NIST AI 100-2, OWASP (ML Top 10, AI Exchange, AISVS) and ENISA are shipped with the package;
articles of the GDPR and the AI Act follow a pattern. `NOTICE` in this folder names sources and licences.
"""

from __future__ import annotations

from rqml.taxonomy.reference import Reference as Reference
from rqml.taxonomy.shipped import references as references
from rqml.taxonomy.shipped import resolve as resolve

__all__ = ["Reference", "references", "resolve"]
