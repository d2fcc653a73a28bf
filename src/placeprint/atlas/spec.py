"""What all parts of recipes and suites share; what is wrong with one, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    location = list(problem["loc"])
    kind, context = problem["type"], problem.get("ctx", {})
    key = _readable(location, model)
    if kind == "extra_forbidden":
        owner = _model_at(location[:-1], model)
        keys = [field.alias or name for name, field in owner.model_fields.items()]
        return f"unknown key `{key}`, {closest(str(location[-1]), keys)}"
    if kind == "missing":
        return f"key `{key}` is missing"
    if kind == "union_tag_not_found":
        tags = [tag for tag, _ in _tagged(_annotation_at(location, model))]
        return f"key `{key}.kind` is missing, {closest('', tags)}"
    if kind == "union_tag_invalid":
        tags = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        return f"`{key}.kind` is {context['tag']!r}, {closest(context['tag'], tags)}"
    if kind == "value_error":
        message = str(context["error"])
        return f"`{key}`: {message}" if key else message
    if kind == "literal_error":
        listed = context["expected"].replace(" or ", ",").split(",")
        options = [option.strip(" '") for option in listed]
        return f"`{key}` is {problem['input']!r}, {closest(str(problem['input']), options)}"
    return f"`{key}` is {problem['input']!r}: {_lower(problem['msg'])}"


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _readable(location: list[str | int], model: type[BaseModel]) -> str:
    """The path of keys as written in the file: without the tags pydantic puts in between."""
    parts: list[str] = []
    annotation: Any = model
    for part in location:
        following = _step(annotation, part)
        if not any(part == tag for tag, _ in _tagged(annotation)):
            parts.append(f"[{part}]" if isinstance(part, int) else f".{part}")
        annotation = following
    return "".join(parts).lstrip(".")


def _model_at(location: list[str | int], model: type[BaseModel]) -> type[BaseModel]:
    found = _annotation_at(location, model)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else model


def _annotation_at(location: list[str | int], model: type[BaseModel]) -> Any:
    annotation: Any = model
    for part in location:
        annotation = _step(annotation, part)
    return annotation


def _step(annotation: Any, part: str | int) -> Any:
    """The annotation one key further down."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return _without_none(field.annotation) if field else Any
    for tag, member in _tagged(annotation):
        if tag == part:
            return member
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return arguments[1]
    if origin is list:
        return arguments[0]
    return annotation


def _without_none(annotation: Any) -> Any:
    """X of an optional ``X | None``."""
    members = [member for member in get_args(annotation) if member is not NoneType]
    optional = get_origin(annotation) in {Union, UnionType} and len(members) == 1
    return members[0] if optional else annotation


def _tagged(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """The members of a discriminated union by their ``kind``."""
    if get_origin(annotation) is not None and hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in {Union, UnionType}:
        return
    for member in get_args(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            kind = member.model_fields.get("kind")
            if kind is not None:
                yield from ((tag, member) for tag in get_args(kind.annotation))
