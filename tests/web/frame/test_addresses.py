"""Addresses that nobody types: bytes that are no text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.cast import Cast

SignIn = Callable[[str], FlaskClient]


@pytest.mark.parametrize("path", ["/patients/list/", "/appointments/list/", "/api/v1/patients", "/login/", "/offer/x"])
@pytest.mark.parametrize("query", ["x=\xff", "q=\xc3", "x=%00"])
def test_an_address_that_is_no_text_is_refused(cast: Cast, login_as: SignIn, path: str, query: str) -> None:
    for client in (login_as("reception"), login_as("admin")):
        assert client.get(path, environ_overrides={"QUERY_STRING": query}).status_code == 400
