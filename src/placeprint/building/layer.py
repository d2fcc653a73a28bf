"""A layer of an atlas: what declares it, what it depends on, how it is read and written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar

import pandas as pd

from placeprint.atlas.spec import Spec
from placeprint.errors import InputError, closest, listing
from placeprint.files import replacing, sha256, write_table, write_vectors
from placeprint.mobility.covisits import Engine
from placeprint.regions import Regions
from placeprint.sources import Coverage, Table
from placeprint.sources.ids import identifiers, match_ids, spelt_by
from placeprint.sources.table import Scalar

if TYPE_CHECKING:
    from placeprint.building.recipe import Recipe

__all__ = [
    *("Box", "BuildContext", "FileSpec", "LayerSpec", "Provenance", "Unknown", "Where"),
    *("digest_of", "matching_files", "save_features", "suggest_column"),
]

Made = TypeVar("Made")
Where: TypeAlias = dict[str, Scalar | list[Scalar]]
Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

Provenance: TypeAlias = dict[str, Any]
Unknown: TypeAlias = Literal["refuse", "drop"]
"""What becomes of rows about regions that nobody knows."""

SINGLE = ("file", "cover", "within", "tiles")
"""Keys that name one raw file (or folder of tiles) each."""


class LayerSpec(Spec):
    """A layer of a recipe: a subclass for each ``kind``, in a file of its own.

    A subclass in :mod:`placeprint.building.layers`, or one that another package names under the
    entry point ``placeprint.layers``, is known to recipes by its ``section`` and ``kind``; nothing
    else has to be told of it.

    Attributes:
        section: The part of the recipe that it stands in: regions, units, graphs, entities,
            features or labels.
        has_text: Whether features can be made of its text (of entities).
        has_tags: Whether labels can be made of its tags (of entities).
        quick: Whether it is read in seconds.
        kept: Of regions, whether those made before are as good as those read again: whether nobody
            asks which ids lie outside.
        title: What people call it.

    Example:
        >>> class Ones(LayerSpec):
        ...     section = "features"
        ...     kind: Literal["ones"]
        ...     def read(self, context, name):
        ...         return pd.DataFrame({"one": 1.0}, index=context.regions.ids), None, {}
        >>> Ones(kind="ones").parts("x")
        {'features/x': Ones(title='', kind='ones')}
    """

    section: ClassVar[str]
    has_text: ClassVar[bool] = False
    has_tags: ClassVar[bool] = False
    quick: ClassVar[bool] = True
    kept: ClassVar[bool] = False
    title: str = ""

    def inputs(self) -> list[str]:
        """The raw files that it names, relative to the folder of raw data."""
        named = [getattr(self, key, None) for key in SINGLE]
        return [name for name in [*named, *(getattr(self, "files", None) or [])] if name]

    def parts(self, name: str) -> dict[str, LayerSpec]:
        """The layers that it makes, by key: one, unless a kind says otherwise."""
        return {f"{self.section}/{name}": self}

    def needs(self) -> list[str]:
        """The keys of other layers without which it cannot be read."""
        return []

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The columns that its tables need, by file; found missing before work starts."""
        return {}

    def check(self, context: BuildContext) -> None:
        """Refuse what can be refused before anything is read: encoders, libraries."""

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """What it depends on beside its settings, its files and the regions, as JSON values."""
        return {}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read and check its raw files.

        All layers are read before the first is written, so that a wrong file stops the work before
        it starts and not after an hour of encoding.

        Returns:
            What :meth:`encode` needs.
        """
        raise NotImplementedError

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Write its file: features as vectors; else a table, as GeoParquet if it has a geometry.

        Args:
            context: What layers are made with.
            name: Its name in the recipe.
            found: What :meth:`read` returned: here a table (of features: vectors), its coverage or
                None, and what else the provenance says.
            path: The file.

        Returns:
            Its provenance, as JSON values.
        """
        table, coverage, account = found
        if self.section == "features":
            return {**save_features(path, table, len(context.regions), coverage), **account}
        if "geometry" in table:
            import geopandas as gpd

            frame = gpd.GeoDataFrame(table, geometry="geometry", crs=4326)
            with replacing(path) as temporary:
                frame.to_parquet(temporary, index=False, compression="zstd")
        else:
            write_table(path, table)
        return {"rows": len(table), **account, **_covered(coverage)}


class FileSpec(LayerSpec):
    """A layer that comes from one table.

    Attributes:
        keys: Those of its keys that name columns.
        file: The table.
        layer: Which layer of a vector file, sheet of a spreadsheet or file of a zip.
        sep: What separates the columns of text; found if not said.
        decimal: The decimal sign of text.
        encoding: The encoding of text.
    """

    keys: ClassVar[tuple[str, ...]] = ()
    file: str
    layer: str | None = None
    sep: str | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None

    def table(self, data: Path) -> Table:
        """Its table, opened."""
        return Table.open(data / self.file, self.layer, self.sep, self.decimal, self.encoding)

    def columns(self, data: Path) -> dict[str, list[str]]:
        """What its keys name and conditions are about; no coordinates of a file that is a map."""
        named = {key: getattr(self, key) for key in self.keys if getattr(self, key)}
        if {"lon", "lat"} <= {*named}:
            table = self.table(data)
            if table.geometry and not {named["lon"], named["lat"]} <= {*table.columns}:
                del named["lon"], named["lat"]
        lists = ([one] if isinstance(one, str) else one for one in named.values())
        return {self.file: [*(name for one in lists for name in one), *getattr(self, "where", {})]}

    def match(
        self, context: BuildContext, table: Table, values: pd.Series, coverage: Coverage
    ) -> tuple[pd.Series, pd.Series]:
        """Match a column to the regions, see :func:`~placeprint.sources.ids.match_ids`.

        Returns:
            The ids as the regions spell them, and a mask of the rows that are about a region.

        Raises:
            InputError: If an id is unknown, or no row matches: naming the column that would.
        """
        unknown = getattr(self, "unknown", "refuse")
        try:
            return match_ids(values, context.regions, coverage, table.path, unknown=unknown)
        except InputError:
            named = {getattr(self, key): key for key in self.keys}
            suggest_column(table, str(values.name), context.regions, named)
            raise

    @staticmethod
    def matching(table: Table, patterns: Sequence[str], but: str) -> list[str]:
        """The columns that names or patterns such as ``male_*`` mean, in the order of the file.

        Args:
            table: The table.
            patterns: Names and patterns.
            but: A column that is none of them, even if they match it.

        Raises:
            InputError: If a pattern matches no column.
        """
        found: set[str] = set()
        for pattern in patterns:
            meant = [one for one in table.columns if one == pattern or fnmatchcase(one, pattern)]
            if not meant:
                hint = closest(pattern, table.columns)
                raise InputError(f"no column matches {pattern!r}", source=table.path, hint=hint)
            found |= {*meant}
        return [name for name in table.columns if name in found and name != but]

    @staticmethod
    def check_once(table: Table, ids: pd.Series) -> None:
        """Refuse a table in which a region occurs more than once.

        Raises:
            InputError: Naming the first few.
        """
        twice = ids[ids.duplicated()].unique()
        if len(twice):
            problem = f"regions occur more than once: {listing(twice, limit=5)}"
            raise InputError(problem, source=table.path, hint="keep one row per region")


def suggest_column(table: Table, column: str, regions: Regions, named: Mapping[str, str]) -> None:
    """Say which column holds ids of regions, where the one that a recipe names holds none.

    Args:
        table: The table.
        column: The column.
        regions: The regions.
        named: The keys of the recipe that name columns, by column.

    Raises:
        InputError: If no value of the column is the id of a region, but some of another are.
    """
    if column not in table.columns or len(_regions_in(table, column, regions)[0]):
        return
    for name in table.columns:
        found, rows = _regions_in(table, name, regions)
        # Numbers such as 1 to 5 are the ids of some regions, whatever they count.
        if name not in named and rows and 2 * found.nunique() >= min(rows, len(regions)):
            share, hint = f"{len(found):,} of {rows:,}", f"say `{named[column]}: {name}`"
            problem = f"column {column!r} names no region, but column {name!r} does: {share}"
            raise InputError(problem, source=table.path, hint=hint)


def _regions_in(table: Table, column: str, regions: Regions) -> tuple[pd.Series, int]:
    """The values of a column that are ids of regions, however they are spelt; and how many rows."""
    with suppress(InputError):
        values = table.read([], as_text=[column])[column]
        ids = pd.Series(identifiers(values.dropna()), dtype=object, name=column)
        spelt = spelt_by(regions, ids, Coverage(0, 0))
        return spelt[spelt.isin(regions.ids)], len(values)
    return pd.Series(dtype=object), 0


@dataclass
class BuildContext:
    """What all layers of a study area are made with.

    Attributes:
        recipe: The recipe.
        data: The folder of the raw files.
        out: The atlas folder; features are encoded from its entities.
        engine: Which engine counts co-visits.
        regions: The regions of the study area, once they are read.
        opened: What several layers read from one file, by what it is.
    """

    recipe: Recipe
    data: Path
    out: Path
    engine: Engine
    regions: Regions = field(init=False)
    opened: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, make: Callable[[], Made]) -> Made:
        """What several layers read from one file, made when it is first asked for."""
        if key not in self.opened:
            self.opened[key] = make()
        found: Made = self.opened[key]
        return found

    def digest(self, name: str) -> str:
        """The SHA-256 digest of a raw file, computed once.

        Of a folder, or of the files that a pattern stands for: of their names and contents.
        """
        path = self.data / name
        if path.is_file():
            return self.once(("digest", name), lambda: sha256(path))
        if path.is_dir():
            inside = (one.relative_to(path).as_posix() for one in sorted(path.rglob("*")))
            return self.once(("digest", name), lambda: digest_of(path, inside))
        matching = matching_files(self.data, name)
        return self.once(("digest", name), lambda: digest_of(self.data, matching))

    def settings(self, spec: LayerSpec) -> dict[str, Any]:
        """A part of a recipe together with the digests of the files it names."""
        inputs = {name: self.digest(name) for name in spec.inputs()}
        return {"settings": spec.model_dump(exclude={"title"}), "inputs": inputs}

    def request(self, key: str, spec: LayerSpec) -> dict[str, Any]:
        """Everything that a layer depends on."""
        request = {**self.settings(spec), "placeprint": version("placeprint")}
        if spec.section == "regions":
            return request
        regions = self.settings(self.recipe.regions)
        regions["settings"].pop("name", None)  # what people call a region changes no layer
        return {**request, **spec.depends(self, key.partition("/")[2]), "regions": regions}

    def coverage(self, table: Table, rows: pd.DataFrame) -> Coverage:
        """The account of rows that were read of a table."""
        return Coverage(rows=len(rows), of_regions=len(self.regions), notes=table.notes)


def digest_of(folder: Path, names: Iterable[str]) -> str:
    """One digest of the names and contents of the files that are there."""
    digest = hashlib.sha256()
    for name in names:
        if (folder / name).is_file():
            digest.update(f"{name} {sha256(folder / name)}\n".encode())
    return digest.hexdigest()


def matching_files(data: Path, name: str) -> list[str]:
    """The raw files that a name or a pattern such as ``visits/*.parquet`` stands for, sorted."""
    if (data / name).exists():
        return [name]
    return sorted(path.relative_to(data).as_posix() for path in data.glob(name))


def save_features(
    path: Path, vectors: pd.DataFrame, of_regions: int, coverage: Coverage | None = None
) -> Provenance:
    """Write one vector per region.

    Args:
        path: Where to.
        vectors: Index ``region_id``, one column per dimension.
        of_regions: How many regions the study area has.
        coverage: What became of the raw rows.

    Returns:
        The provenance.
    """
    write_vectors(path, vectors)
    shape = {"dimensions": vectors.shape[1], "of_regions": of_regions}
    return {"rows": len(vectors), **shape, **_covered(coverage)}


def _covered(coverage: Coverage | None) -> Provenance:
    return {"coverage": coverage.to_dict()} if coverage else {}
