"""A small Stripe on localhost for the official SDK to talk to: payment intents, charges, refunds, signed events.

with StripeServer() as server:
    StripeApi("sk_test_local", api_base=server.url, webhook_secret="whsec_local")
"""

from __future__ import annotations

import hmac
import json
import re
import socket
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.fakes.stripe_objects import Objects, StripeRefusal

Fault = Literal["error", "busy", "drop", "hang", "html"]
HANG_SECONDS = 30.0


@dataclass(frozen=True)
class Call:
    """One request that arrived."""

    method: str
    path: str
    idempotency_key: str | None
    params: dict[str, str]


class StripeServer:
    """State, faults on demand, and the HTTP server around them. Every method may be called while it serves."""

    def __init__(self, *, secret_key: str = "sk_test_local", webhook_secret: str = "whsec_local") -> None:
        self.secret_key = secret_key
        self.webhook_secret = webhook_secret
        self.calls: list[Call] = []
        self.objects = Objects()
        self._answers: dict[str, tuple[dict[str, str], int, dict[str, Any]]] = {}
        self._faults: list[tuple[Fault, bool]] = []
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"stripe": self}))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    # -- what a test does ----------------------------------------------------------------------------------------------

    def pay(self, intent_id: str, *, brand: str = "visa", last4: str = "4242") -> dict[str, Any]:
        """The patient pays in the browser; answers the intent."""
        with self._lock:
            return self.objects.pay(intent_id, brand=brand, last4=last4)

    def decline(self, intent_id: str) -> dict[str, Any]:
        """The patient's card is declined; answers the intent."""
        with self._lock:
            return self.objects.decline(intent_id)

    def fail_next(self, fault: Fault, *, after_work: bool = False) -> None:
        """Spoil the next request: `error` 500, `busy` 429, `drop` closes the line, `hang` never answers,
        `html` a proxy's page. With `after_work` the request has been carried out by then.
        """
        with self._lock:
            self._faults.append((fault, after_work))

    def event(
        self, kind: str, thing_id: str, *, secret: str | None = None, signed_at: int | None = None, event_id: str = ""
    ) -> tuple[bytes, str]:
        """A webhook about an intent, charge or refund: its body and its Stripe-Signature header."""
        with self._lock:
            body = json.dumps(self.objects.event(kind, thing_id, event_id)).encode()
        return body, sign(body, secret or self.webhook_secret, int(time.time()) if signed_at is None else signed_at)

    def forget_requests(self) -> None:
        """Take every idempotency key for a new one: for a database that was brought back to an earlier state."""
        with self._lock:
            self._answers.clear()

    def count(self, method: str, path: str) -> int:
        """How many requests of this kind arrived; `path` is a regular expression for all of it."""
        return sum(call.method == method and re.fullmatch(path, call.path) is not None for call in self.calls)

    # -- what the network does -----------------------------------------------------------------------------------------

    def answer(self, call: Call, authorization: str) -> tuple[Fault | None, int, dict[str, Any]]:
        """Take one request: a fault to show, or status and body."""
        with self._lock:
            self.calls.append(call)
            fault, after_work = self._faults.pop(0) if self._faults else (None, False)
            if fault and not after_work:
                return fault, 0, {}
            status, body = self._work(call, authorization)
            return fault, status, body

    def wait_for_close(self) -> None:
        self._closing.wait(HANG_SECONDS)

    def _work(self, call: Call, authorization: str) -> tuple[int, dict[str, Any]]:
        if authorization != f"Bearer {self.secret_key}":
            return 401, StripeRefusal(401, "Invalid API Key provided: sk_test_****ocal").body
        try:
            return self._idempotent(call) if call.method == "POST" else (200, self._route(call))
        except StripeRefusal as refusal:
            return refusal.status, refusal.body

    def _idempotent(self, call: Call) -> tuple[int, dict[str, Any]]:
        """Source: https://docs.stripe.com/api/idempotent_requests; refusals of a parameter are not kept."""
        known = self._answers.get(call.idempotency_key or "")
        if known is None:
            body = self._route(call)
            if call.idempotency_key:
                self._answers[call.idempotency_key] = ({"path": call.path} | call.params, 200, body)
            return 200, body
        if known[0] != {"path": call.path} | call.params:
            raise StripeRefusal(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                kind="idempotency_error",
            )
        return known[1], known[2]

    def _route(self, call: Call) -> dict[str, Any]:
        match (call.method, call.path.strip("/").split("/")):
            case ("POST", ["v1", "payment_intents"]):
                return self.objects.create_intent(call.params)
            case ("GET", ["v1", "payment_intents", intent_id]):
                return self.objects.intent(intent_id, expand="latest_charge" in call.params.values())
            case ("GET", ["v1", "charges", charge_id]):
                return self.objects.charge(charge_id)
            case ("POST", ["v1", "refunds"]):
                return self.objects.create_refund(call.params)
        raise StripeRefusal(404, f"Unrecognized request URL ({call.method}: {call.path}).")


def sign(body: bytes, secret: str, signed_at: int) -> str:
    """A Stripe-Signature header. Source: https://docs.stripe.com/webhooks#verify-manually."""
    signature = hmac.new(secret.encode(), str(signed_at).encode() + b"." + body, sha256).hexdigest()
    return f"t={signed_at},v1={signature},v0={'0' * 64}"


class _Handler(BaseHTTPRequestHandler):
    stripe: StripeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the standard library's name
        url = urlsplit(self.path)
        self._reply(Call("GET", url.path, None, {name: values[0] for name, values in parse_qs(url.query).items()}))

    def do_POST(self) -> None:  # the standard library's name
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        key = self.headers.get("Idempotency-Key")
        self._reply(Call("POST", self.path, key, dict(parse_qsl(form, keep_blank_values=True))))

    def _reply(self, call: Call) -> None:
        fault, status, body = self.stripe.answer(call, self.headers.get("Authorization", ""))
        match fault:
            case "drop":
                self._hang_up()
            case "hang":
                self.stripe.wait_for_close()
                self._hang_up()
            case "html":
                self._write(200, b"<html>Please sign in to the guest network</html>")
            case "error":
                self._write_json(500, StripeRefusal(500, "Something went wrong", kind="api_error").body)
            case "busy":
                self._write_json(429, StripeRefusal(429, "Too many requests", code="rate_limit").body)
            case None:
                self._write_json(status, body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _write_json(self, status: int, body: dict[str, Any]) -> None:
        self._write(status, json.dumps(body).encode())

    def _write(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Request-Id", f"req_{len(self.stripe.calls):014d}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Say nothing: the test looks at `calls`."""
