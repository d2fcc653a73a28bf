"""Build an atlas: check everything, then make the layers that are not there yet."""

from __future__ import annotations

from pathlib import Path

from placeprint import sources
from placeprint.atlas import Atlas, AtlasWriter, Recipe, load_recipe
from placeprint.atlas.recipe import H3Regions
from placeprint.building.checks import check_inputs
from placeprint.building.layers import Workshop
from placeprint.progress import track
from placeprint.regions import Regions
from placeprint.typing import PathLike

__all__ = ["build"]


def build(
    recipe: PathLike | Recipe, data: PathLike, out: PathLike, *, overwrite: bool = False
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
    layers = Workshop(plan, folder, target, _read_regions(plan, folder)).layers()
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


def _read_regions(recipe: Recipe, data: Path) -> Regions:
    spec = recipe.regions
    if isinstance(spec, H3Regions):
        return Regions.from_h3(sources.read_area(data / spec.cover), spec.resolution)
    return sources.read_polygons(data / spec.file, spec.region, spec.where)
