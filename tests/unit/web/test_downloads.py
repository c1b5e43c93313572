"""How a file leaves: under its name in any script, and shown by nothing of ours."""

from __future__ import annotations

import pytest
from werkzeug.http import parse_options_header

from app.web.downloads import disposition, file_response
from app.web.formatters import file_size


@pytest.mark.parametrize(
    ("name", "plain"),
    [("report.pdf", "report.pdf"), ("Größe.pdf", "Groe.pdf"), ("تقرير.pdf", "file.pdf"), ('a"b\\c;%.txt', "abc.txt")],
)
def test_a_name_is_told_in_ascii_and_as_it_is(name: str, plain: str) -> None:
    kind, options = parse_options_header(disposition(name))
    assert (kind, options["filename"]) == ("attachment", name)
    assert f'filename="{plain}"' in disposition(name)
    assert disposition(name).isascii()


def test_a_file_is_no_page_of_ours() -> None:
    response = file_response(b"x", "text/plain", "x.txt", inline=True)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'inline; filename="x.txt"'
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script" not in policy


@pytest.mark.parametrize(
    ("size", "shown"), [(1, "1 kB"), (320_000, "312 kB"), (1024 * 1000, "1 MB"), (4_404_019, "4.2 MB")]
)
def test_a_size_reads_in_the_unit_that_suits_it(size: int, shown: str) -> None:
    assert file_size(size).replace("\u00a0", " ") == shown
