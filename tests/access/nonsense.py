"""What nobody should send: values for fields, bodies, addresses, queries and headers."""

from __future__ import annotations

import json
from typing import Any

MEGABYTE = 1024 * 1024
LONG = "x" * 100_000
SURROGATE = "\ud800"
RIGHT_TO_LEFT = "\u202egnp.exe"


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


# No field of any request takes one of these.
NEVER_TAKEN: dict[str, Any] = {
    "an object": {"a": {"b": []}},
    "a deep list": nested(30),
    "a lone surrogate": f"x{SURROGATE}",
    "a NUL": "x\x00y",
    "a control character": "x\x1by",
    "an enormous number": 10**400,
    "a long text": LONG,
}
# Some fields take some of these; none may break.
PERHAPS_TAKEN: dict[str, Any] = {
    "nothing": None,
    "an empty text": "",
    "blanks": " \t ",
    "true": True,
    "a fraction": 1.5,
    "a negative number": -1,
    "zero": 0,
    "more than 32 bits": 2**31,
    "more than 64 bits": 2**63,
    "a list": ["x"],
    "digits of another script": "\u0661\u0662",
    "text the other way round": RIGHT_TO_LEFT,
    "a formula": "=1+1",
    "markup": "<script>alert(1)</script>",
    "no date": "0000-00-00",
    "the last date": "9999-12-31",
    "a date after the last": "10000-01-01",
    "the first time": "0001-01-01T00:00:00+14:00",
    "the last time": "9999-12-31T23:59:59-14:00",
    "a time without a zone": "2030-05-13T09:00:00",
    "not a number": "NaN",
    "an exponent": "1e999",
}

# What a form can say of it: forms know texts alone.
TYPED_NEVER: dict[str, Any] = {
    **{name: value for name, value in NEVER_TAKEN.items() if isinstance(value, str | int)},
    "broken UTF-8": b"\xff\xed\xa0\x80",
}
TYPED: dict[str, Any] = {name: value for name, value in PERHAPS_TAKEN.items() if isinstance(value, str | int)}

# Bodies that are no request at all, with their content types and what they are answered.
JSON = "application/json"
BODIES: dict[str, tuple[bytes, str, set[int]]] = {
    "half of an object": (b'{"a": ', JSON, {400}),
    "nothing": (b"", JSON, {400}),
    "a list": (b"[1]", JSON, {400}),
    "a text": (b'"text"', JSON, {400}),
    "null": (b"null", JSON, {400}),
    "broken UTF-8": (b'{"a": "\xff\xfe"}', JSON, {400}),
    "endless brackets": (b"[" * 100_000, JSON, {400}),
    "endless objects": (b'{"a":' * 100_000, JSON, {400}),
    "infinity": (b'{"a": Infinity}', JSON, {400, 422}),
    "an endless number": (b'{"a": ' + b"9" * 10_000 + b"}", JSON, {400, 422}),
    "1e999": (b'{"a": 1e999}', JSON, {400, 422}),
    "an unknown field": (json.dumps({"zq_unknown": 1}).encode(), JSON, {422}),
    "a form": (b"a=1&b=2", "application/x-www-form-urlencoded", {415}),
    "XML": (b"<a/>", "text/xml", {415}),
    "ten megabytes": (b'{"a": "' + b"x" * 10 * MEGABYTE + b'"}', JSON, {413}),
}

KEYS = ["0", "-1", "+1", "1.0", "1e3", "abc", "\u0661", "1 ", str(2**31), str(2**63), "9" * 60, "%00", "\ufffd", "null"]

Query = list[tuple[str, str]]

QUERIES: list[Query] = [
    [("page", "-1")],
    [("page", "1" * 30)],
    [("page", "x"), ("page", "0")],
    [("page_size", "0")],
    [("page_size", "-5")],
    [("page_size", "1000000")],
    [("page_size", "\u0661")],
    [("q", "(")],
    [("q", "!(")],
    [("q", "(filters:!((col:x,opr:eq,value:1)))")],
    [("q", "(filters:!((col:id,opr:x,value:(a:1))))")],
    [("q", "(filters:x)")],
    [("q", "(filters:!(1,2))")],
    [("q", "(filters:(a:1))")],
    [("q", "(order_column:'1; DROP TABLE patient',order_direction:x)")],
    [("q", "(page:x,page_size:!n)")],
    [("q", "(" * 5000)],
    [("q", "x" * 20_000)],
    [("q", "%")],
    [("q", "' OR 1=1 --")],
    [("q", RIGHT_TO_LEFT)],
    [("q", "\u0661\u0662\u0663")],
    [("search", "x" * 20_000)],
    [("search", "%_\\")],
    [("search", "\U0001f600\u0000")],
    [("tag", "\x7f")],
    [("clinic_id", "1"), ("clinic_id", "2"), ("clinic_id", "x")],
    [("status", "x")],
    [("status", "x" * 5000)],
    [("format", "exe")],
    [("next", "https://elsewhere.example/")],
    [("next", "//elsewhere.example\\@")],
    [(f"p{number}", "1") for number in range(2000)],
]

# Names that many endpoints read and most do not, wrong in all of them at once.
TOGETHER: list[Query] = [
    [(name, value) for name in names]
    for names, values in (
        (
            ("from", "to", "at", "start_date", "end_date"),
            ("0000-00-00", "9999-12-31", "0001-01-01", "10000-01-01", "2030-02-30", "x", "2030-05-06T00:00:00Z"),
        ),
        (
            ("clinic_id", "doctor_id", "service_id", "patient_id", "visit_id", "invoice_id"),
            ("-1", "x", str(2**31), str(2**63), "1,2", "\u0661", ""),
        ),
    )
    for value in values
]

HEADERS: list[dict[str, str]] = [
    {"If-Match": '"x"'},
    {"If-Match": "x" * 5000},
    {"If-None-Match": "\xff"},
    {"Idempotency-Key": ""},
    {"Idempotency-Key": "x" * 5000},
    {"Idempotency-Key": "\xff"},
    {"Accept": "*/*;q=x"},
    {"Accept-Language": "x" * 2000},
    {"Accept-Language": "ar;q=0.1, \xff"},
    {"X-Request-Id": "x" * 5000},
    {"Range": "bytes=999-1"},
]
