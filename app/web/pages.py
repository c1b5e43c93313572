"""What every page's frame needs to know: language, direction, theme and menu."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import get_locale, gettext
from jinja2.ext import Extension
from markupsafe import Markup

from app.web import permissions
from app.web.languages import offered_languages, reader_language
from app.web.paging import address_with
from app.web.security import current_actor
from app.web.zones import chosen_clinic, clinics, clinics_in_reach

THEMES = ("light", "dark")
FEWEST_IN_A_GROUP = 4
INDENTATION = re.compile(r"\n[ \t]+")
BREAK_BETWEEN_TAGS, BREAK = re.compile(r"(?<=>)\s*\n\s*(?=<)"), re.compile(r"\s*\n\s*")


def init_app(app: Flask) -> None:
    """Give templates the functions below, and hand-made pages the frame's variables."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True  # lighter pages
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": True, "ensure_ascii": False}  # no \u0645 for a letter
    app.jinja_env.add_extension(WithoutIndentation)
    app.jinja_env.globals.update(
        html_lang=html_lang,
        html_dir=html_dir,
        html_theme=html_theme,
        stylesheet=stylesheet,
        menu_links=menu_links,
        patient_search_url=patient_search_url,
        offered_clinics=offered_clinics,
        chosen_clinic=chosen_clinic,
        offered_languages=offered_languages,
        reader_language=reader_language,
        here=here,
        address_with=address_with,
        may=may,
    )
    app.jinja_env.filters["dense"] = dense
    app.context_processor(frame_variables)


class WithoutIndentation(Extension):
    """Leaves the indentation of templates out of pages: it is a quarter of a long list."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return INDENTATION.sub("\n ", source)


def dense(html: str) -> Markup:
    """The same without blank lines and, between tags, without line breaks: for what lays nothing out by them."""
    return Markup(BREAK.sub("\n", BREAK_BETWEEN_TAGS.sub("", html)))  # noqa: S704 - what a template has made


def html_lang() -> str:
    """The page's language as BCP 47 ("en", "pt-BR")."""
    return str(get_locale() or "en").replace("_", "-")


def html_dir() -> str:
    """The page's writing direction, "rtl" or "ltr"."""
    locale = get_locale()
    return str(locale.text_direction) if locale else "ltr"


def html_theme() -> str:
    """The theme that this browser chose, or "" where it follows the system."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else ""


def stylesheet() -> str:
    """The main style sheet's plain name for the page's direction."""
    return "app.rtl.css" if html_dir() == "rtl" else "app.css"


def frame_variables() -> dict[str, Any]:
    """`appbuilder` and `base_template`, which generated views pass by themselves."""
    appbuilder = getattr(current_app, "appbuilder", None)
    return {
        "appbuilder": appbuilder,
        "base_template": getattr(appbuilder, "base_template", "appbuilder/baselayout.html"),
    }


def patient_search_url() -> str:
    """Where the top bar looks for patients; "" for whoever may not list them."""
    known = "PatientView.list" in current_app.view_functions
    return url_for("PatientView.list") if known and permissions.allows(current_actor(), "Patient", "list") else ""


def may(resource: str, act: str) -> bool:
    """Whether this reader may do `act`. A function and no filter: those with constants are worked out only once."""
    return permissions.allows(current_actor(), resource, act)


def offered_clinics() -> dict[int | None, str]:
    """The clinics that the reader may work at, by name; where there are several, None stands for all of them."""
    found = {key: clinics()[key].name for key in clinics_in_reach() if clinics()[key].is_active}
    named = sorted(found.items(), key=lambda item: item[1].casefold())
    return {**({None: gettext("All clinics")} if len(named) > 1 else {}), **dict(named)}


def here() -> str:
    """The address of this page, to come back to; the start page's where it answers to no GET."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


@dataclass(frozen=True)
class MenuLink:
    """One entry of the sidebar: a link, or a group when it has `children`."""

    label: str
    icon: str | None
    url: str = ""
    children: tuple[MenuLink, ...] = ()
    active: bool = False


def menu_links() -> list[MenuLink]:
    """The sidebar's entries that this user may see, with the one of the current page marked."""
    appbuilder = current_app.appbuilder  # type: ignore[attr-defined]
    entries = appbuilder.menu.get_data()
    links = chain.from_iterable(_unfolded(link) for link in map(_menu_link, entries) if link)
    return list(mark_active(links, request.path))


def _unfolded(link: MenuLink) -> Iterable[MenuLink]:
    """The entry; instead of a group of few, what is in it."""
    return link.children if 0 < len(link.children) < FEWEST_IN_A_GROUP else (link,)


def _menu_link(entry: Any) -> MenuLink | None:
    if entry == "-":
        return None
    children = tuple(link for link in map(_menu_link, entry.get("childs", ())) if link)
    if "childs" in entry and not children:
        return None
    return MenuLink(entry["label"], entry["icon"], entry.get("url", ""), children)


def mark_active(links: Iterable[MenuLink], path: str) -> Iterator[MenuLink]:
    """The same entries, the one whose address is the longest that leads to `path` marked, and its group with it."""
    links = list(links)
    places = [_place(link.url) for group in links for link in (group, *group.children) if link.url]
    nearest = max((place for place in places if _leads_to(place, path)), key=len, default=None)
    for link in links:
        children = tuple(replace(child, active=_place(child.url) == nearest) for child in link.children)
        here = bool(link.url) and _place(link.url) == nearest
        yield replace(link, children=children, active=here or any(child.active for child in children))


def _place(url: str) -> str:
    """The part of a menu entry's address that its other pages share: "/patients/" of "/patients/list/"."""
    return url.partition("?")[0].removesuffix("list/")


def _leads_to(place: str, path: str) -> bool:
    """Whether a page lies at or below a place; below the start page lies nothing."""
    return path == place or (place != "/" and path.startswith(place))
