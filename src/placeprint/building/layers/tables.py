"""Features from tables about regions, and from points of interest."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from placeprint.atlas.spec import Name
from placeprint.building.layer import (
    BuildContext,
    FileSpec,
    LayerSpec,
    Provenance,
    Unknown,
    Where,
    save_features,
)
from placeprint.encoders import check_encoder, encode_points, encode_table, text_encoder
from placeprint.errors import InputError
from placeprint.files import read_parquet
from placeprint.sources import read_points, read_region_table
from placeprint.sources.flows import matching

__all__ = ["EntityFeatures", "PointEntities", "PointFeatures", "TableFeatures"]


class TableFeatures(FileSpec):
    """Numbers about regions, such as an age-by-sex histogram."""

    section: ClassVar[str] = "features"
    kind: Literal["table"]
    region: str = "region_id"
    columns_: list[str] = Field(min_length=1, alias="columns")
    encoder: Literal["histogram", "log1p", "none"] = "histogram"
    missing: Literal["drop", "mean"] = "drop"
    unknown: Unknown = "refuse"

    def columns(self, data: Path) -> dict[str, list[str]]:
        """The id, and what patterns of columns mean."""
        return {self.file: [self.region, *matching(self.table(data), self.columns_)]}

    def check(self, context: BuildContext) -> None:
        """Refuse an unknown encoder."""
        del context
        check_encoder("table", self.encoder)

    def read(self, context: BuildContext, name: str) -> Any:
        """Read and encode the numbers."""
        del name
        numbers, coverage = read_region_table(
            self.table(context.data),
            context.regions,
            region=self.region,
            columns=self.columns_,
            missing=self.missing,
            unknown=self.unknown,
        )
        return encode_table(numbers, self.encoder), coverage

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Write the vectors."""
        del name
        vectors, coverage = found
        return save_features(path, vectors, len(context.regions), coverage)


class PointEntities(FileSpec):
    """Points of interest as entities: what features of ``kind: points`` are made of."""

    section: ClassVar[str] = "entities"
    has_text: ClassVar[bool] = True
    kind: Literal["points"] = "points"
    name: str | None = "name"
    category: str | list[str] = "category"
    lon: str = "lon"
    lat: str = "lat"
    where: Where = Field(default_factory=dict)

    def columns(self, data: Path) -> dict[str, list[str]]:
        """Names, categories and conditions; coordinates, unless the file has geometries."""
        categories = [self.category] if isinstance(self.category, str) else self.category
        names = [self.name] if self.name else []
        table = self.table(data)
        drawn = table.has_geometry and not {self.lon, self.lat} <= {*table.columns}
        places = [] if drawn else [self.lon, self.lat]
        return {self.file: [*names, *categories, *places, *self.where]}

    def read(self, context: BuildContext, name: str) -> Any:
        """Read the points."""
        del name
        points, coverage = read_points(
            self.table(context.data),
            context.regions,
            category=self.category,
            name=self.name,
            lon=self.lon,
            lat=self.lat,
            where=self.where,
        )
        return points, coverage, {}


class EntityFeatures(LayerSpec):
    """A table of entities, as text or as counts of their categories."""

    section: ClassVar[str] = "features"
    kind: Literal["entities"]
    entities: Name
    encoder: str = "static"

    def check(self, context: BuildContext) -> None:
        """Refuse an unknown encoder."""
        del context
        check_encoder("points", self.encoder)

    def depends(self, context: BuildContext, name: str) -> dict[str, Any]:
        """The entities, and the weights of a text encoder: other weights make another layer."""
        del name
        key = f"entities/{self.entities}"
        counts = self.encoder == "counts"
        weights = self.encoder if counts else text_encoder(self.encoder).fingerprint
        entities = context.recipe.layers()[key]
        return {"weights": weights, "entities": context.request(key, entities)}

    def read(self, context: BuildContext, name: str) -> Any:
        """Nothing: entities are read from the atlas, once they are there."""
        del context, name

    def encode(self, context: BuildContext, name: str, found: Any, path: Path) -> Provenance:
        """Write the vectors of entities; text encoders read their ``text``, where they have one."""
        del name, found
        source = context.out / "entities" / f"{self.entities}.parquet"
        table = read_parquet(source).to_pandas(ignore_metadata=True)
        region_id = table["region_id"]
        if self.encoder == "counts" or "text" not in table:
            category = table["category"].where(table["category"] != "")
            vectors = encode_points(
                region_id, name=table["name"], category=category, encoder=self.encoder
            )
        else:
            vectors = encode_points(region_id, category=table["text"], encoder=self.encoder)
        if vectors.empty:
            raise InputError(
                "none of them is in a region and says what it is, so they make no features",
                source=source,
                hint="leave these features out of the recipe",
            )
        return save_features(path, vectors, len(context.regions))


class PointFeatures(PointEntities):
    """Points of interest, as text or as counts of their categories."""

    section: ClassVar[str] = "features"
    encoder: str = "static"

    def parts(self, name: str) -> dict[str, LayerSpec]:
        """The points as entities, and their features."""
        shared = self.model_dump(exclude={"kind", "encoder"})
        features = EntityFeatures(
            kind="entities", entities=name, encoder=self.encoder, title=self.title
        )
        return {f"entities/{name}": PointEntities(**shared), f"features/{name}": features}
