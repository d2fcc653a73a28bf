"""What comes in has to be JSON, and its text valid: looked at once, before any endpoint."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

__all__ = ["JsonRoute"]


class JsonRoute(APIRoute):
    """A route whose body is JSON in UTF-8, and says so."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """What answers a request."""
        answer = super().get_route_handler()

        async def checked(request: Request) -> Response:
            if request.method == "POST" and not _says_json(request):
                given = request.headers.get("Content-Type", "none")
                raise HTTPException(415, f"the content type is {given}, expected JSON")
            return await answer(_ValidText(request.scope, request.receive))

        return checked


class _ValidText(Request):
    """A request whose text can be written again."""

    async def json(self) -> Any:
        """The body; half a pair of surrogates is valid JSON, but no text that can be answered."""
        text = (await self.body()).decode()
        found = json.loads(text)
        if "\\u" in text:
            try:
                json.dumps(found, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise HTTPException(
                    422, "the body has text that is not valid Unicode: half of a surrogate pair"
                ) from None
        return found


def _says_json(request: Request) -> bool:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
