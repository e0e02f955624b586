"""Optional libraries: a missing one becomes a verdict that names the pip command."""

from __future__ import annotations

import importlib
from types import ModuleType

from rqml.errors import Unsupported


def optional(module: str, extra: str) -> ModuleType:
    """The imported module.

    Args:
        module: name of the module.
        extra: the extra of rqml that installs it.

    Raises:
        Unsupported: it is not installed, or does not work with what is installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Unsupported(
            f"this needs {module.partition('.')[0]} ({type(error).__name__}): pip install 'rqml[{extra}]'"
        ) from error
