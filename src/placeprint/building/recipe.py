"""The recipe: which raw files make up a study area, and how each becomes a layer.

One YAML file per study area. Every mapping refuses keys it does not know and suggests the right
one; where a part can come from several kinds of source, ``kind`` says which.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Collection, Iterable, Iterator
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
    all_of_them, found = [LayerSpec], {}
    for kind in all_of_them:
        all_of_them += kind.__subclasses__()  # which are looked at in their turn
        if getattr(kind, "section", None) == section and "kind" in kind.model_fields:
            found[kind.__name__] = kind
    return Annotated[Union[tuple(found.values())], Field(discriminator="kind")]  # noqa: UP007


if TYPE_CHECKING:
    RegionSpec: TypeAlias = LayerSpec
    GraphSpec: TypeAlias = LayerSpec
    EntitySpec: TypeAlias = LayerSpec
    FeatureSpec: TypeAlias = LayerSpec
else:
    RegionSpec, GraphSpec = _kinds("regions"), _kinds("graphs")
    EntitySpec, FeatureSpec = _kinds("entities"), _kinds("features")


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
        found: dict[str, LayerSpec] = {"regions": self.regions} if self.regions else {}
        for specs in (self.units, self.graphs, self.entities, self.features):
            for name, spec in specs.items():
                found |= spec.parts(name)
        for table in self.labels:
            found |= table.parts("")
        return dict(sorted(found.items(), key=lambda one: SECTIONS.index(one[0].split("/")[0])))

    def disagreements(self, lost: Collection[str] = ()) -> Iterator[str]:
        """What is wrong between its parts, in words.

        Args:
            lost: Names that may be meant, though the recipe is without the entries.
        """

        def unknown(what: str, name: str | None, options: Iterable[str], kind: str) -> list[str]:
            known = {*options, *lost}
            if name is None or name in known:
                return []
            advice = closest(name, known) if known else f"there are no {kind}"
            return [f"{what.format(repr(name))}: {advice}"]

        layers = self.layers().items()
        entities = {k.split("/")[1]: v for k, v in layers if k.startswith("entities/")}
        texts = [name for name, spec in entities.items() if spec.has_text]
        tagged = [name for name, spec in entities.items() if spec.has_tags]
        for name in self.entities:
            if name in {*self.units, "region", "point"}:
                yield f"entities {name!r} have the name of a level: rename them"
        for name, spec in self.features.items():
            for key in spec.parts(name).keys() & {f"entities/{one}" for one in self.entities}:
                twice = f"features {name!r} write {key}, and so does an entry of `entities`"
                yield f"{twice}: rename one"
            what = f"features {name!r} are of entities {{}}, which have no text"
            of = getattr(spec, "entities", None)
            yield from unknown(what, of, texts, "entities from OpenStreetMap")
        tasks = [task for table in self.labels for task in table.tasks]
        for task in sorted({task for task in tasks if tasks.count(task) > 1}):
            yield f"task {task!r} is declared twice: rename one"
        for table in self.labels:
            what, kind = "labels come from the tags of {}, which have none", "buildings or points"
            yield from unknown(what, table.entities, tagged, f"{kind} from OpenStreetMap")
            yield from unknown("labels speak of level {}", table.level, self.units, "units")
            for task, about in table.tasks.items():
                what = f"task {task!r} leaks {{}}, which is no layer"
                for leaked in sorted({*about.leaks}):
                    known = {*self.features, *self.graphs}
                    yield from unknown(what, leaked, known, "features and graphs")


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
        The recipe without the entries that are not valid, perhaps without regions; None if it
        cannot be read.
    """
    source, lost = Path(path), set[str]()
    content: Any = None
    with problems.collecting():
        content = _read_yaml(source)
    while content is not None:
        try:
            recipe = Recipe.model_validate(content)
        except ValidationError as error:
            for problem in error.errors():
                problems.add(explain(problem, Recipe), source)
            content, names = _without(content, [problem["loc"] for problem in error.errors()])
            lost |= names
        else:
            if not lost & {*SECTIONS[1:]}:
                for text in recipe.disagreements(lost):
                    problems.add(text, source)
            return recipe.model_copy(update={"regions": None}) if "regions" in lost else recipe
    return None


def _without(
    content: dict[str, Any], places: Iterable[tuple[int | str, ...]]
) -> tuple[dict[str, Any], set[str]]:
    """A recipe without its wrong entries, what it needs made up; and the names of these entries."""
    wrong = {tuple(map(str, place[: 1 if place[0] == "regions" else 2])) for place in places}
    kept = {"name": "recipe", "regions": {"kind": "table", "file": "", "region": ""}}
    kept |= {section: part for section, part in content.items() if (str(section),) not in wrong}
    for section, part in kept.items():
        if isinstance(part, list):
            kept[section] = [v for k, v in enumerate(part) if (section, str(k)) not in wrong]
        elif isinstance(part, dict):
            kept[section] = {k: v for k, v in part.items() if (section, str(k)) not in wrong}
    return kept, {place[-1] for place in wrong}


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
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines:
                problem = f"key `{name}` occurs twice, in line {lines[name]} and in line {line}"
                hint = "rename one of them, or take one out"
                raise InputError(problem, source=self.name, hint=hint)
            lines[name] = line
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _plain = re.compile(f"^(?:{_pattern})$", re.ASCII)
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _plain, [*_first])


def _read_yaml(source: Path) -> dict[str, Any]:
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such recipe", source=source) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = f"it is not UTF-8 (byte 0x{error.object[error.start]:02x} in line {line})"
        raise InputError(problem, source=source, hint="save it as UTF-8") from None
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
