"""Presidio on labelled texts (standard input, lines of JSON), offline; run by `identifiers.py` in its environment.

A blank spaCy pipeline stands in for the models that presidio would download; its recogniser of names, which needs
one, is left out. Prints JSON: version, seconds of processor time, and per text the spans in the names of rqml's kinds.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from importlib.metadata import version

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

KINDS = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "CREDIT_CARD": "CREDIT_CARD",
    "IP_ADDRESS": "IP_ADDRESS",
    "MAC_ADDRESS": "MAC_ADDRESS",
    "US_SSN": "US_SSN",
    "CRYPTO": "CRYPTO",
    "US_PASSPORT": "PASSPORT",
    "UK_NHS": "NATIONAL_ID",
    "US_ITIN": "NATIONAL_ID",
}


class Blank(SpacyNlpEngine):
    """Tokens, and nothing that a model would know."""

    def __init__(self) -> None:
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}

    def load(self) -> None:
        """There is nothing to load."""


def main() -> None:
    """Analyse and print."""
    logging.disable(logging.CRITICAL)
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
    texts = [json.loads(line)["text"] for line in sys.stdin]
    engine.analyze(texts[0], language="en")
    start = time.process_time()
    found = [engine.analyze(text, language="en") for text in texts]
    seconds = time.process_time() - start
    spans = [
        [(r.start, r.end, KINDS[r.entity_type]) for r in results if r.entity_type in KINDS and r.score >= 0.4]
        for results in found
    ]
    print(json.dumps({"version": version("presidio-analyzer"), "seconds": seconds, "spans": spans}))


if __name__ == "__main__":
    main()
