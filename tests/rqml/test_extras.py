from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from rqml.errors import Unsupported
from rqml.extras import optional
from rqml.verdict import CheckStatus, Reason


def test_an_optional_library_that_is_there_is_given() -> None:
    assert optional("json", "all") is json


def test_a_missing_one_names_the_pip_command() -> None:
    with pytest.raises(Unsupported, match=r"needs no_such_library .*pip install 'rqml\[dp\]'"):
        optional("no_such_library.part", "dp")


def test_users_see_a_verdict_not_an_import_error(toys: SimpleNamespace) -> None:
    requirement = toys.Scripted(measured=lambda _s, _r: optional("no_such_library", "dp"))
    result = requirement.check(toys.Number())
    assert (result.status, result.reason) == (CheckStatus.INCOMPLETE, Reason.UNSUPPORTED)
    assert "pip install" in result.message
