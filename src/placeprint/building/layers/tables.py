"""Features from tables about regions, and from points of interest."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from placeprint.atlas.spec import Name
from placeprint.building.layer import BuildContext, FileSpec, LayerSpec, Provenance, Unknown, Where
from placeprint.encoders import check_encoder, encode_points, encode_table, text_encoder
from placeprint.errors import InputError, Problems
from placeprint.files import read_parquet
from placeprint.sources.ids import match_points

__all__ = ["EntityFeatures", "PointEntities", "PointFeatures", "TableFeatures"]


class TableFeatures(FileSpec):
    """Numbers about regions, one row per region, such as an age-by-sex histogram.

    A region without a row, or whose values are all missing, has no vector.

    Attributes:
        region: Column of the region id.
        columns_: In the recipe ``columns``: names or patterns (``male_*``) of the columns to read.
        encoder: ``histogram`` for the bins of one histogram, ``log1p`` for counts, ``none`` for
            numbers as they are.
        missing: What becomes of a row of which some values are missing, such as a suppressed cell:
            ``drop`` it, or take the ``mean`` of the column.
        unknown: Whether to ``refuse`` ids that nobody knows, or to ``drop`` their rows.

    Raises:
        InputError: If a column is missing, a value is no number or infinite, a region occurs
            twice, or no region matches.
    """

    section: ClassVar[str] = "features"
    keys: ClassVar[tuple[str, ...]] = ("region",)
    kind: Literal["table"]
    region: str = "region_id"
    columns_: list[str] = Field(min_length=1, alias="columns")
    encoder: Literal["histogram", "log1p", "none"] = "histogram"
    missing: Literal["drop", "mean"] = "drop"
    unknown: Unknown = "refuse"

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The id, and what patterns of columns mean."""
        table = self.table(data)
        return {self.file: [self.region, *self.matching(table, self.columns_, but=self.region)]}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read and encode the numbers."""
        table = self.table(context.data)
        names = self.matching(table, self.columns_, but=self.region)
        rows = table.read([self.region, *names], as_text=[self.region])
        coverage = context.coverage(table, rows)
        ids, inside = self.match(context, table, rows[self.region], coverage)
        self.check_once(table, ids[inside])
        problems, read = Problems(), {}
        for column in names:
            with problems.collecting():
                read[column] = table.numbers(rows.loc[inside, column])
        problems.check()
        numbers = pd.DataFrame(read).set_axis(pd.Index(ids[inside], name="region_id"), axis=0)
        empty = numbers.isna().all(axis=1)
        coverage.drop("without values", int(empty.sum()))
        numbers = numbers[~empty].sort_index()
        partly = numbers.isna().any(axis=1)
        if self.missing == "drop":
            coverage.drop("with some values missing", int(partly.sum()))
            numbers = numbers[~partly]
        elif partly.any():
            numbers = numbers.fillna(numbers.mean())
            note = f"missing values of {int(partly.sum()):,} rows are the column's mean"
            coverage.notes.append(note)
        if numbers.empty:
            problem = "it holds no values for the regions of the study area"
            raise InputError(problem, source=table.path)
        coverage.finish(matched=len(numbers), regions=len(numbers))
        return encode_table(numbers, self.encoder), coverage, {}


class PointEntities(FileSpec):
    """Points of interest as entities: what features of ``kind: points`` are made of.

    A table, one row per point, with columns of degrees or with geometries. Read, it is columns
    region_id, name, category (missing values are empty strings), lon, lat; points outside of all
    regions are left out and counted.

    Attributes:
        name: Column of the name; None if there is none.
        category: Column of the category, or several columns that are joined by a space.
        lon: Column of longitudes in degrees.
        lat: Column of latitudes in degrees.
        where: Conditions on rows.

    Raises:
        InputError: If a column is missing, a coordinate is impossible, or no point lies in a
            region; where they would with longitude and latitude swapped, the message says so.
    """

    section: ClassVar[str] = "entities"
    keys: ClassVar[tuple[str, ...]] = ("name", "category", "lon", "lat")
    has_text: ClassVar[bool] = True
    kind: Literal["points"] = "points"
    name: str | None = "name"
    category: str | list[str] = "category"
    lon: str = "lon"
    lat: str = "lat"
    where: Where = Field(default_factory=dict)

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the points."""
        table, ids = self.table(context.data), context.regions.ids.to_numpy()
        names = [self.name] if self.name else []
        categories = [self.category] if isinstance(self.category, str) else self.category
        texts = [*names, *categories]
        rows = table.lonlat(self.lon, self.lat, texts, where=self.where, as_text=texts)
        coverage = context.coverage(table, rows)
        if rows.empty:
            raise InputError("it holds no points", source=table.path)
        lon, lat = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
        positions = match_points(lon, lat, context.regions, coverage, table.path)
        inside = positions >= 0
        rows = rows[inside]
        points = pd.DataFrame(
            {
                "region_id": ids[positions[inside]],
                "name": _joined(rows, names),
                "category": _joined(rows, categories),
                "lon": lon[inside],
                "lat": lat[inside],
            }
        )
        return points, coverage.finish(len(points), points["region_id"].nunique()), {}


def _joined(rows: pd.DataFrame, columns: list[str]) -> list[str]:
    """The texts of some columns, joined by a space."""
    parts = [rows[column].fillna("") for column in columns]
    if len(parts) == 1:
        return list(parts[0])
    return [" ".join(filter(None, texts)) for texts in zip(*parts, strict=True)] or [""] * len(rows)


class EntityFeatures(LayerSpec):
    """A table of entities, as text or as counts of their categories.

    Attributes:
        entities: The name of the entities.
        encoder: ``static``, ``minilm`` or a checkpoint read their text; ``counts`` counts their
            categories, those in fewer than five regions together.
    """

    section: ClassVar[str] = "features"
    kind: Literal["entities"]
    entities: Name
    encoder: str = "static"

    def check(self, context: BuildContext) -> None:
        """Refuse an unknown encoder."""
        check_encoder("points", self.encoder)

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """The entities, and the weights of a text encoder: other weights make another layer."""
        key = f"entities/{self.entities}"
        counts = self.encoder == "counts"
        weights = self.encoder if counts else text_encoder(self.encoder).fingerprint
        return {"weights": weights, "entities": context.request(key, context.recipe.layers()[key])}

    def read(self, context: BuildContext, name: str) -> Any:
        """Nothing: entities are read from the atlas, once they are there."""

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Write the vectors of entities; text encoders read their ``text``, where they have one."""
        source = context.out / "entities" / f"{self.entities}.parquet"
        table = read_parquet(source).to_pandas(ignore_metadata=True)
        ids = table["region_id"]
        if self.encoder == "counts" or "text" not in table:
            known = table["category"].where(table["category"] != "")
            vectors = encode_points(ids, name=table["name"], category=known, encoder=self.encoder)
        else:
            vectors = encode_points(ids, category=table["text"], encoder=self.encoder)
        if vectors.empty:
            problem = "none of them is in a region and says what it is, so they make no features"
            hint = "leave these features out of the recipe"
            raise InputError(problem, source=source, hint=hint)
        return super().encode(context, name, (vectors, None, {}), path)


class PointFeatures(PointEntities):
    """Points of interest, as text or as counts of their categories.

    The points are :class:`PointEntities` as well, under the name of the features; ``encoder`` is
    as of :class:`EntityFeatures`.
    """

    section: ClassVar[str] = "features"
    encoder: str = "static"

    def parts(self, name: str) -> dict[str, LayerSpec]:
        """The points as entities, and their features."""
        points = PointEntities(**self.model_dump(exclude={"kind", "encoder"}))
        about = {"entities": name, "encoder": self.encoder, "title": self.title}
        features = EntityFeatures(kind="entities", **about)
        return {f"entities/{name}": points, f"features/{name}": features}
