"""The commands together."""

from __future__ import annotations

from typing import Annotated

import typer

from rqml.cli.catalog import app as catalog
from rqml.cli.check import check
from rqml.cli.demo import demo
from rqml.cli.enforce import enforce
from rqml.cli.evidence import app as evidence
from rqml.cli.gate import gate
from rqml.cli.impact import impact
from rqml.cli.new import new
from rqml.cli.scan import scan
from rqml.cli.statements import approve, attest, statements
from rqml.cli.trace import trace

app = typer.Typer(
    name="rqml",
    help="Executable security requirements for machine-learning systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich alone would take longer to import than everything else here
)
app.command()(check)
app.command()(enforce)
app.command()(scan)
evidence.command()(attest)
evidence.command()(approve)
evidence.command()(statements)
evidence.command()(impact)
app.add_typer(evidence, name="evidence")
app.command()(gate)
app.command()(trace)
app.add_typer(catalog, name="catalog")
app.command()(demo)
app.command()(new)


def _version(wanted: bool) -> None:
    if wanted:
        from rqml import __version__

        typer.echo(f"rqml {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Executable security requirements for machine-learning systems."""
