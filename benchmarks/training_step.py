"""A whole training step of MobCLIP against the published one, written out here.

    python -m benchmarks training_step [--quick]

A step is: a batch is drawn from the features, the graph is propagated, the loss, its gradient, the
optimiser. The published step reads the batch item by item, keeps the graph as int64 coordinates,
propagates all of it, holds three matrices of logits and takes six log-softmaxes of them. Both
start from the same weights and see the same batches; first the largest relative difference of their
first ten losses is found (at the size of the batch that is named), then steps take turns.

Planted graphs, random features (POI 1,024, demographics 40, image 768), 128 dimensions, two layers,
one thread each. Where the published step does not fit into memory at the batch of 20,480, as among
195,574 regions, its CPU seconds are those of its step at a batch of 1,024 there, and what the whole
batch adds among 28,855 regions, where it was measured: the loss, the heads and the reading depend
on the batch alone, the graph and the optimiser on the regions. The row says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import numba
import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import DataLoader, Dataset

from benchmarks.harness import Row, cpu_seconds, peak_megabytes
from benchmarks.planted import planted_graph
from benchmarks.spmm import SIZES, as_coo, plain_lightgcn
from placeprint.mobility.adjacency import NormalisedAdjacency
from placeprint.models.mobclip import MobCLIPConfig
from placeprint.models.mobclip.network import Alignment, MobCLIP
from placeprint.models.mobclip.views import Views
from placeprint.training import Trainer, tile_memory

WIDTHS = {"poi": 1024, "demographics": 40, "image": 768}
TEMPERATURES = {"poi": 0.5, "demographics": 0.7, "image": 0.2}
DIM, HIDDEN, LAYERS, BATCH = 128, 64, 2, 20_480
FEW = 1_024
"""The batch at which ten losses are compared where a whole published step takes a minute."""

LOSSES = 10


def rows(quick: bool) -> Iterator[Row]:
    threads = torch.get_num_threads(), numba.get_num_threads()
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    try:
        added = math.nan
        for nodes, entries in SIZES.items():
            row, added = measured(nodes, entries, added)
            yield row
            if quick:
                return
    finally:
        torch.set_num_threads(threads[0])
        numba.set_num_threads(threads[1])


def measured(nodes: int, entries: int, added: float) -> tuple[Row, float]:
    """Both steps at one size, and the CPU seconds that the whole batch adds to a published one.

    Args:
        nodes: How many regions.
        entries: How many entries of the graph.
        added: What the batch added among fewer regions, for where it does not fit here.
    """
    adjacency = NormalisedAdjacency.of(planted_graph(nodes, entries, hard=False).graph)
    generator = np.random.default_rng(0)
    features = {
        name: generator.standard_normal((nodes, width), dtype=np.float32)
        for name, width in WIDTHS.items()
    }
    batch = min(BATCH, nodes * 9 // 10)
    chosen = torch.from_numpy(generator.permutation(nodes)[:batch])
    peak, held = memory(adjacency, features, chosen)
    plain, ours = Plain(adjacency, features), Ours(adjacency, features)
    ours.begin_as(plain)
    small = min(batch, FEW) if nodes > 10_000 else batch
    difference = ten_losses(plain, ours, small)
    theirs_peak, how = math.nan, ""
    turns = 5 if nodes < 10_000 else 3
    if fits(batch):
        theirs_peak = peak_megabytes(partial(plain.step, chosen))
        mine, theirs = turn_about(plain, ours, chosen, chosen, turns)
        if batch == BATCH:
            added = theirs - published_seconds(plain, chosen[:FEW])
    else:
        mine, few = turn_about(plain, ours, chosen, chosen[:FEW], turns)
        theirs = few + added
        how = f"; the published step: {few:.1f} s at {FEW:,}, and {added:.1f} s from fewer nodes"
    note = (
        f"{nodes:,} nodes, batch {batch:,}; ten losses (batch {small:,}) {difference:.0e} apart; "
        f"ours with graph and features holds {held:,.0f} MB{how}"
    )
    seconds = median(cpu for cpu, _ in mine), median(wall for _, wall in mine)
    size = adjacency.rows.nnz
    row = Row("training step", size, theirs, seconds[0], peak, theirs_peak, seconds[1], note)
    return row, added


def memory(
    adjacency: NormalisedAdjacency, features: dict[str, np.ndarray], chosen: Tensor
) -> tuple[float, float]:
    """What one of our steps adds at its peak, and what the whole process then holds, in MB."""
    ours = Ours(adjacency, features)
    ours.step(chosen)
    tile_memory.release()  # or the peak would lack it
    return peak_megabytes(partial(ours.step, chosen)), status("VmHWM")


def ten_losses(plain: Plain, ours: Ours, batch: int) -> float:
    """The largest relative difference of the losses of the first ten steps."""
    apart = 0.0
    generator = torch.Generator().manual_seed(0)
    for _ in range(LOSSES):
        chosen = torch.randperm(len(plain.nodes), generator=generator)[:batch]
        expected = plain.step(chosen)
        apart = max(apart, abs(ours.step(chosen) / expected - 1))
    return apart


def turn_about(
    plain: Plain, ours: Ours, chosen: Tensor, theirs: Tensor, turns: int
) -> tuple[list[tuple[float, float]], float]:
    """(CPU, wall) seconds of our steps, and the median CPU seconds of the published ones."""
    mine, published = [], []
    for _ in range(turns):
        mine.append(cpu_seconds(partial(ours.step, chosen)))
        published.append(published_seconds(plain, theirs))
    return mine, median(published)


def published_seconds(plain: Plain, chosen: Tensor) -> float:
    """CPU seconds of one published step."""
    return cpu_seconds(partial(plain.step, chosen))[0]


def fits(batch: int) -> bool:
    """Whether a published step does: eleven matrices of logits, measured, and the rest."""
    return 11 * 4 * batch**2 + 3e9 < status("MemAvailable", "/proc/meminfo") * 1e6


def status(key: str, path: str = "/proc/self/status") -> float:
    lines = Path(path).read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{key}:"))


class Ours:
    """The step as placeprint takes it: its objective, its optimiser."""

    def __init__(self, adjacency: NormalisedAdjacency, features: dict[str, np.ndarray]) -> None:
        nodes = adjacency.shape[0]
        ids = pd.Index(range(nodes)).astype(str)
        here = torch.arange(nodes)
        frames = {name: pd.DataFrame(values, copy=False) for name, values in features.items()}
        rows = {"mobility": here, **dict.fromkeys(features, here)}
        views = Views(ids, frames, rows, None, adjacency, None)
        config = MobCLIPConfig(dim=DIM)
        self.model = MobCLIP(config, WIDTHS, torch.zeros(nodes, DIM))
        self.objective = Alignment(self.model, views)
        self.optimiser = Trainer(self.model, self.objective, config.training)._optimizer()

    def begin_as(self, plain: Plain) -> None:
        """Take over the weights of the published model."""
        state = plain.state_dict()
        given = {"graph.features": state["nodes"]}
        for part in ("weight", "bias"):
            for name in ("poi", "image"):
                given[f"towers.{name}.head.0.{part}"] = state[f"{name}.{part}"]
            for layer in (0, 2):
                place = f"demographics.head.{layer}.{part}"
                given[f"towers.{place}"] = state[f"demographics.{layer}.{part}"]
        missing = self.model.load_state_dict(given, strict=False).missing_keys
        assert all("mean" in name or "scale" in name or "temper" in name for name in missing)

    def step(self, chosen: Tensor) -> float:
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.objective(chosen)
        loss.backward()
        self.optimiser.step()
        return loss.item()


class Plain(nn.Module):
    """The published step, with nothing changed but that it runs on a processor."""

    def __init__(self, adjacency: NormalisedAdjacency, features: dict[str, np.ndarray]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.adjacency = as_coo(adjacency)
        self.nodes = nn.Parameter(torch.randn(adjacency.shape[0], DIM))
        self.poi = nn.Linear(WIDTHS["poi"], DIM)
        self.image = nn.Linear(WIDTHS["image"], DIM)
        self.demographics = nn.Sequential(
            nn.Linear(WIDTHS["demographics"], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, DIM)
        )
        self.items = Items(features)
        matrices = [p for p in self.parameters() if p.ndim >= 2]
        biases = [p for p in self.parameters() if p.ndim < 2]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": biases, "weight_decay": 0.0},
                {"params": matrices, "weight_decay": 1e-3},
            ],
            lr=1e-3,
        )

    def logits(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        every = plain_lightgcn(self.adjacency, self.nodes, LAYERS)
        anchor = every[batch["index"]]
        anchor = anchor / anchor.norm(dim=1, keepdim=True)
        logits = {}
        for name, tower in (
            ("poi", self.poi),
            ("demographics", self.demographics),
            ("image", self.image),
        ):
            other = tower(batch[name])
            other = other / other.norm(dim=1, keepdim=True)
            scale = torch.tensor(np.log(1 / TEMPERATURES[name]), dtype=torch.float32).exp()
            logits[f"anchor to {name}"] = scale * anchor @ other.t()
            logits[f"{name} to anchor"] = logits[f"anchor to {name}"].t()
        return logits

    def step(self, chosen: Tensor) -> float:
        (batch,) = DataLoader(self.items, batch_size=len(chosen), sampler=chosen.tolist())
        self.optimiser.zero_grad()
        logits = self.logits(batch)
        labels = torch.arange(len(chosen))
        loss = sum(F.cross_entropy(values, labels) for values in logits.values()) / len(logits)
        loss.backward()
        self.optimiser.step()
        return loss.item()


class Items(Dataset):
    """One region at a time, each feature a tensor of its own."""

    def __init__(self, features: dict[str, np.ndarray]) -> None:
        self.features = features

    def __len__(self) -> int:
        return len(self.features["poi"])

    def __getitem__(self, index: int) -> dict[str, object]:
        item = {
            name: torch.tensor(values[index], dtype=torch.float)
            for name, values in self.features.items()
        }
        return {**item, "index": index}
