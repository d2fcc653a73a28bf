"""What went into a run: each layer's account of its rows, each file and its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from placeprint.atlas import Atlas
from placeprint.mobility.covisits.account import floor_of

__all__ = ["LayerRow", "Source", "label_accounts", "layer_rows", "raw_files"]

_KINDS: Final = {
    "units": "units",
    "graphs": "graph",
    "entities": "entities",
    "features": "features",
}

_LISTED: Final = 3


@dataclass(frozen=True)
class LayerRow:
    """What became of the rows of a raw file on their way into a layer.

    Attributes:
        kind: Units, graph, entities or features.
        name: The layer's name.
        title: What it is called on the page.
        read: Rows read; None where the layer was made from the regions or another layer.
        used: Rows that took part; None as above.
        dropped: (reason, rows), the most frequent first.
        regions: Regions that the layer says something about; None where it is not known.
        of_regions: Regions of the study area.
        dimensions: Numbers per region; None for what has no vectors.
        made: What the layer holds: edges, units, vectors.
        notes: How the file was read, where a person should know of it.
    """

    kind: str
    name: str
    title: str
    read: int | None
    used: int | None
    dropped: list[tuple[str, int]]
    regions: int | None
    of_regions: int
    dimensions: int | None
    made: str
    notes: list[str]

    @property
    def share(self) -> float:
        """Share of the regions that the layer says something about."""
        return (self.regions or 0) / self.of_regions


@dataclass(frozen=True)
class Source:
    """A raw file, its SHA-256, and the layers made from it."""

    file: str
    sha256: str
    layers: list[str]


def layer_rows(atlas: Atlas) -> list[LayerRow]:
    """The account of every layer that is an input, in the order of design: units to features."""
    layers = atlas.manifest["layers"]
    keys = [key for kind in _KINDS for key in sorted(layers) if key.startswith(f"{kind}/")]
    return [_account(atlas, key) for key in keys]


def label_accounts(atlas: Atlas) -> dict[str, LayerRow]:
    """The account of every task's labels, by the name of the task."""
    return {name: _account(atlas, f"labels/{name}") for name in atlas.label_names}


def _account(atlas: Atlas, key: str) -> LayerRow:
    layer = atlas.layer(key)
    folder, _, name = key.partition("/")
    coverage = layer.get("coverage", {})
    reasons = coverage.get("dropped", {})
    dropped = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    vectors = layer["rows"] if folder == "features" else None
    return LayerRow(
        _KINDS.get(folder, folder),
        name,
        atlas.title(key),
        coverage.get("rows"),
        coverage.get("matched"),
        dropped,
        vectors if vectors is not None else coverage.get("regions"),
        len(atlas.region_ids),
        layer.get("dimensions"),
        _made(folder, layer),
        [str(note) for note in coverage.get("notes", [])],
    )


def _made(folder: str, layer: dict[str, Any]) -> str:
    if folder == "units":
        return f"{layer['units']:,} units" if "units" in layer else ""
    noun = {"graphs": "edges", "entities": "entities", "features": "vectors"}.get(folder, "labels")
    floor = floor_of(layer["covisits"]) if "covisits" in layer else ""
    return f"{layer['rows']:,} {noun}" + (f"; {floor}" if floor else "")


def raw_files(atlas: Atlas) -> list[Source]:
    """The raw files that the atlas was built from, by name."""
    users: dict[tuple[str, str], list[str]] = {}
    for key, layer in sorted(atlas.manifest["layers"].items()):
        for file, digest in layer["request"].get("inputs", {}).items():
            users.setdefault((file, digest), []).append(key)
    return [Source(file, digest, _brief(keys)) for (file, digest), keys in sorted(users.items())]


def _brief(keys: list[str]) -> list[str]:
    """Layers by name; where there are many labels, how many."""
    labels = [key for key in keys if key.startswith("labels/")]
    if len(labels) <= _LISTED:
        return keys
    return [key for key in keys if key not in labels] + [f"{len(labels)} labels"]
