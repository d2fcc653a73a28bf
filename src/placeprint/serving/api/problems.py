"""What is refused, as JSON: the problem, and what to do about it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from placeprint.errors import InputError
from placeprint.serving.run_source import UnknownPlaceError

__all__ = ["PROBLEMS", "Problem", "handle_problems", "problem"]


class Problem(BaseModel):
    """Why a request was refused."""

    problem: str = Field(description="What was found, and what was expected.")
    hint: str | None = Field(None, description="What to do about it.")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body is not JSON."},
    401: {"model": Problem, "description": "The key is missing or wrong."},
    404: {"model": Problem, "description": "There is no such place, label or modality."},
    408: {"model": Problem, "description": "The body did not come in time."},
    413: {"model": Problem, "description": "The body is too large."},
    415: {"model": Problem, "description": "The body is not said to be JSON."},
    422: {"model": Problem, "description": "The request cannot be used."},
}
"""What an endpoint may refuse, for its description."""

_HINTS = {
    400: "send valid JSON",
    404: "see /docs for what there is",
    405: "see /docs for the method",
    415: "send the header Content-Type: application/json, of curl by "
    "-H 'Content-Type: application/json'",
}


def problem(status: int, text: str, hint: str | None = None) -> JSONResponse:
    """An answer that says why."""
    return JSONResponse({"problem": text, "hint": hint}, status)


def handle_problems(app: FastAPI) -> None:
    """Answer every error of an app by a :class:`Problem`."""
    app.add_exception_handler(InputError, _input)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _input(_request: Request, error: Exception) -> JSONResponse:
    text, _, hint = str(error).partition(" To mend it: ")
    status = 404 if isinstance(error, UnknownPlaceError) else 422
    return problem(status, text.rstrip("."), hint.rstrip(".") or None)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # it is the handler of these
    found = error.errors()
    first = found[0]
    parts = [part for part in first["loc"] if part != "body"]
    # The kind of a body stands beside the field of that name: one of the two is enough.
    twice = [isinstance(part, str) and part in parts[i - 1 : i] for i, part in enumerate(parts)]
    where = ".".join(str(part) for part, left in zip(parts, twice, strict=True) if not left)
    said = first["msg"][:1].lower() + first["msg"][1:]
    if first["type"] == "json_invalid":
        return problem(400, f"the body is not JSON: {first['ctx']['error']}", _HINTS[400])
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return problem(422, f"{where or 'the body'}: {said}{more}", "see /docs for what is expected")


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # it is the handler of these
    found = problem(error.status_code, str(error.detail).lower(), _HINTS.get(error.status_code))
    found.headers.update(error.headers or {})
    return found


def _unexpected(_: Request, _error: Exception) -> JSONResponse:
    # What went wrong is in the log; the asker learns nothing of the inside.
    return problem(500, "something went wrong here", "see the log of the service")
