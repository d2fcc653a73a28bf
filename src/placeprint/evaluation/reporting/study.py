"""What only the report of a run can show: its study area, its training, its embedding."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from placeprint.atlas import Atlas
from placeprint.evaluation.reporting.colours import principal_colours
from placeprint.evaluation.reporting.curves import Curves, stage_curves
from placeprint.evaluation.reporting.inputs import (
    LayerRow,
    Source,
    label_accounts,
    layer_rows,
    raw_files,
)
from placeprint.evaluation.reporting.maps import Canvas, png
from placeprint.models.run import Run

__all__ = ["LONGEST", "Study", "study_of"]

LONGEST: Final = 1600
"""Pixels along the longer side of the map of the embedding."""


@dataclass(frozen=True, eq=False)
class Study:
    """A run and its study area, as the page shows them.

    Attributes:
        atlas: The study area.
        canvas: The pixels of its regions; None where nobody knows where they are.
        run: The run's manifest.
        config: Its configuration.
        dimensions: Numbers per region.
        embedded: Regions that have an embedding.
        entities: How many entities of each kind have a vector of their own.
        layers: What went in.
        accounts: What became of the rows of each task's labels.
        files: The raw files.
        curves: The training curves of each stage, or of the only one, which has no name.
        picture: The map of the embedding, as a ``data:`` address; empty where there is none.
        shares: The share of the variance that each of its three colours shows.
    """

    atlas: Atlas
    canvas: Canvas | None
    run: dict[str, Any]
    config: dict[str, Any]
    dimensions: int
    embedded: int
    entities: dict[str, int]
    layers: list[LayerRow]
    accounts: dict[str, LayerRow]
    files: list[Source]
    curves: dict[str, Curves]
    picture: str
    shares: list[float]

    @property
    def title(self) -> str:
        """The name of the study area."""
        return str(self.atlas.name)

    @property
    def regions(self) -> int:
        """How many regions there are."""
        return len(self.atlas.region_ids)

    @property
    def opening(self) -> str:
        """One sentence about the embedding."""
        parts = [f"{count:,} {kind}" for kind, count in self.entities.items()]
        also = f", and so are {' and '.join(parts)}" if parts else ""
        return f"Each place is summed up in {self.dimensions} numbers{also}."

    @property
    def config_text(self) -> str:
        """The configuration as JSON."""
        return json.dumps(self.config, indent=2, sort_keys=True)


def study_of(run: Run) -> Study:
    """Collect what the page shows of a run.

    Args:
        run: The run; its atlas has to be where it was.
    """
    atlas, embeddings = run.atlas, run.embeddings
    regions = atlas.regions
    canvas = Canvas.draw(regions, LONGEST) if regions.has_coordinates else None
    positions = atlas.region_ids.get_indexer(embeddings.index)
    colours = np.zeros((len(atlas.region_ids), 3), dtype=np.uint8)
    known = np.zeros(len(colours), dtype=bool)
    colours[positions], shares = principal_colours(embeddings)
    known[positions] = True
    return Study(
        atlas,
        canvas,
        run.manifest,
        run.config,
        embeddings.shape[1],
        len(embeddings),
        {kind: len(run.entities(kind)) for kind in run.entity_kinds},
        layer_rows(atlas),
        label_accounts(atlas),
        raw_files(atlas),
        stage_curves(run.history),
        "" if canvas is None else png(canvas.paint(colours, known)),
        shares.tolist(),
    )
