"""Whatever is in a CSV file, its good rows are read and its bad ones named by line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from app.imports.errors import FileNotUsable
from app.imports.mapping import MappingFile, Source
from app.imports.reader import LONGEST_LINE, FileRow, open_csv

MAPPING = MappingFile(encoding="utf-8-sig", patient={"external_id": Source(column="Id"), "name": Source(column="Name")})


def rows_of(tmp_path: Path, content: bytes, mapping: MappingFile = MAPPING) -> list[FileRow]:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with open_csv(path, mapping) as file:
        return list(file.rows())


def problems(rows: list[FileRow]) -> list[tuple[int, str | None]]:
    return [(row.line, row.problem.code if row.problem else None) for row in rows]


def test_rows_are_named_by_the_line_they_begin_on(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b'\xef\xbb\xbfId,Name\r\n1,"A\r\nB"\r\n\r\n2,C\r\n')
    assert [(row.line, row.cells["Name"]) for row in rows] == [(2, "A\r\nB"), (5, "C")]


def test_a_gzipped_file_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    assert problems(rows_of(tmp_path, gzip.compress(b"Id,Name\n1,A\n"))) == [(2, None)]


def test_bad_rows_are_named_and_the_others_read(tmp_path: Path) -> None:
    huge = b"4," + b"x" * 200_000
    endless = b"5," + b"y" * (2 * LONGEST_LINE)
    content = b"\n".join([b"Id,Name", b"1,A,B", b"2", b"3,\xff", huge, endless, b"6,F", b""])
    assert problems(rows_of(tmp_path, content)) == [
        (2, "wrong_number_of_cells"),
        (3, "wrong_number_of_cells"),
        (4, "wrong_encoding"),
        (5, "cell_too_large"),
        (6, "cell_too_large"),
        (7, None),
    ]


def test_a_missing_quotation_mark_costs_some_rows_and_not_the_file(tmp_path: Path) -> None:
    lines = [b"Id,Name", b'1,"A', *(b"%d,%s" % (n, b"z" * 90) for n in range(2, 2000))]
    rows = rows_of(tmp_path, b"\n".join(lines))
    assert rows[0].problem is not None
    assert rows[-1].cells == {"Id": "1999", "Name": "z" * 90}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"Id;Name\n1;A\n", "it has no column Id, Name"),
        (b"Id,Nom\n", "it has no column Name; it has Id, Nom"),
        (b"Id,Name,Name\n", "names Name more than once"),
        (b"\xff\xfeI\x00d\x00", "not written in utf-8"),
        (b"\x1f\x8bnot gzip at all", "its compression is damaged"),
    ],
)
def test_a_file_that_is_not_what_the_mapping_says_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(FileNotUsable, match=reason):
        rows_of(tmp_path, content)


def test_a_damaged_file_says_from_where_on(tmp_path: Path) -> None:
    packed = gzip.compress(b"Id,Name\n" + b"".join(b"%d,Name %d\n" % (n, n) for n in range(50_000)))
    with pytest.raises(FileNotUsable, match=r"from line \d+ on: its compression is damaged"):
        rows_of(tmp_path, packed[: len(packed) // 2])


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotUsable, match="No such file"), open_csv(tmp_path / "none.csv", MAPPING):
        pass
