"""The board of a clinic on its fullest day: forty seen, ten doctors with a patient inside, 150 who wait for them."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from tests.bench.browser import Browser
from tests.bench.measure import Figures, repeated, slowest

COMPLETED, WAITING = 40, 150
CLINIC, SERVICE = 1, 2
DOCTORS = range(1, 41, 4)  # the clinic's own
OTHERS = 1500  # patients of the clinic whom no other part of the measurements has walk in
TURNS = 50  # so many of those who wait are called in turn


def measured_board(browser: Browser, program: Browser, doctor: Browser, repeats: int) -> dict[str, dict[str, Any]]:
    """The page, its columns as the first and as the next one gets them who asks after a change, and nothing new.

    `browser` is reception, `program` somebody at the desk with a token, `doctor` the first doctor with one.
    """
    desk = _Desk(program, doctor)
    desk.fill()
    columns = f"/queue/columns?clinic={CLINIC}"
    found = {
        "page": repeated(browser, lambda _: f"/queue/?clinic={CLINIC}", repeats),
        "columns after a change": _after_changes(browser, desk, columns, repeats),
        "columns for the next": repeated(browser, lambda _: columns, repeats),
        "nothing new": _unchanged(browser, columns, repeats),
        "for programs": repeated(program, lambda _: f"/api/v1/queue/{CLINIC}", repeats),
    }
    return {name: figures.as_dict() for name, figures in found.items()}


def _after_changes(browser: Browser, desk: _Desk, path: str, repeats: int) -> Figures:
    figures = Figures()
    for _ in range(repeats):
        desk.change()
        if not figures.add(browser.get(path)):
            return figures
    desk.change()
    figures.slowest = slowest(browser.get(path, **{"X-Bench-Trace": "1"}))
    return figures


def _unchanged(browser: Browser, path: str, repeats: int) -> Figures:
    known = {"If-None-Match": browser.get(path).headers["etag"]}
    figures = Figures()
    for _ in range(repeats):
        if not figures.add(browser.get(path, **known), wanted=304):
            break
    return figures


class _Desk:
    """Those who come without an appointment, and what is done with them."""

    def __init__(self, program: Browser, doctor: Browser) -> None:
        self._program, self._doctor = program, doctor
        self._waiting: list[int] = []
        self._turns = count()

    def fill(self) -> None:
        comers = count(OTHERS)
        for _ in range(COMPLETED):
            visit_id = self._arrive(next(comers), DOCTORS[0])
            self._post("queue/phase/move", visit_id=visit_id, phase="with_doctor")
            self._post("queue/complete-consultation", by=self._doctor, visit_id=visit_id)
        for doctor_id in DOCTORS:
            visit_id = self._arrive(next(comers), doctor_id)
            self._post("queue/phase/move", visit_id=visit_id, phase="with_doctor")
        for number in range(WAITING):
            self._waiting.append(self._arrive(next(comers), DOCTORS[number % len(DOCTORS)]))

    def _arrive(self, number: int, doctor_id: int) -> int:
        who = {"clinic_id": CLINIC, "doctor_id": doctor_id, "service_id": SERVICE, "patient_id": 1 + 4 * number}
        visit_id: int = self._post("visits", **who)["id"]
        return visit_id

    def change(self) -> None:
        """Call somebody, or send back who was called."""
        turn = next(self._turns)
        visit_id = self._waiting[turn // 2 % TURNS]
        if turn % 2:
            self._post("queue/phase/move", visit_id=visit_id, phase="waiting", reason="called by mistake")
        else:
            self._post("queue/call", visit_id=visit_id)

    def _post(self, path: str, *, by: Browser | None = None, **values: Any) -> Any:
        page = (by or self._program).post_json(f"/api/v1/{path}", values)
        if page.status not in (200, 201):
            raise RuntimeError(f"{path}: {page.status} {page.body[:300]}")
        return json.loads(page.body)["result"]
