"""A million coordinates → 128-d by a distilled encoder, against the published way.

The published encoder evaluates an expression for each of 1,024 harmonics and a perceptron of
8 × 512, all in float64. Both have the same weights, those of a student that was taught a synthetic
field for some hundred steps, for an untrained network has other habits than a trained one. The
reference is measured on fewer points, for more at a time make it no faster.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import shapely
import torch

from benchmarks.harmonics import generated
from benchmarks.harness import TURNS, Row, cpu_seconds, peak_megabytes
from placeprint.distillation.plan import Plan
from placeprint.distillation.pruning import pruned
from placeprint.distillation.settings import DistillSettings
from placeprint.distillation.student import Lesson, taught
from placeprint.encoders.position import CoordinateEncoder
from placeprint.encoders.position.covered_area import CoveredArea
from placeprint.encoders.position.encoder_files import write_encoder
from placeprint.encoders.position.position_network import PositionNetwork
from placeprint.regions import Regions

WEST, SOUTH, EAST, NORTH = -120.0, 27.0, -70.0, 48.0
DIM = 128


def rows(quick: bool) -> Iterator[Row]:
    expressions = generated(32)
    generator = np.random.default_rng(0)
    epochs = 20 if quick else 120
    with tempfile.TemporaryDirectory() as folder:
        whole, mean, scale = student(Path(folder), epochs)
        encoder = CoordinateEncoder.from_pretrained(folder)
        size, few = (100_000, 2_000) if quick else (1_000_000, 20_000)
        lon, lat = generator.uniform(WEST, EAST, size), generator.uniform(SOUTH, NORTH, size)
        layers = published(whole, mean, scale)

        def reference() -> np.ndarray:
            return symbolic(lon[:few], lat[:few], expressions, layers)

        away = float(np.abs(reference() - encoder.encode(lon[:few], lat[:few])).max())
        yield compare(size, few, lambda: encoder.encode(lon, lat), reference, away)


def compare(
    size: int, few: int, ours: Callable[[], object], reference: Callable[[], object], away: float
) -> Row:
    peak = peak_megabytes(ours)
    mine, theirs = [], []
    for _ in range(TURNS):
        mine.append(cpu_seconds(ours))
        theirs.append(cpu_seconds(reference))
    share = size / few
    cpu, wall = (median(each) * share for each in zip(*theirs, strict=True))
    own_cpu, own_wall = (median(each) for each in zip(*mine, strict=True))
    held = size * DIM * 4 / 1e6
    note = (
        f"wall of the reference {wall:,.0f} s, {wall / own_wall:.1f} × ours; its figures from "
        f"{few:,} points; of the peak {held:,.0f} MB are the result; max difference {away:.0e}"
    )
    return Row("coordinate encoder 128-d", size, cpu, own_cpu, peak, wall_s=own_wall, note=note)


def student(folder: Path, epochs: int) -> tuple[PositionNetwork, np.ndarray, np.ndarray]:
    """Teach the published architecture 3,000 places, and write it as ``distill`` does."""
    generator = np.random.default_rng(1)
    lon, lat = generator.uniform(WEST, EAST, 3000), generator.uniform(SOUTH, NORTH, 3000)
    waves = generator.normal(0, 0.5, (2, 60))  # of degrees: some 12 degrees long, and longer
    field = np.cos(np.column_stack([lon, lat]) @ waves + generator.uniform(0, 6, 60))
    vectors = field @ generator.normal(size=(60, DIM)) + generator.normal(0, 3, (3000, DIM))
    lesson = Lesson.of(pd.DataFrame({"lon": lon, "lat": lat}), vectors)
    plan = Plan(32, (512,) * 8, None, 50.0)
    settings = DistillSettings(epochs=epochs)
    whole, _ = taught(plan, lesson, settings, device=torch.device("cpu"))
    ids = pd.Index(["box"], name="region_id")
    area = CoveredArea.of(
        Regions.from_polygons(ids, np.array([shapely.box(WEST, SOUTH, EAST, NORTH)]))
    )
    east, north = area.points(50_000)
    network = pruned(whole, np.append(lon, east), np.append(lat, north))
    write_encoder(folder, network, (lesson.mean, lesson.scale), area, {})
    return whole, lesson.mean, lesson.scale


def published(network: PositionNetwork, mean: np.ndarray, scale: np.ndarray) -> torch.nn.Module:
    modules: list[torch.nn.Module] = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        layer = torch.nn.Linear(*weight.shape)
        layer.weight.data = torch.from_numpy(weight.T.copy())
        layer.bias.data = torch.from_numpy(bias.copy())
        modules += [layer, torch.nn.ReLU()]
    last = modules[-2]
    layers = torch.nn.Sequential(*modules[:-1]).double()
    last.weight.data *= torch.from_numpy(scale)[:, None]
    last.bias.data = last.bias.data * torch.from_numpy(scale) + torch.from_numpy(mean)
    return layers


@torch.inference_mode()
def symbolic(
    lon: np.ndarray,
    lat: np.ndarray,
    expressions: list[Callable[..., object]],
    layers: torch.nn.Module,
) -> np.ndarray:
    theta, phi = torch.from_numpy(np.radians(90 - lat)), torch.from_numpy(np.radians(lon))
    columns = [torch.as_tensor(each(theta, phi), dtype=theta.dtype) for each in expressions]
    values = torch.stack([column.expand_as(theta) for column in columns], dim=-1)
    return layers(values).numpy()
