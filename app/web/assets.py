"""Addresses of the built front-end files and icons, and how browsers keep them."""

from __future__ import annotations

import json
import logging
from functools import cache, lru_cache
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, current_app, g, request, send_from_directory, url_for
from markupsafe import Markup
from werkzeug.security import safe_join

log = logging.getLogger(__name__)

ONE_YEAR = 31_536_000
HASHED_FOLDERS = ("build/", "fonts/")
# Flask-AppBuilder names its own menu entries' icons after Font Awesome.
TABLER_ICONS = {
    "fa-user": "ti-user",
    "fa-user-gear": "ti-user-cog",
    "fa-user-plus": "ti-user-plus",
    "fa-group": "ti-users-group",
    "fa-cogs": "ti-settings",
    "fa-lock": "ti-lock",
    "fa-edit": "ti-pencil",
    "fa-copy": "ti-copy",
    "fa-list-alt": "ti-list-details",
    "fa-link": "ti-link",
    "fa-bar-chart-o": "ti-chart-bar",
}
UNKNOWN_ICON = "ti-point"


def init_app(app: Flask) -> None:
    """Give templates `asset_url` and `icon`, and serve built files compressed and for good."""
    app.jinja_env.globals.update(asset_url=asset_url, icon=icon)
    app.view_functions["static"] = static_file
    app.after_request(_keep_hashed_files)


def asset_url(name: str) -> str:
    """The address of a built file by its plain name ("app.css"); the plain name itself where nothing was built."""
    known: dict[str, str] = g.setdefault("asset_urls", {})
    if name not in known:
        known[name] = _asset_url(name)
    return known[name]


def _asset_url(name: str) -> str:
    folder = str(current_app.static_folder)
    manifest = Path(folder, "build", "manifest.json")
    changed = manifest.stat().st_mtime_ns if manifest.exists() else 0
    file = _built_files(folder, changed).get(name, name)
    return url_for("static", filename=f"build/{file}")


@cache
def _built_files(folder: str, changed: int) -> dict[str, str]:
    if not changed:
        log.warning("The front end is not built: pages will be bare. Run `make run`, or `node frontend/build.mjs`.")
        return {}
    files: dict[str, str] = json.loads(Path(folder, "build", "manifest.json").read_text())["files"]
    return files


def icon(name: str | None, extra_class: str = "") -> Markup:
    """A decorative Tabler icon by its name ("ti-users"); Font Awesome names of Flask-AppBuilder are translated."""
    tabler = name if name and name.startswith("ti-") else TABLER_ICONS.get(name or "", UNKNOWN_ICON)
    return _icon(tabler.removeprefix("ti-"), extra_class, asset_url("icons.svg"))


@lru_cache(maxsize=1024)
def _icon(name: str, extra_class: str, sprite: str) -> Markup:
    """A page has dozens of them."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>').format(extra_class, sprite, name)


def static_file(filename: str) -> Response:
    """A file of app/static, in its compressed form where the build made one and the browser takes it."""
    folder = str(current_app.static_folder)
    compressed = safe_join(folder, f"{filename}.gz")
    if compressed is None or not request.accept_encodings["gzip"] or not Path(compressed).is_file():
        return send_from_directory(folder, filename)
    response = send_from_directory(folder, f"{filename}.gz", mimetype=guess_type(filename)[0])
    response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    return response


def _keep_hashed_files(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in (200, 304):
        path = (request.view_args or {}).get("filename", "")
        if path.startswith(HASHED_FOLDERS):
            response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
    return response
