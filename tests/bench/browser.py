"""The simplest browser: one connection kept open, cookies, and the fields of a page's form."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any


@dataclass(slots=True)
class Page:
    status: int
    headers: dict[str, str]
    body: str
    milliseconds: float

    @property
    def statements(self) -> int:
        return int(self.headers.get("x-bench-statements", 0))


class Browser:
    """Signed in once, it remembers its cookies; with a token it is a program that needs none."""

    def __init__(self, port: int, token: str = "") -> None:
        self.port, self.cookies = port, dict[str, str]()
        self._always = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, **headers: str) -> Page:
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str]) -> Page:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"http://127.0.0.1:{self.port}{path}",
        }
        return self._send("POST", path, urllib.parse.urlencode(fields), headers)

    def post_json(self, path: str, values: dict[str, Any]) -> Page:
        return self._send("POST", path, json.dumps(values), {"Content-Type": "application/json"})

    def close(self) -> None:
        self._connection.close()

    def take_token(self, username: str, password: str) -> str:
        page = self.post_json("/api/v1/security/login", {"username": username, "password": password})
        if page.status != 200:
            raise RuntimeError(f"{username} gets no token: {page.status}")
        return str(json.loads(page.body)["access_token"])

    def sign_in(self, username: str, password: str) -> None:
        fields = fields_of(self.get("/login/").body) | {"username": username, "password": password}
        page = self.post("/login/", fields)
        if page.status != 302:
            raise RuntimeError(f"{username} cannot sign in: {page.status}")

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Page:
        if self.cookies:
            headers = headers | {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        start = time.perf_counter()
        self._connection.request(method, path, body, headers | self._always)
        answer = self._connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        elapsed = 1000 * (time.perf_counter() - start)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return Page(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text, elapsed)


class _Forms(HTMLParser):
    """Every form of a page with the values its fields have."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._select: str | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        form, name = self.forms[-1], given.get("name")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in form):
            form[self._select] = given.get("value", "")
        elif tag == "textarea" and name:
            self._text = name
            form[name] = ""
        elif tag == "input" and name and self._counts(given):
            form[name] = given.get("value", "y")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        if tag == "textarea":
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text:
            self.forms[-1][self._text] += data

    def _counts(self, given: dict[str, str]) -> bool:
        if given.get("type") in {"checkbox", "radio"}:
            return "checked" in given
        return given.get("type") not in {"submit", "button", "file"}


def fields_of(html: str) -> dict[str, str]:
    """The fields of the page's largest form that carries a CSRF token."""
    parser = _Forms()
    parser.feed(html)
    forms = [form for form in parser.forms if "csrf_token" in form]
    return max(forms, key=len, default={})
