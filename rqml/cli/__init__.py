"""The command line: one command a file, each a thin door to the kernel.

Exit codes: 0 everything that applies passes or is waived; 1 something fails; 2 wrong usage; 3 nothing failed, but
something is incomplete or nothing applied.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import NoReturn

EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; what the user did wrong becomes one message, not a traceback.

    Args:
        arguments: words after the program's name; default: those of this process.
    """
    from rqml.cli.app import app
    from rqml.errors import RqmlError
    from rqml.measured import describe_crash
    from rqml.report.report import EXIT_INCOMPLETE

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # lines of tables, in a pipe that is not UTF-8
    try:
        app(args=None if arguments is None else list(arguments), prog_name="rqml")
    except RqmlError as error:
        message = str(error)
    except ImportError as error:
        message = f"an import failed: {error}; install what is missing, or mend the module that it names"
    except OSError as error:
        message = f"{error.strerror or error}: {error.filename or 'unnamed file'}"
    except Exception as error:
        # Neither a FAIL nor wrong usage: nothing is known, and the text may quote data.
        print(
            f"rqml: {describe_crash(error).partition(';')[0]}; this is a fault of rqml, please report it",
            file=sys.stderr,
        )
        sys.exit(EXIT_INCOMPLETE)
    else:
        sys.exit(0)
    print(f"rqml: {message}", file=sys.stderr)
    sys.exit(EXIT_USAGE)
