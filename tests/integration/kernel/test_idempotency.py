"""The same request again: one act, one answer, also when both come at once or the first one breaks off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask, Response, g, jsonify, request
from flask_babel import Babel
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.kernel import clock, crypto, idempotency
from app.kernel import db as database
from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict
from app.kernel.models import IdempotencyKey, ProviderEvent
from app.web import replies
from app.web.idempotency import idempotent, idempotent_in_steps
from config import TestConfig
from tests.plugins.databases import Database

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
Post = Callable[..., TestResponse]


def leave_a_mark() -> str:
    """The act of these tests: one row that can be counted."""
    mark = uuid4().hex
    db.session.add(ProviderEvent(source="test", event_id=mark, payload={}, received_at=clock.now()))
    db.session.flush()
    return mark


def act() -> Response:
    with transaction():
        mark = leave_a_mark()
        match request.args.get("then"):
            case "refuse":
                raise Conflict
            case "break":
                raise ConnectionError("the line is cut")
            case "answer an error":
                return Response("{}", 409)
        response = jsonify(mark=mark)
        response.status_code = 201
        return response


@pytest.fixture(scope="module")
def acts(new_database: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with nothing but these acts, for users named by a header."""
    app = Flask(__name__)
    app.config.from_object(TestConfig(new_database().url, tmp_path_factory.mktemp("instance")))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    crypto.configure(app.config["FIELD_ENCRYPTION_KEYS"])
    database.init_app(app)
    Babel(app)
    replies.init_app(app)
    app.before_request(sign_in)
    once = idempotent(ignoring_number)
    app.add_url_rule("/api/v1/acts/<int:number>", "once", once, methods=["POST"])
    app.add_url_rule("/api/v1/acts/<int:number>/", "once", once, methods=["POST"])
    app.add_url_rule("/api/v1/steps/<int:number>", "steps", idempotent_in_steps(ignoring_number), methods=["POST"])
    yield app
    with app.app_context():
        db.engine.dispose()


def ignoring_number(number: int) -> Response:
    return act()


def sign_in() -> None:
    user = request.headers.get("X-User")
    g.actor = Actor(name=f"user {user}", user_id=int(user) if user else None)


@pytest.fixture
def post(acts: Flask) -> Iterator[Post]:
    with acts.app_context(), transaction():
        db.session.query(IdempotencyKey).delete()
        db.session.query(ProviderEvent).delete()

    def send(
        key: str | None = "key-1", path: str = "/api/v1/acts/1", *, user: int | None = 1, body: object = None
    ) -> TestResponse:
        headers = ({"X-User": str(user)} if user else {}) | ({"Idempotency-Key": key} if key is not None else {})
        return acts.test_client().post(path, data=json.dumps(body or {"amount": "12.50"}), headers=headers)

    with clock.freeze(NOW):
        yield send


@pytest.fixture
def marks(acts: Flask) -> Callable[[], int]:
    def count() -> int:
        with acts.app_context():
            return db.session.scalar(select(func.count()).select_from(ProviderEvent)) or 0

    return count


ONCE, STEPS = "/api/v1/acts/1", "/api/v1/steps/1"
both_ways = pytest.mark.parametrize("path", [ONCE, STEPS])


@both_ways
def test_the_same_request_again_gets_the_same_answer_and_acts_once(
    post: Post, marks: Callable[[], int], path: str
) -> None:
    first, again = post(path=path), post(path=path)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert marks() == 1


def test_without_a_key_every_request_acts(post: Post, marks: Callable[[], int]) -> None:
    assert post(None).json != post(None).json
    assert marks() == 2


def test_a_trailing_slash_is_the_same_request(post: Post, marks: Callable[[], int]) -> None:
    assert post(path="/api/v1/acts/1").json == post(path="/api/v1/acts/1/").json
    assert marks() == 1


def test_keys_of_other_users_and_other_routes_are_other_keys(post: Post, marks: Callable[[], int]) -> None:
    post()
    post(user=2)
    post(path=STEPS)
    post("key-2")
    assert marks() == 4


@both_ways
def test_another_body_with_the_key_is_refused(post: Post, marks: Callable[[], int], path: str) -> None:
    post(path=path)
    refused = post(path=path, body={"amount": "99.00"})
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")
    assert list(refused.json["errors"]) == ["Idempotency-Key"]
    assert marks() == 1


def test_the_key_for_another_row_or_with_another_query_is_refused(post: Post, marks: Callable[[], int]) -> None:
    post()
    assert post(path="/api/v1/acts/2").status_code == 422
    assert post(path="/api/v1/acts/1?then=else").status_code == 422
    assert marks() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel", "a\tb"])
def test_an_unusable_key_is_refused(post: Post, marks: Callable[[], int], key: str) -> None:
    refused = post(key)
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_unusable")
    assert marks() == 0


@pytest.mark.parametrize("then", ["refuse", "answer an error"])
def test_a_refused_request_leaves_nothing_and_may_be_sent_again(
    post: Post, marks: Callable[[], int], then: str
) -> None:
    for _ in range(2):
        assert post(path=f"{ONCE}?then={then}").status_code == 409
    assert marks() == 0
    assert post().status_code == 201


@both_ways
def test_a_request_that_breaks_leaves_nothing_and_may_be_sent_again(
    post: Post, marks: Callable[[], int], path: str
) -> None:
    assert post(path=f"{path}?then=break").status_code == 500
    assert marks() == 0
    assert post(path=path).status_code == 201


def test_after_a_day_the_key_is_free_again(post: Post, marks: Callable[[], int]) -> None:
    first = post()
    with clock.freeze(NOW + timedelta(hours=23, minutes=59)):
        assert post().json == first.json
    with clock.freeze(NOW + timedelta(hours=24)):
        assert post(body={"amount": "99.00"}).json != first.json
    assert marks() == 2


def test_answers_older_than_a_day_are_forgotten(acts: Flask, post: Post) -> None:
    post("old")
    with clock.freeze(NOW + timedelta(hours=12)):
        post("new")
    with acts.app_context(), transaction():
        assert idempotency.forget_expired(now=NOW + timedelta(hours=24)) == 1
        assert db.session.scalars(select(IdempotencyKey.key)).all() == ["new"]


@pytest.mark.parametrize("many", [8])
def test_of_requests_that_come_at_once_one_acts_and_all_get_its_answer(
    post: Post, marks: Callable[[], int], many: int
) -> None:
    with ThreadPoolExecutor(many) as pool:
        answers = list(pool.map(lambda _: post(), range(many)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["mark"] for answer in answers}) == 1
    assert marks() == 1


def test_in_steps_those_that_come_meanwhile_are_told_to_wait(post: Post, marks: Callable[[], int]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(path=STEPS), range(8)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.json["code"] for answer in answers if answer not in done} <= {"idempotency_in_progress"}
    assert len({answer.json["mark"] for answer in done}) == 1
    assert marks() == 1


def test_an_act_in_steps_that_died_is_carried_out_again_after_two_minutes(acts: Flask, post: Post) -> None:
    post(path=STEPS)
    with acts.app_context(), transaction():
        db.session.scalars(select(IdempotencyKey)).one().status_code = idempotency.UNANSWERED
    assert post(path=STEPS).json["code"] == "idempotency_in_progress"
    with clock.freeze(NOW + idempotency.GIVEN_UP):
        again = post(path=STEPS)
        assert again.status_code == 201
        assert post(path=STEPS).json == again.json


def test_an_answer_that_an_earlier_release_kept_as_it_was_is_given_again(acts: Flask) -> None:
    ask = idempotency.Ask(7, "POST once", uuid4().hex, "0" * 64)
    with acts.app_context(), transaction():
        assert idempotency.claim(ask, now=NOW) is None
        row = db.session.scalars(select(IdempotencyKey).where(IdempotencyKey.key == ask.key)).one()
        row.status_code, row.response_body = 201, '{"mark":"before"}'
        db.session.flush()
        assert idempotency.claim(ask, now=NOW) == idempotency.Answer(201, '{"mark":"before"}')
