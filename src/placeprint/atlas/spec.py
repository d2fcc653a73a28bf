"""What all parts of recipes and suites share; what is wrong with one, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from placeprint.errors import InputError, closest
from placeprint.typing import PathLike

__all__ = ["Name", "Spec", "TaskSpec", "explain", "validated"]

Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Model = TypeVar("Model", bound=BaseModel)


class Spec(BaseModel):
    """A part of a recipe: unknown keys are refused, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskSpec(Spec):
    """One label column: its kind, measure and transform, and the modalities it leaks into."""

    column: str
    kind: Literal["regression", "classification"] = "regression"
    title: str = ""
    unit: str = ""
    scale: Literal["grid", "point", "county", "city"] = "grid"
    transform: Literal["none", "log1p"] = "none"
    leaks: list[str] = Field(default_factory=list)
    description: str = ""


def validated(model: type[Model], values: object, source: PathLike) -> Model:
    """Values as an instance of a pydantic model.

    Args:
        model: The model's class.
        values: What was read.
        source: Where it was read from, for the message.

    Raises:
        InputError: Naming each wrong key, what was found, and the key that was probably meant.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = "; ".join(explain(problem, model) for problem in error.errors())
        raise InputError(found, source=source) from None


def explain(problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    """One of pydantic's problems as a sentence.

    Args:
        problem: An entry of ``ValidationError.errors()``.
        model: The model that was validated.

    Example:
        >>> from pydantic import ConfigDict, ValidationError
        >>> class Model(BaseModel):
        ...     model_config = ConfigDict(extra="forbid")
        ...     layers: int = 2
        >>> try:
        ...     Model.model_validate({"layer": 3})
        ... except ValidationError as error:
        ...     explain(error.errors()[0], Model)
        "unknown key `layer`, did you mean 'layers'?"
    """
    kind, given, context = problem["type"], problem["input"], problem.get("ctx", {})
    key, owner = _place(problem["loc"], model)
    if kind == "extra_forbidden":
        return f"unknown key `{key}`, {closest(str(problem['loc'][-1]), _keys(owner))}"
    if kind == "missing":
        return f"key `{key}` is missing"
    if kind == "union_tag_not_found":
        return f"key `{key}.kind` is missing, {closest('', _tagged(owner))}"
    if kind == "union_tag_invalid":
        return f"`{key}.kind` is {context['tag']!r}, {closest(context['tag'], _tagged(owner))}"
    if kind == "value_error":
        return f"`{key}`: {context['error']}" if key else str(context["error"])
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        return f"`{key}` is {given!r}, {closest(str(given), options)}"
    return f"`{key}` is {given!r}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _place(location: Iterable[str | int], model: type[BaseModel]) -> tuple[str, Any]:
    """The path of keys as written in the file, and what is expected there, or around a wrong key.

    Pydantic puts the tag of a union between the keys, which is left out.
    """
    parts: list[str] = []
    expected: Any = model
    for part in location:
        origin, inner = get_origin(expected), get_args(expected)
        tagged = _tagged(expected)
        if part in tagged:
            expected = tagged[str(part)]
            continue
        parts.append(f"[{part}]" if isinstance(part, int) else f".{part}")
        if isinstance(expected, type) and issubclass(expected, BaseModel):
            field = expected.model_fields.get(str(part))
            expected = _without_none(field.annotation) if field else expected
        elif origin in {dict, list}:
            expected = inner[-1]
    return "".join(parts).lstrip("."), expected


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _without_none(annotation: Any) -> Any:
    """X of an optional ``X | None``."""
    members = [member for member in get_args(annotation) if member is not NoneType]
    optional = get_origin(annotation) in {Union, UnionType} and len(members) == 1
    return members[0] if optional else annotation


def _tagged(annotation: Any) -> dict[str, type[BaseModel]]:
    """The members of a discriminated union by their ``kind``."""
    if hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in {Union, UnionType}:
        return {}
    members = [one for one in get_args(annotation) if hasattr(one, "model_fields")]
    kinds = ((member, member.model_fields.get("kind")) for member in members)
    return {tag: member for member, kind in kinds if kind for tag in get_args(kind.annotation)}
