"""What a training will take, said before it starts: regions, links, time and memory.

Counts come from the atlas's manifest, so nothing is read; two rates are measured in a fraction of
a second. What a training does is then multiplied out. The figures are rough (within a factor of
two on an idle machine): they tell minutes from hours, and 2 GB from 20.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch

from placeprint.atlas import Atlas
from placeprint.mobility import line_memory
from placeprint.models.memory import ADVICE, available_memory
from placeprint.models.mobclip.config import MobCLIPConfig
from placeprint.models.mobclip.views import chosen_modalities
from placeprint.progress import console

__all__ = ["Estimate", "Rates", "announce", "estimate", "spoken_time"]

PROGRAM: Final = 0.6e9
"""Bytes of the interpreter and its libraries."""

LINE_PASSES: Final = 7
"""Readings of the graph, each of which gathers 2 bytes a dimension and link."""

PROFILE_PASSES: Final = 22
PROFILE_COLUMNS: Final = 96
FUSED: Final = 832
"""Columns of all groups of the fusion, with three modalities."""

STATISTICS: Final = 2e-7
"""Seconds of one core for an entry's part in the statistics of flows."""

STREAMED: Final = 2.5
"""How much faster a sparse product gathers rows than plain indexing, which waits for each."""


@dataclass(frozen=True)
class Rates:
    """What this machine does in a second, all threads together.

    Attributes:
        multiplications: Floating-point operations of dense products.
        bytes: Bytes of rows gathered at random.
    """

    multiplications: float
    bytes: float

    @classmethod
    def measure(cls) -> Rates:
        """Measure both, in about a tenth of a second."""
        generator = torch.Generator().manual_seed(0)
        table = torch.ones(131_072, 128)  # larger than caches
        rows = torch.randint(len(table), (16_384,), generator=generator)
        products, found = torch.empty(512, len(rows)), torch.empty(len(rows), 128)
        gathering = _shortest(lambda: torch.index_select(table, 0, rows, out=found))
        multiplying = _shortest(lambda: torch.mm(found[:512], found.T, out=products))
        return cls(2 * 512 * found.numel() / multiplying, STREAMED * found.nbytes / gathering)


@dataclass(frozen=True)
class Estimate:
    """What a training will take.

    Attributes:
        regions: Regions.
        links: Links of the graph, 0 without one.
        modalities: The modalities that take part.
        epochs: At most so many epochs.
        steps: Steps an epoch.
        seconds: For each phase, about how long.
        memory: Bytes at the peak, about.
        available: Bytes that are to be had, None if unknown.
    """

    regions: int
    links: int
    modalities: tuple[str, ...]
    epochs: int
    steps: int
    seconds: Mapping[str, float]
    memory: float
    available: int | None

    @property
    def suffices(self) -> bool:
        """Whether memory suffices, as far as is known."""
        return self.available is None or self.memory <= self.available

    def __str__(self) -> str:
        links = f", {self.links:,} links" if self.links else ""
        phases = ", ".join(
            f"{phase} {spoken_time(seconds)}" for phase, seconds in self.seconds.items()
        )
        lines = [
            f"{self.regions:,} regions{links}; {', '.join(self.modalities)}; at most "
            f"{self.epochs} epochs of {self.steps} steps",
            f"about {spoken_time(sum(self.seconds.values()))} ({phases}) and "
            f"{self.memory / 1e9:.1f} GB of memory, of "
            + ("an unknown amount" if self.available is None else f"{self.available / 1e9:.1f} GB"),
        ]
        if not self.suffices:
            lines.append(f"memory will hardly suffice. To mend it: {ADVICE}")
        return "\n".join(lines)


def estimate(atlas: Atlas, config: MobCLIPConfig, rates: Rates | None = None) -> Estimate:
    """What a training of a configuration will take.

    Args:
        atlas: The atlas.
        config: The configuration.
        rates: What the machine does in a second; None: measured.

    Raises:
        InputError: If the configuration names a modality or anchor that is not there.
    """
    speed = rates or Rates.measure()
    modalities = chosen_modalities(atlas, config)
    sizes = [int(atlas.layer(f"features/{name}").get("dimensions", 0)) for name in modalities]
    regions = len(atlas.region_ids)
    trained = math.ceil((1 - config.training.validation_share) * regions)
    steps = config.training.steps(trained)
    work = _Work(regions, config, sum(sizes), len(sizes), *_links(atlas, config))
    return Estimate(
        regions=regions,
        links=work.entries // 2,
        modalities=tuple(modalities),
        epochs=config.training.epochs,
        steps=steps,
        seconds=work.seconds(speed, steps),
        memory=work.memory(),
        available=available_memory(),
    )


def announce(estimated: Estimate) -> None:
    """Say it on standard error."""
    console.print(str(estimated), highlight=False, soft_wrap=True)


def spoken_time(seconds: float) -> str:
    """A duration as one would say it.

    Example:
        >>> [spoken_time(seconds) for seconds in (0.3, 42, 130, 9000)]
        ['1 s', '42 s', '2 min', '2.5 h']
    """
    if seconds < 100:
        return f"{max(math.ceil(seconds), 1)} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


@dataclass(frozen=True)
class _Work:
    regions: int
    config: MobCLIPConfig
    features: int
    modalities: int
    read: int
    """Links as they are read, one for each snapshot."""
    entries: int
    """Stored entries of the full graph: twice its links."""

    @property
    def kept(self) -> float:
        """Stored entries of the sampled graph, at most."""
        graph = self.config.graph
        return 0.0 if graph is None else min(1.0, 2 * graph.share) * self.entries

    def seconds(self, speed: Rates, steps: int) -> dict[str, float]:
        """For each phase."""
        n, dim, training = self.regions, self.config.dim, self.config.training
        batch = min(training.batch_size, n)
        layers = 0 if self.config.graph is None else self.config.graph.layers
        pairs = 10 * self.modalities * batch**2 * dim  # a tile, again for its gradient, and three
        heads = 6 * batch * self.features * dim
        rows = 2 * layers * self.kept * 4 * dim + 40 * n * dim
        step = (pairs + heads) / speed.multiplications + rows / speed.bytes
        line = LINE_PASSES * self.entries * 2 * dim / speed.bytes
        fusion = 2 * n * (FUSED + self.features) ** 2 / speed.multiplications
        profile = PROFILE_PASSES * self.entries * 4 * PROFILE_COLUMNS / speed.bytes
        travel = self.entries * 4 * FUSED / speed.bytes
        statistics = self.entries * STATISTICS / torch.get_num_threads()
        return {
            "LINE": line,
            "training": 1.1 * training.epochs * steps * step,
            "embedding": fusion + profile + travel + statistics,
        }

    def memory(self) -> float:
        """Bytes at the peak of the largest phase."""
        n, dim = self.regions, self.config.dim
        batch = min(self.config.training.batch_size, n)
        graph = 12.0 * self.entries  # structure, weights of the graph, weights of the flows
        reading = 16.0 * self.read + 20.0 * self.entries
        vectors = 4.0 * n * dim
        line = graph + line_memory(n, self.entries, dim, weights="float32")
        features = 4.0 * n * self.features
        training = graph + 8 * self.kept + 9 * vectors + features
        training += 4.0 * batch * (4 * self.features + 12 * dim * (self.modalities + 1))
        embedding = graph + 8 * self.entries + 4 * vectors + features
        embedding += 4.0 * n * (FUSED + 6 * PROFILE_COLUMNS)
        return PROGRAM + max(reading, line, training, embedding)


def _links(atlas: Atlas, config: MobCLIPConfig) -> tuple[int, int]:
    """The links that are read, and the entries that both directions of the graph's take."""
    if config.graph is None or config.graph.name not in atlas.graph_names:
        return 0, 0
    read, links = atlas.count_links(config.graph.name, config.graph.time)
    return read, 2 * links


def _shortest(work: Callable[[], object], times: int = 4) -> float:
    """Seconds of the fastest of a few tries; the first warms up."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return max(min(taken), 1e-9)
