"""`Idempotency-Key` of bookings and money: the same request again gets the same answer, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import ParamSpec

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import N_, Invalid
from app.kernel.idempotency import Answer, Ask, claim, keep, release
from app.web.security import current_actor

HEADER = "Idempotency-Key"
LONGEST_KEY = 200

P = ParamSpec("P")
Act = Callable[P, ResponseReturnValue]


class UnusableKey(Invalid):
    code = "idempotency_key_unusable"
    template = N_("An Idempotency-Key has 1 to %(longest)d printable ASCII characters.")


class _NotDone(Exception):
    """Carries an error answer out of the transaction, which is thereby undone."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def idempotent(act: Act[P]) -> Act[P]:
    """For an act of one transaction: the answer is kept in it, so a crash leaves neither. Goes under the access check.

    An error answer, raised or returned, undoes everything and is not kept. Refuses: UnusableKey, KeyReused.
    """

    @wraps(act)
    def once(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        ask = _asked()
        if ask is None:
            return act(*args, **kwargs)
        try:
            with transaction(current_actor()):
                answer = claim(ask, now=clock.now())
                return _again(answer) if answer else _carry_out(ask, lambda: act(*args, **kwargs))
        except _NotDone as refused:
            return refused.response

    return once


def idempotent_in_steps(act: Act[P]) -> Act[P]:
    """For an act that calls a provider between transactions of its own, none of which may stay open meanwhile.

    The same request meanwhile is refused with StillInProgress. After a crash it is carried out again two minutes later:
    such an act finds the pending work of its first run by the key that it gave the provider.
    """

    @wraps(act)
    def once(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        ask = _asked()
        if ask is None:
            return act(*args, **kwargs)
        with transaction(current_actor()):
            answer = claim(ask, now=clock.now())
        if answer:
            return _again(answer)
        try:
            response = make_response(act(*args, **kwargs))
        except BaseException:
            _settle(ask, None)
            raise
        _settle(ask, _answer(response) if response.status_code < HTTPStatus.BAD_REQUEST else None)
        return response

    return once


def _carry_out(ask: Ask, act: Callable[[], ResponseReturnValue]) -> Response:
    response = make_response(act())
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise _NotDone(response)
    keep(ask, _answer(response))
    return response


def _settle(ask: Ask, answer: Answer | None) -> None:
    with transaction(current_actor()):
        if answer is None:
            release(ask)
        else:
            keep(ask, answer)


def _asked() -> Ask | None:
    """What this request asks for; None without a key or without a user. Another address is another request."""
    key, user_id = request.headers.get(HEADER), current_actor().user_id
    if key is None or user_id is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise UnusableKey(field=HEADER, longest=LONGEST_KEY)
    asked = b"\n".join([request.path.rstrip("/").encode(), request.query_string, request.get_data()])
    return Ask(user_id, f"{request.method} {request.endpoint}", key, sha256(asked).hexdigest())


def _answer(response: Response) -> Answer:
    return Answer(response.status_code, response.get_data(as_text=True))


def _again(answer: Answer) -> Response:
    response = Response(answer.body, answer.status_code, mimetype="application/json")
    response.headers["Idempotency-Replayed"] = "true"
    return response
