"""Distil a run: teach a student, measure it beside its teacher, write the encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from placeprint.atlas import Atlas
from placeprint.distillation.card import model_card
from placeprint.distillation.downstream import compared
from placeprint.distillation.held_out import held_out_error, imitation
from placeprint.distillation.plan import Plan, make_plan
from placeprint.distillation.privacy import edge_auc
from placeprint.distillation.pruning import pruned
from placeprint.distillation.settings import DistillSettings
from placeprint.distillation.student import Lesson, taught
from placeprint.encoders.position import CoordinateEncoder
from placeprint.encoders.position.covered_area import CoveredArea
from placeprint.encoders.position.encoder_files import write_encoder
from placeprint.encoders.position.position_network import PositionNetwork
from placeprint.errors import InputError, optional_import
from placeprint.evaluation.results import digest
from placeprint.evaluation.study_area import atlas_places
from placeprint.files import fingerprint, write_table, write_text
from placeprint.models import Run
from placeprint.progress import console
from placeprint.regions import Regions
from placeprint.training import chosen_device
from placeprint.training.output_folder import OutputFolder
from placeprint.typing import FloatArray, PathLike

__all__ = ["distill"]

FEWEST_REGIONS: Final = 8

SAMPLE: Final = 50_000
"""Points of the area at which units have to be silent to be left out."""


def distill(
    run: Run | PathLike,
    out: PathLike,
    settings: DistillSettings | None = None,
    *,
    onnx: bool = False,
    overwrite: bool = False,
    resume: bool = False,
    device: str = "auto",
) -> CoordinateEncoder:
    """Distil a run into a function of coordinates, and write it with its model card.

    A network learns to give the centre of each region that has a vector this vector. It is
    measured on regions that it was not taught, on the tasks of the atlas beside its teacher, and
    by what it reveals of the graph; all of that stands in config.json and README.md.

    Args:
        run: The run, or its folder; the teacher.
        out: The folder of the encoder.
        settings: How; None: the published settings.
        onnx: Whether model.onnx is written too.
        overwrite: Start anew and replace what is in ``out``.
        resume: Go on with what is in ``out``; a distillation that was stopped and resumed ends
            with the same encoder as one that never stopped.
        device: What students are taught on: ``cpu``, ``cuda``, or ``auto``, a GPU if there is one.

    Returns:
        The encoder, ready.

    Raises:
        InputError: If the run or its atlas is not there, the outlines of its regions are not
            known, fewer than eight regions have a vector, or ``out`` belongs to something else.
        OutputExistsError: If something is in ``out``, and neither was asked for.
        MissingExtraError: If ONNX is asked for and the extra is not installed.

    Source:
        Wen et al. 2025; see docs/distillation.md.

    Example:
        >>> encoder = distill("us/run", "us/encoder")  # doctest: +SKIP
    """
    teacher = run if isinstance(run, Run) else Run(run)
    chosen = settings or DistillSettings()
    if onnx:  # missed before any work
        optional_import("onnx", "onnx")
    vectors = _teaching(teacher)
    told = {"teacher": digest(vectors), "atlas": teacher.atlas.fingerprint}
    request = fingerprint({**told, "settings": chosen.model_dump()})
    folder = OutputFolder(out, "encoder", "config.json", request)
    if not folder.open(resume=resume, overwrite=overwrite):
        _make(teacher, vectors, folder, chosen, resume=resume, overwrite=overwrite, device=device)
    encoder = CoordinateEncoder.from_pretrained(folder.path)
    if onnx and not (folder.path / "model.onnx").exists():
        encoder.to_onnx(folder.path / "model.onnx")
    return encoder


def _teaching(run: Run) -> pd.DataFrame:
    """The regions that have a vector, sorted."""
    regions = run.atlas.regions
    if not regions.has_outlines:
        have = "centres and no outlines" if regions.has_coordinates else "ids and no coordinates"
        raise InputError(
            f"the regions have {have}, and an encoder has to know the area that it was taught",
            source=run.path,
            hint="give the regions a file of outlines (`kind: polygons`)",
        )
    vectors = run.embeddings
    known: pd.DataFrame = vectors[np.isfinite(vectors.to_numpy()).all(axis=1)]
    known = known[known.index.isin(run.atlas.region_ids)].sort_index()
    if len(known) < FEWEST_REGIONS:
        raise InputError(
            f"{len(known)} regions have a vector, expected {FEWEST_REGIONS} at least to learn from",
            source=run.path,
            hint="train on an atlas with more regions",
        )
    return known


def _make(
    run: Run,
    vectors: pd.DataFrame,
    folder: OutputFolder,
    settings: DistillSettings,
    *,
    resume: bool,
    overwrite: bool,
    device: str,
) -> None:
    """Teach, measure and write."""
    atlas = run.atlas
    regions = atlas.regions
    centroids = regions.centroids().loc[vectors.index]
    plan = make_plan(settings, centroids, regions.areas_km2().loc[vectors.index], vectors.shape[1])
    if plan.warning():
        console.print(plan.warning(), highlight=False, soft_wrap=True)
    where = chosen_device(device)
    exact = vectors.to_numpy(np.float64)
    lesson = Lesson.of(centroids, exact)
    folder.begin(resume=resume)
    (folder.path / "model.onnx").unlink(missing_ok=True)  # of the encoder that is replaced
    trained, history = taught(
        plan,
        lesson,
        settings,
        device=where,
        checkpoint=folder.checkpoint("student"),
        request=folder.request,
        resume=resume,
        title="teaching",
    )
    held_out: dict[str, Any] = {}
    if settings.held_out:
        blocks = pd.Series(atlas_places(atlas).blocks, index=atlas.region_ids)
        held_out = held_out_error(
            plan,
            centroids,
            exact,
            blocks.loc[vectors.index].to_numpy(),
            settings,
            device=where,
            checkpoint=folder.checkpoint,
            request=folder.request,
            resume=resume,
        )
    area = CoveredArea.of(Regions(regions.geometry.loc[vectors.index], regions.resolution))
    lon, lat = area.points(SAMPLE)
    network = pruned(trained, np.append(lesson.lon, lon), np.append(lesson.lat, lat))
    answers = network(lesson.lon, lesson.lat)
    student = pd.DataFrame(
        (answers * lesson.scale + lesson.mean).astype(np.float32),
        index=vectors.index,
        columns=vectors.columns,
    )
    about: dict[str, Any] = {
        "request": folder.request,
        "teacher": _teacher(run, len(vectors)),
        "settings": settings.model_dump(),
        "plan": {**_described(plan, network), "epochs": len(history)},
        "imitation": {
            "taught": {**imitation(lesson.targets, answers), "n": len(answers)},
            **_within(network, lesson, regions, vectors.index, lon, lat),
            **held_out,
        },
        "scores": compared(
            run, student, folder.path / "evaluation", seeds=settings.seeds, overwrite=overwrite
        ),
        "privacy": _privacy(run, atlas, student),
        "data": _data(atlas),
    }
    write_table(folder.path / "history.csv", history.drop(columns="validation"))
    write_text(folder.path / "README.md", model_card(about, network, area))
    write_encoder(folder.path, network, (lesson.mean, lesson.scale), area, about)
    folder.remove_checkpoints()


def _within(
    network: PositionNetwork,
    lesson: Lesson,
    regions: Regions,
    ids: pd.Index,
    lon: FloatArray,
    lat: FloatArray,
) -> dict[str, Any]:
    """How near the vectors of points come to those of the regions that they lie in."""
    at = regions.locate(lon, lat)
    rows = np.where(at >= 0, ids.get_indexer(regions.ids[at]), -1)
    lon, lat, rows = lon[rows >= 0], lat[rows >= 0], rows[rows >= 0]
    if not len(rows):
        return {}
    return {"within": {**imitation(lesson.targets[rows], network(lon, lat)), "n": len(rows)}}


def _teacher(run: Run, regions: int) -> dict[str, Any]:
    return {
        "model": run.model,
        "request": run.manifest["request"],
        "atlas": run.manifest["atlas"]["name"],
        "atlas_fingerprint": run.manifest["atlas"]["fingerprint"],
        "regions": regions,
        "of_regions": len(run.atlas.region_ids),
    }


def _described(plan: Plan, network: PositionNetwork) -> dict[str, Any]:
    return {
        "degree": plan.degree,
        "widths": list(plan.widths),
        "speaking": [len(bias) for bias in network.biases[:-1]],
        "cell_km": round(plan.cell_km, 3),
        "resolved_km": round(plan.resolved_km, 3),
        "warning": plan.warning(),
    }


def _privacy(run: Run, atlas: Atlas, student: pd.DataFrame) -> dict[str, Any]:
    """Link prediction from the vectors of the teacher and of the student."""
    graph = _mobility(run, atlas)
    if graph is None:
        return {}
    tables = {"teacher": run.embeddings.loc[student.index], "student": student}
    return {"graph": graph, **edge_auc(atlas.links(graph), atlas.regions.centroids(), tables)}


def _mobility(run: Run, atlas: Atlas) -> str | None:
    """The graph that the run was trained on; else that named mobility, if there is one."""
    configured = run.config.get("graph")
    name = configured.get("name") if isinstance(configured, dict) else "mobility"
    return name if name in atlas.graph_names else None


def _data(atlas: Atlas) -> dict[str, Any]:
    """What went in: the layers, their files, and who is to be named."""
    layers = {}
    for key, about in sorted(atlas.manifest["layers"].items()):
        if key.startswith("labels/"):
            continue
        files = sorted(about.get("request", {}).get("inputs", {}))
        layers[key] = {
            "files": [Path(name).name for name in files],
            "licence": about.get("licence", ""),
            "regions": about.get("coverage", {}).get("regions"),
        }
    return {
        "description": atlas.manifest.get("description", ""),
        "licence": atlas.manifest.get("licence", ""),
        "layers": layers,
    }
