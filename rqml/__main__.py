"""`python -m rqml`."""

from __future__ import annotations

from rqml.cli import main

main()
