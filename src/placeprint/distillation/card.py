"""The model card: what an encoder was made of, what it is worth, and what it is not for."""

from __future__ import annotations

from typing import Any, Final

from placeprint.encoders.position.covered_area import CoveredArea
from placeprint.encoders.position.position_network import PositionNetwork

__all__ = ["model_card"]

_SPLITS: Final = {
    "random": "random: neighbours of what is held out are taught",
    "block": "blocked: whole areas are held out",
}


def model_card(about: dict[str, Any], network: PositionNetwork, area: CoveredArea) -> str:
    """README.md of an encoder, in Markdown with the metadata that model hubs read on top.

    Args:
        about: What config.json says of teacher, plan, imitation, scores, privacy and data.
        network: The student.
        area: Where it was taught.
    """
    teacher = about["teacher"]
    sections = [
        _head(),
        f"# Coordinate encoder: {teacher['atlas']}\n\n"
        f"Longitude and latitude → {network.dim} numbers that stand for the place there, as "
        f"{teacher['model']} learnt it from data that the encoder no longer needs.\n\n"
        "```python\n"
        "import placeprint as pp\n\n"
        'encoder = pp.CoordinateEncoder.from_pretrained("this-folder")\n'
        "vectors = encoder.transform(points)  # (n, 2) longitude and latitude in degrees\n"
        "```",
        _made(about, network),
        _coverage(about, area),
        _data(about["data"]),
        _imitation(about["imitation"]),
        _scores(about["scores"]),
        _privacy(about["privacy"]),
        _USE,
        _licence(about["data"]),
    ]
    return "\n\n".join(sections) + "\n"


_USE: Final = """## Intended use and limits

For features of places in small models of areas: what is typical where labels are few, filled in
between known places, compared from place to place. Points outside the area have no vector (NaN).

* The vectors are of *places*, and say nothing of any single person or building.
* The teacher has one vector for a whole region: that two points of one region differ is what the
  network makes of the way between centres, and no finer knowledge.
* What the teacher's data leave out, the encoder does not know; where they are biased, so is it.
* Do not decide by it about persons: credit, insurance, policing, housing.
* It shows the time at which the data were gathered, and does not age with the place."""


def _head() -> str:
    return (
        "---\nlibrary_name: placeprint\npipeline_tag: feature-extraction\n"
        "tags:\n- geospatial\n- location-encoder\n- tabular\n"
        "license: other\nlicense_name: see-below\n---"
    )


def _made(about: dict[str, Any], network: PositionNetwork) -> str:
    plan, settings = about["plan"], about["settings"]
    spread = network.dilation
    before = (
        "of the place"
        if spread is None
        else f"of the place, after the sphere was stretched {spread.factor:.4g} times about "
        f"longitude {spread.lon:.4f}, latitude {spread.lat:.4f}"
    )
    widths = " · ".join(str(width) for width in plan["widths"])
    speaking = " · ".join(str(width) for width in plan["speaking"])
    lines = [
        "## How it was made",
        f"Real spherical harmonics {before} (L = {plan['degree']}, {plan['degree'] ** 2:,} values "
        f"in double precision) → hidden layers of {widths} units, ReLU → {network.dim}. Units that "
        f"are silent everywhere in the area are left out; {speaking} remain. Taught by the mean "
        "squared error from the centres of the regions, each number of a vector standardised over "
        "the regions, which is undone in the last layer.",
        f"Learning rate {settings['learning_rate']:g}, {plan['epochs']:,} epochs, batches of "
        f"{settings['batch_size']} regions.",
    ]
    if plan["warning"]:
        lines.append(f"**Note.** {plan['warning']}")
    return "\n\n".join(lines)


def _coverage(about: dict[str, Any], area: CoveredArea) -> str:
    west, south, east, north = area.bounds
    teacher = about["teacher"]
    return (
        "## Where it knows places\n\n"
        f"{teacher['regions']:,} of the {teacher['of_regions']:,} regions of {teacher['atlas']} "
        f"have a vector and taught it; they lie between longitudes {west:.4g} and {east:.4g} and "
        f"latitudes {south:.4g} and {north:.4g}, about {about['plan']['cell_km']:.3g} km across "
        f"each. The area is kept as {len(area.cells):,} H3 cells, the smallest of resolution "
        f"{area.resolution}; `encoder.coverage(points)` tells what lies in it."
    )


def _data(data: dict[str, Any]) -> str:
    rows = [
        f"| {key} | {', '.join(layer['files']) or '–'} | "
        f"{'–' if layer['regions'] is None else format(layer['regions'], ',')} | "
        f"{layer['licence'] or '–'} |"
        for key, layer in data["layers"].items()
    ]
    table = "\n".join(["| layer | files | regions | attribution |", "|---|---|---|---|", *rows])
    said = f"{data['description']}.\n\n" if data["description"] else ""
    return f"## Data\n\n{said}{table}"


def _imitation(found: dict[str, dict[str, Any]]) -> str:
    names = {
        "taught": "the centres that it was taught",
        "within": "other points of these regions",
        "random": "held out at random: neighbours of these regions are taught",
        "block": "held out by whole areas",
    }
    rows = [
        f"| {names[key]} | {each['mse']:.3f} | {each['r2']:.3f} | {each['n']:,} |"
        for key, each in found.items()
    ]
    head = ["| asked for | MSE | R² | places |", "|---|---|---|---|"]
    note = (
        " Regions that are held out are asked of students of their own, of half as many epochs."
        if "random" in found
        else ""
    )
    return (
        "## How near it comes to its teacher\n\n"
        + "\n".join([*head, *rows])
        + "\n\nMSE in units of each number's variance over the taught regions; R² is 1 less the "
        "MSE over the mean square of what is asked for, about the mean of the taught." + note
    )


def _scores(scores: dict[str, Any]) -> str:
    title = "## What it is worth: teacher and student on the tasks of the atlas"
    if not scores:
        return f"{title}\n\nThe atlas has no labels of regions: nothing was scored."
    parts = [title]
    for metric, splits in scores.items():
        for split, tasks in splits.items():
            models = max((list(scored) for scored in tasks.values()), key=len)
            order = [m for m in ("teacher", "student") if m in models]
            order += [m for m in models if m not in order]
            named = {"mean": "**mean of tasks that leak nothing**"}
            rows = [
                f"| {named.get(task, task)} | "
                + " | ".join(f"{values[m]:.3f}" if m in values else "–" for m in order)
                + " |"
                for task, values in sorted(tasks.items(), key=lambda item: item[0] != "mean")
            ]
            table = [f"| task | {' | '.join(order)} |", "|---|" + "---|" * len(order), *rows]
            parts.append(f"{_METRICS[metric]}, {_SPLITS.get(split, split)}.\n\n" + "\n".join(table))
    parts.append(
        "A linear probe with its penalty tuned inside the training rows. The student was taught "
        "all regions, those of the test rows too, as its teacher was; no probe saw their labels."
    )
    return "\n\n".join(parts)


_METRICS: Final = {"r2": "R²", "macro_f1": "Macro F1"}


def _privacy(found: dict[str, Any]) -> str:
    title = "## What it reveals of the graph"
    if not found:
        return f"{title}\n\nThe atlas has no mobility graph: there is nothing to reveal."
    if "pairs" not in found:
        return f"{title}\n\n`{found['graph']}` has too few edges to tell."
    rows = [
        f"| {name} | {each['cosine']:.3f} | {each['learnt']:.3f} |"
        if "cosine" in each
        else f"| {name} | – | {each['learnt']:.3f} |"
        for name, each in ((key, found[key]) for key in ("teacher", "student", "position"))
    ]
    table = ["| vectors | by cosine | by a fitted attack |", "|---|---|---|", *rows]
    return (
        f"{title}\n\n"
        f"{found['pairs']:,} edges of `{found['graph']}` beside as many pairs of regions that are "
        "not tied, matched to them in distance and degree: how well are the edges of one half told "
        "from the pairs that are none (AUC: 0.5 nothing, 1 everything), by the cosine of both "
        "vectors, and by a ridge on |a − b| and a ⊙ b fitted to the other half? The teacher was "
        "trained on all edges. *position* knows longitude and latitude alone.\n\n"
        + "\n".join(table)
        + "\n\nThis measures one attack; it is no proof, and no differential privacy."
    )


def _licence(data: dict[str, Any]) -> str:
    named = sorted({layer["licence"] for layer in data["layers"].values() if layer["licence"]})
    said = [data["licence"]] if data["licence"] else []
    lines = [*said, *(name for name in named if name not in said)]
    if not lines:
        return (
            "## Licence\n\nThe recipe of the atlas names no licence. Ask those whose data went in "
            "before you pass the encoder on."
        )
    return (
        "## Licence\n\nMade from data under these terms, which hold for what is made of them:\n\n"
        + ("\n".join(f"* {line}" for line in lines))
    )
