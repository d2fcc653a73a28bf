"""The description of the interface as a page that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

__all__ = ["POLICY", "reference_page"]

_TEMPLATES: Final = Path(__file__).parent / "templates"
_STYLE: Final = (_TEMPLATES / "reference.css").read_text(encoding="utf-8")
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY: Final = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:"
"""What the page may load: its own style, and nothing else."""


def reference_page(openapi: dict[str, Any]) -> str:
    """The page of an OpenAPI description.

    Args:
        openapi: The description, version 3.1.

    Example:
        >>> info = {"title": "t", "summary": "", "version": "1"}
        >>> "<h1>t</h1>" in reference_page({"info": info, "paths": {}})
        True
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup, escape

    def marked(text: str) -> Markup:
        """Names in backticks as code."""
        return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = marked
    schemas = openapi.get("components", {}).get("schemas", {})
    operations = [
        _operation(method, path, operation, schemas)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    style = Markup(_STYLE)
    page = environment.get_template("reference.html")
    return page.render(info=openapi["info"], operations=operations, style=style)


def _operation(
    method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]
) -> dict[str, Any]:
    """What the page says of one endpoint."""
    answers = operation.get("responses", {})
    answer: dict[str, Any] = next(
        (found for status, found in answers.items() if status.startswith("2")), {}
    )
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = [
        {
            "name": example.get("summary", name),
            "curl": _curl(method, path, example["value"]),
        }
        for name, example in body.get("examples", {}).items()
    ]
    return {
        "id": f"{method}{path}".replace("/", "-").strip("-"),
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [
            parameter | {"kind": _kind(parameter.get("schema", {}), schemas)}
            for parameter in operation.get("parameters", [])
        ],
        "examples": examples or [{"name": "", "curl": _curl(method, path, None)}],
        "fields": _fields(
            answer.get("content", {}).get("application/json", {}).get("schema", {}), schemas
        ),
        "refusals": {
            status: found.get("description", "")
            for status, found in answers.items()
            if not status.startswith("2")
        },
    }


def _curl(method: str, path: str, value: Any) -> str:
    address = f"http://127.0.0.1:8080{path}"
    if value is None:
        return f"curl {address}" if method == "get" else f"curl -X {method.upper()} {address}"
    return f"curl {address} -H 'Content-Type: application/json' \\\n  -d '{json.dumps(value)}'"


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, str]]:
    """The fields of an answer, those of its parts indented behind a dot."""
    found: list[dict[str, str]] = []

    def gather(schema: dict[str, Any], prefix: str) -> None:
        resolved = _resolved(schema, schemas)
        for name, field in resolved.get("properties", {}).items():
            about = {"name": prefix + name, "kind": _kind(field, schemas)}
            found.append(about | {"description": field.get("description", "")})
            inner = field.get("items") or field.get("additionalProperties")
            if isinstance(inner, dict):
                gather(inner, f"{prefix}{name}[]." if "items" in field else f"{prefix}{name}.*.")

    gather(schema, "")
    return found


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """The kind of a value in a word or two."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one, schemas) for one in schema["anyOf"]))
    resolved = _resolved(schema, schemas)
    kind = str(resolved.get("type", "object"))
    inner = resolved.get("items")
    if kind == "array" and inner:
        return f"array of {_kind(inner, schemas)}"
    return kind


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    resolved: dict[str, Any] = schemas.get(name, schema)
    return resolved
