"""The recipe: which raw files make up a study area, and how each becomes a layer.

One YAML file per study area. Every mapping refuses keys it does not know and suggests the right
one; where a part can come from several kinds of source, ``kind`` says which.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, Union

import yaml
from pydantic import Field, ValidationError

from placeprint.atlas.spec import Name, Spec, explain
from placeprint.building import layers
from placeprint.building.layer import LayerSpec
from placeprint.building.layers.labels import LabelSpec, UnitSpec
from placeprint.errors import InputError, Problems, closest
from placeprint.typing import PathLike

__all__ = ["Recipe", "load_recipe", "parse_recipe"]

SECTIONS = ("regions", "units", "graphs", "entities", "features", "labels")
"""The parts of an atlas in the order in which they are made: features are encoded from entities."""


def _kinds(section: str) -> Any:
    """The union of all kinds of a section: our own, and those that other packages register."""
    for module in pkgutil.iter_modules(layers.__path__):
        importlib.import_module(f"{layers.__name__}.{module.name}")
    for entry in entry_points(group="placeprint.layers"):
        entry.load()
    found = {
        kind.__name__: kind
        for kind in _descendants(LayerSpec)
        if getattr(kind, "section", None) == section and "kind" in kind.model_fields
    }
    return Annotated[Union[tuple(found.values())], Field(discriminator="kind")]  # noqa: UP007


def _descendants(cls: type[LayerSpec]) -> Iterator[type[LayerSpec]]:
    for one in cls.__subclasses__():
        yield one
        yield from _descendants(one)


if TYPE_CHECKING:
    RegionSpec: TypeAlias = LayerSpec
    GraphSpec: TypeAlias = LayerSpec
    EntitySpec: TypeAlias = LayerSpec
    FeatureSpec: TypeAlias = LayerSpec
else:
    RegionSpec, GraphSpec, EntitySpec, FeatureSpec = map(
        _kinds, ("regions", "graphs", "entities", "features")
    )


class Recipe(Spec):
    """A study area: its regions and its layers.

    Example:
        >>> recipe = Recipe.model_validate(
        ...     {"name": "a", "regions": {"kind": "h3", "resolution": 6, "cover": "a.geojson"}}
        ... )
        >>> list(recipe.layers())
        ['regions']
    """

    name: Name
    description: str = ""
    licence: str = ""
    regions: RegionSpec
    units: dict[Name, UnitSpec] = Field(default_factory=dict)
    graphs: dict[Name, GraphSpec] = Field(default_factory=dict)
    entities: dict[Name, EntitySpec] = Field(default_factory=dict)
    features: dict[Name, FeatureSpec] = Field(default_factory=dict)
    labels: list[LabelSpec] = Field(default_factory=list)

    def layers(self) -> dict[str, LayerSpec]:
        """All layers by key, in the order in which they are made."""
        named: list[Mapping[str, LayerSpec]]
        named = [self.units, self.graphs, self.entities, self.features]
        found: dict[str, LayerSpec] = {"regions": self.regions}
        for specs in named:
            for name, spec in specs.items():
                found |= spec.parts(name)
        for table in self.labels:
            found |= table.parts("")
        return dict(sorted(found.items(), key=lambda one: SECTIONS.index(one[0].split("/")[0])))

    def disagreements(self) -> Iterator[str]:
        """What is wrong between its parts, in words."""
        made = [(f"features {n!r}", spec.parts(n)) for n, spec in self.features.items()]
        for name, parts in made:
            for key in parts:
                if key.removeprefix("entities/") in self.entities and key.startswith("entities/"):
                    yield f"{name} write {key}, and so does an entry of `entities`: rename one"
        layers = {"regions": self.regions, **self.layers()}
        entities = {k.split("/")[1]: v for k, v in layers.items() if k.startswith("entities/")}
        texts = [name for name, spec in entities.items() if spec.has_text]
        tagged = [name for name, spec in entities.items() if spec.has_tags]
        for name in self.entities:
            if name in {*self.units, "region", "point"}:
                yield f"entities {name!r} have the name of a level: rename them"
        for name, spec in self.features.items():
            of = getattr(spec, "entities", None)
            if of is not None and of not in texts:
                advice = _advice(of, texts, "entities from OpenStreetMap")
                yield f"features {name!r} are of entities {of!r}, which have no text: {advice}"
        seen: set[str] = set()
        for table in self.labels:
            if table.entities is not None and table.entities not in tagged:
                advice = _advice(table.entities, tagged, "buildings or points from OpenStreetMap")
                yield f"labels come from the tags of {table.entities!r}, which have none: {advice}"
            if table.level is not None and table.level not in self.units:
                advice = _advice(table.level, self.units, "units")
                yield f"labels speak of level {table.level!r}: {advice}"
            for task, about in table.tasks.items():
                if task in seen:
                    yield f"task {task!r} is declared twice"
                seen.add(task)
                known = {*self.features, *self.graphs}
                for leaked in sorted(set(about.leaks) - known):
                    advice = closest(leaked, known)
                    yield f"task {task!r} leaks {leaked!r}, which is no layer: {advice}"


def _advice(name: str, options: Iterable[str], what: str) -> str:
    """The option that was probably meant, or that there is none."""
    known = list(options)
    return closest(name, known) if known else f"there are no {what}"


def load_recipe(path: PathLike) -> Recipe:
    """Read and validate a recipe.

    Args:
        path: A YAML file.

    Raises:
        InputError: If it is missing or not valid; the message names each wrong key, what was
            found and what was expected, and suggests the key that was probably meant.
    """
    problems = Problems()
    recipe = parse_recipe(path, problems)
    problems.check()
    assert recipe is not None
    return recipe


def parse_recipe(path: PathLike, problems: Problems) -> Recipe | None:
    """Read a recipe as far as it is valid, so that what is wrong elsewhere can be told as well.

    Args:
        path: A YAML file.
        problems: Takes what is wrong with it.

    Returns:
        The recipe without the entries that are not valid; None if nothing is left to go on with.
    """
    source = Path(path)
    content: Any = None
    with problems.collecting():
        content = _read_yaml(source)
    while content is not None:
        try:
            recipe = Recipe.model_validate(content)
        except ValidationError as error:
            for problem in error.errors():
                problems.add(explain(problem, Recipe), source)
            content = _without(content, [problem["loc"] for problem in error.errors()])
        else:
            whole = not problems.found
            for text in recipe.disagreements():
                if whole:
                    problems.add(text, source)
            return recipe
    return None


def _without(content: dict[str, Any], places: list[tuple[int | str, ...]]) -> Any:
    """A recipe without its wrong entries; None if it cannot do without one of them."""
    last_first = sorted(places, key=lambda place: [-one for one in place if isinstance(one, int)])
    for section, *entry in last_first:
        part = content.get(str(section))
        if isinstance(part, dict) and entry and section != "regions":
            part.pop(entry[0], None)
        elif isinstance(part, list) and entry and int(entry[0]) < len(part):
            part.pop(int(entry[0]))
        elif section in {"name", "regions"}:
            return None
        else:
            content.pop(str(section), None)
    return content


class _StrictLoader(yaml.SafeLoader):
    """Reads YAML in which no key occurs twice; what is no plain number or truth value is text.

    So ``NO`` is Norway, ``010`` a code and ``12:30`` a time, as in YAML 1.2; PyYAML's 1.1 makes
    false, 8 and 750 of them.
    """

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as PyYAML has it

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping of keys that differ."""
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if lines.setdefault(str(key.value), line) != line:
                raise InputError(
                    f"key `{key.value}` occurs twice, in lines {lines[key.value]} and {line}",
                    source=self.name,
                    hint="rename one of them, or take one out",
                )
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _StrictLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), [*_first]
    )


def _read_yaml(source: Path) -> dict[str, Any]:
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such recipe", source=source) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            f"it is not UTF-8 (byte 0x{error.object[error.start]:02x} in line {line})",
            source=source,
            hint="save it as UTF-8",
        ) from None
    loader = _StrictLoader(text)
    loader.name = str(source)
    try:
        content = loader.get_single_data()
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML ({error})", source=source) from None
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise InputError("expected a mapping with `name` and `regions`", source=source)
    return content
