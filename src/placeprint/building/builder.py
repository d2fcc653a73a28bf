"""Build an atlas: check everything, then make the layers that are not there yet."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from placeprint.atlas import Atlas, AtlasWriter
from placeprint.building.layer import BuildContext, FileSpec, LayerSpec, matching_files
from placeprint.building.recipe import Recipe, parse_recipe
from placeprint.errors import Problems
from placeprint.mobility.covisits import Engine
from placeprint.progress import track
from placeprint.sources import Table
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
    the first layer is written; what is wrong anywhere is told at once. Building into an existing
    atlas keeps each layer whose settings and input files are unchanged.

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
    problems = Problems()
    plan = recipe if isinstance(recipe, Recipe) else parse_recipe(recipe, problems)
    if plan is None:
        raise problems.error()
    context = BuildContext(plan, Path(data), Path(out), engine or Engine())
    layers = _checked(context, problems)
    if "regions" not in layers:
        raise problems.error()
    writer, requests = None, {}
    if not problems.found:
        writer = AtlasWriter(out, _header(plan), overwrite=overwrite)
        requests = {key: context.request(key, spec) for key, spec in layers.items()}
        writer.check(requests)
    with problems.collecting():
        kept = plan.regions.kept and writer and writer.has("regions", requests["regions"])
        context.regions = Atlas(out).regions if kept else plan.regions.read(context, "")
    if not hasattr(context, "regions"):
        raise problems.error()
    with track(f"building {plan.name}", total=len(layers)) as tracker:
        changed = [key for key in layers if not (writer and writer.has(key, requests[key]))]
        tracker.advance(len(layers) - len(changed), note="reading raw files")
        found: dict[str, Any] = {"regions": context.regions}
        for key in changed:
            spec = layers[key]
            slow = problems.found and not spec.quick  # and known that the work will stop
            if key == "regions" or slow or not {*spec.needs()} <= {*layers}:
                continue
            with problems.collecting():
                found[key] = spec.read(context, key.partition("/")[2])
        if writer is None or problems.found:
            raise problems.error()
        for key in changed:
            tracker.advance(0, note=key)
            make = partial(layers[key].encode, context, key.partition("/")[2], found.pop(key))
            writer.write(key, requests[key], make)
            tracker.advance()
    writer.finish({key: _title(key, spec) for key, spec in layers.items()})
    return Atlas(out)


def _header(recipe: Recipe) -> dict[str, Any]:
    """What atlas.json says beside the layers."""
    about = {key: getattr(recipe, key) for key in ("name", "description", "licence")}
    return {**about, "regions": recipe.regions.model_dump()}


def _title(key: str, spec: LayerSpec) -> str:
    task = getattr(spec, "tasks", {}).get(key.partition("/")[2])
    return str(task.title if task is not None else spec.title)


def _checked(context: BuildContext, problems: Problems) -> dict[str, LayerSpec]:
    """The layers whose files are there; what else is wrong with them goes to problems."""
    if not context.data.is_dir():
        problems.add("there is no such folder of raw data", context.data)
        raise problems.error()
    there: dict[str, LayerSpec] = {}
    for key, spec in context.recipe.layers().items():
        lacking = [name for name in spec.inputs() if not matching_files(context.data, name)]
        for name in lacking:
            problem = "there is no such file, but the recipe needs it"
            hint = "check --data and the file names in the recipe"
            problems.add(problem, context.data / name, hint)
        if lacking:
            continue
        there[key] = spec
        with problems.collecting():
            spec.check(context)
        with problems.collecting():
            for name, columns in spec.columns(context.data).items():
                own = isinstance(spec, FileSpec)
                table = spec.table(context.data) if own else Table.open(context.data / name)
                for column in columns:
                    with problems.collecting():
                        table.check([column])
    return there
