"""What a browser would send for a form of a page that nobody has touched."""

from __future__ import annotations

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Collects the fields of the form that posts; a page's other forms search and sign out."""

    def __init__(self) -> None:
        super().__init__()
        self.posts = False
        self.values: dict[str, str] = {}
        self._area = self._select = ""
        self._first_option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.posts = given.get("method", "").lower() == "post" and "logout" not in given.get("action", "")
        name = given.get("name", "")
        if not self.posts or ("disabled" in given and tag != "option"):
            return
        if tag == "input" and name and given.get("type") not in ("submit", "button", "file"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.values[name] = given.get("value", "on" if given.get("type") == "checkbox" else "")
        elif tag == "textarea":
            self._area = name
            self.values[name] = ""
        elif tag == "select":
            self._select, self._first_option = name, None
        elif tag == "option" and self._select:
            self._option(given)

    def _option(self, given: dict[str, str]) -> None:
        if self._first_option is None:
            self._first_option = given.get("value", "")
            self.values.setdefault(self._select, self._first_option)
        if "selected" in given:
            self.values[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.posts = False
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data


def fields_of(page: str) -> dict[str, str]:
    """The names and values of a page's form."""
    reader = _Fields()
    reader.feed(page)
    return {name: value.removeprefix("\n") for name, value in reader.values.items() if name != "csrf_token"}
