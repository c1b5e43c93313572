"""A doctor's own templates for notes."""

from __future__ import annotations

from typing import Any

import pytest

from app.frontdesk import note_templates
from app.frontdesk.errors import TemplateNameTaken, TooManyTemplates
from app.frontdesk.models import NoteTemplate
from app.kernel.db import db
from app.kernel.errors import Invalid, NotAllowed, NotFound, Stale
from tests.plugins.races import Race


def add(front: Any, name: str = "Cold", body: str = "Runny nose.", actor: Any = None) -> NoteTemplate:
    actor = actor or front.cast.doctor
    template: NoteTemplate = front.act(note_templates.add_template, {"name": name, "body": body}, actor=actor)
    return template


def names(front: Any, actor: Any = None) -> list[str]:
    db.session.rollback()
    return [name for _key, name in note_templates.list_template_names(actor=actor or front.cast.doctor)]


def test_a_template_is_added_changed_and_deleted(front: Any) -> None:
    template = add(front)
    changed = front.act(
        note_templates.change_template, template.id, {"body": "Sore throat."}, revision=1, actor=front.cast.doctor
    )
    assert (changed.name, changed.body) == ("Cold", "Sore throat.")
    with pytest.raises(Stale):
        front.act(note_templates.change_template, template.id, {"body": "x"}, revision=1, actor=front.cast.doctor)
    front.act(note_templates.delete_template, template.id, actor=front.cast.doctor)
    assert names(front) == []


def test_templates_are_their_doctors_own(front: Any) -> None:
    template = add(front)
    add(front, actor=front.cast.doctor2)  # the same name is free for a colleague
    assert names(front) == names(front, front.cast.doctor2) == ["Cold"]
    for actor in (front.cast.doctor2, front.cast.admin, front.cast.reception):
        with pytest.raises(NotFound):
            front.act(note_templates.change_template, template.id, {"body": "x"}, actor=actor)
        with pytest.raises(NotFound):
            front.act(note_templates.delete_template, template.id, actor=actor)
    for actor in (front.cast.admin, front.cast.reception):
        assert names(front, actor) == []
        with pytest.raises(NotAllowed):
            add(front, actor=actor)


def test_a_name_is_given_once(front: Any, at_once: Race) -> None:
    outcomes = at_once(*[lambda: add(front)] * 3)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoteTemplate"] + ["TemplateNameTaken"] * 2
    other = add(front, name="Cough")
    with pytest.raises(TemplateNameTaken):
        front.act(note_templates.change_template, other.id, {"name": "Cold"}, actor=front.cast.doctor)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": "x"},
        {"name": " ", "body": "x"},
        {"name": "x" * 81, "body": "x"},
        {"name": "x", "body": "y" * 10_001},
    ],
)
def test_a_template_needs_a_name_and_a_text(front: Any, values: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        front.act(note_templates.add_template, values, actor=front.cast.doctor)
    assert names(front) == []


def test_there_is_an_end_to_templates(front: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note_templates, "MOST_TEMPLATES", 1)
    add(front)
    with pytest.raises(TooManyTemplates):
        add(front, name="Cough")
