"""Build an atlas: check everything, then make the layers that are not there yet."""

from __future__ import annotations

from pathlib import Path

from placeprint.atlas import Atlas, AtlasWriter, Recipe, load_recipe
from placeprint.atlas.specs import BlockRegions
from placeprint.building.checks import check_inputs
from placeprint.building.digests import Digests
from placeprint.building.extracts import Extracts
from placeprint.building.layers import all_layers
from placeprint.building.regions import read_regions
from placeprint.building.workshop import Workshop, request_of
from placeprint.mobility.covisits import Engine
from placeprint.progress import track
from placeprint.typing import PathLike

__all__ = ["build"]


def build(
    recipe: PathLike | Recipe,
    data: PathLike,
    out: PathLike,
    *,
    overwrite: bool = False,
    engine: Engine | None = None,
) -> Atlas:
    """Build the atlas of a study area from raw files.

    Files, columns and encoders are checked before work starts, and all raw files are read before
    the first layer is written. Building into an existing atlas keeps each layer whose settings
    and input files are unchanged.

    Args:
        recipe: A recipe, or the path of its YAML file.
        data: The folder that the recipe's files are in.
        out: The atlas folder.
        overwrite: Whether layers that changed may be replaced.
        engine: Which engine counts co-visits; None: the compiled one, with half of the memory.

    Returns:
        The atlas.

    Raises:
        InputError: If the recipe or a raw file is wrong.
        OutputExistsError: If ``out`` is something else than an atlas of this study area, or holds
            layers that would change, and overwriting was not asked for.

    Example:
        >>> import tempfile
        >>> from placeprint.simulation import simulate
        >>> folder = Path(tempfile.mkdtemp())
        >>> raw = simulate(folder / "raw", cells=200)
        >>> atlas = build(raw / "recipe.yaml", data=raw, out=folder / "atlas")  # doctest: +SKIP
    """
    plan = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    folder, target = Path(data), Path(out)
    check_inputs(plan, folder)
    header = {
        "name": plan.name,
        "description": plan.description,
        "licence": plan.licence,
        "regions": plan.regions.model_dump(),
    }
    writer = AtlasWriter(target, header, overwrite=overwrite)
    digests, extracts = Digests(folder), Extracts(folder)
    if _has_blocks(writer, plan, digests):
        regions = Atlas(target).regions  # to cut a city into blocks takes longer than to read them
    else:
        regions = read_regions(plan.regions, folder, extracts)
    shop = Workshop(plan, folder, target, digests, extracts, regions, engine or Engine())
    layers = all_layers(shop)
    writer.check({layer.key: layer.request for layer in layers})
    with track(f"building {plan.name}", total=len(layers)) as tracker:
        changed = [layer for layer in layers if not writer.has(layer.key, layer.request)]
        tracker.advance(len(layers) - len(changed), note="reading raw files")
        makers = [layer.read() for layer in changed]
        for layer, make in zip(changed, makers, strict=True):
            tracker.advance(0, note=layer.key)
            writer.write(layer.key, layer.request, make)
            tracker.advance()
    writer.finish([layer.key for layer in layers])
    return Atlas(target)


def _has_blocks(writer: AtlasWriter, recipe: Recipe, digests: Digests) -> bool:
    """Whether the blocks of the study area are there already."""
    spec = recipe.regions
    return isinstance(spec, BlockRegions) and writer.has("regions", request_of(spec, digests))
