"""The page on which all pictures of the screens are seen side by side."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

LOOKS = ("1280-light", "390-light", "1280-dark", "390-dark", "1280-arabic", "390-arabic")
HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>ClinicDesk's screens</title>
<style>
  body { font: 14px system-ui; margin: 1rem; background: #ddd; }
  h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
  div { display: flex; gap: .75rem; align-items: start; }
  img { width: 320px; height: 240px; object-fit: cover; object-position: top; box-shadow: 0 1px 4px #0006; }
  img[src^="390"] { width: 120px; }
</style>
"""


def write_contact_sheet(folder: Path, names: Iterable[str]) -> None:
    """Write `index.html` beside the folders of pictures; a screen without some picture shows those it has."""
    rows = [f"<h2>{escape(name)}</h2>\n<div>{pictures(folder, name)}</div>\n" for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(HEAD + "".join(rows), encoding="utf-8")


def pictures(folder: Path, name: str) -> str:
    files = [f"{look}/{name}.png" for look in LOOKS if (folder / look / f"{name}.png").exists()]
    return "".join(
        f'<a href="{escape(file)}"><img src="{escape(file)}" alt="{escape(file)}" loading="lazy"></a>' for file in files
    )
