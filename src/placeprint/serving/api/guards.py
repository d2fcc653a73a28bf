"""What stands before every endpoint: the key, the size of bodies, safe headers, the count."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from placeprint.serving.api.metrics import Metrics
from placeprint.serving.api.problems import problem

__all__ = ["BodyLimit", "Counted", "HeadAsGet", "KeyNeeded", "SafeHeaders"]

_BODY_SECONDS: Final = 20.0
"""How long a client may take to send its body."""

_OPEN: Final = frozenset({"/", "/docs", "/openapi.json", "/healthz"})
"""What holds nothing of the data, and needs no key."""


class HeadAsGet:
    """Answers HEAD as GET; the server leaves the body out.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


class Counted:
    """Counts every answer, and how long it took.

    Args:
        app: What answers.
        metrics: Where it is counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, start = 500, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.in_progress += 1
        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.in_progress -= 1
            seconds = time.perf_counter() - start
            path = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if path != "other" else "other"
            self._metrics.finished(method, path, status, seconds)


class SafeHeaders:
    """Adds the headers that keep a browser from doing more than it should.

    Args:
        app: What answers.
        policies: The content policy of the pages by path; everything else may load nothing.
    """

    def __init__(self, app: ASGIApp, policies: Mapping[str, str]) -> None:
        self._app = app
        self._policies = policies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        policy = self._policies.get(scope.get("path", ""), "default-src 'none'")

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "no-referrer"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, adding)


class KeyNeeded:
    """Lets in who has the key.

    Args:
        app: What answers.
        key: The key, which the header ``X-API-Key`` has to hold.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path not in _OPEN and not path.startswith("/static/"):
            given = Headers(scope=scope).get("X-API-Key", "")
            # In constant time, so that nobody can feel their way to the key.
            if not hmac.compare_digest(given.encode("latin-1"), self._key):
                what = "the key is wrong" if given else "a key is needed"
                refusal = problem(401, what, "send it in the header X-API-Key")
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Reads the body of a request, and no more of it than is allowed.

    A body may come in chunks without saying how long it is: what counts is what has come.

    Args:
        app: What answers.
        most: How many bytes a body may have.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("Content-Length", "0")
        if said.isdigit() and int(said) > self._most:
            await self._refuse(scope, receive, send)
            return
        body = bytearray()
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                more = True
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        return  # the client is gone
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self._most:
                        await self._refuse(scope, receive, send)
                        return
        except TimeoutError:
            late = problem(408, f"the body did not come within {_BODY_SECONDS:g} s")
            late.headers["Connection"] = "close"
            await late(scope, receive, send)
            return
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = problem(
            413, f"the body is larger than {self._most:,} bytes", "ask in several requests"
        )
        refusal.headers["Connection"] = "close"
        await refusal(scope, receive, send)
