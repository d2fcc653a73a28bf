"""What an embedding is always shown beside: plain baselines, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from placeprint.evaluation.entities import described_kinds, entity_table

if TYPE_CHECKING:
    from placeprint.atlas import Atlas

__all__ = ["Lazily", "baselines_for", "position_baselines"]


class Lazily(Mapping[str, pd.DataFrame]):
    """Vectors by name, each made once, when it is first asked for.

    An evaluation that is taken up again asks only for what has not been scored.

    Args:
        makers: Name → what makes its vectors.

    Example:
        >>> models = Lazily({"a": lambda: pd.DataFrame({"0": [1.0]})})
        >>> list(models), models["a"].shape
        (['a'], (1, 1))
    """

    def __init__(self, makers: Mapping[str, Callable[[], pd.DataFrame]]) -> None:
        self._makers = {name: cache(make) for name, make in makers.items()}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __or__(self, other: Lazily) -> Lazily:
        """The models of both, those of ``other`` last."""
        return Lazily(self._makers | other._makers)

    def only(self, names: Iterable[str]) -> Lazily:
        """Some of the models, in the order of ``names``."""
        return Lazily({name: self._makers[name] for name in names})


def position_baselines(centroids: pd.DataFrame) -> Lazily:
    """The baselines that know nothing but where a region is.

    * ``coordinates``: longitude and latitude;
    * ``spherical_harmonics``: 400 of them (L = 20).

    Args:
        centroids: Columns lon, lat in degrees, indexed by region id.

    Example:
        >>> centroids = pd.DataFrame({"lon": [24.9], "lat": [60.2]}, index=["helsinki"])
        >>> position_baselines(centroids)["spherical_harmonics"].shape
        (1, 400)
    """
    from placeprint import baselines

    return Lazily(
        {
            "coordinates": lambda: baselines.coordinate_features(centroids),
            "spherical_harmonics": lambda: baselines.harmonic_features(centroids),
        }
    )


def baselines_for(atlas: Atlas, dim: int, graph: str | None) -> Lazily:
    """The baselines of an atlas; none of them has seen a label.

    * those of :func:`position_baselines`;
    * ``raw``: the features of all modalities, and ``pca``: their principal components;
    * ``line``: second-order LINE of the graph;
    * ``raw+flows``: the raw features beside a singular value decomposition of the flows;
    * ``tag_counts``: categories of the region's entities, counted, beside the mean of its
      neighbours, and ``hex2vec``: what Hex2Vec learns from the former.

    Args:
        atlas: The study area.
        dim: Dimensions of the embedding they are compared with; ``pca`` and ``line`` have as many.
        graph: The graph that the embedding was trained on; None leaves ``line`` and
            ``raw+flows`` out, as an atlas without modalities does ``raw`` and ``pca``, one
            without entities, or without the outlines of regions, ``tag_counts`` and ``hex2vec``,
            and one that does not know where its regions are those of position.

    Returns:
        Name → float32 vectors, indexed by region id.

    Raises:
        InputError: If the atlas has no such graph; when ``line`` or ``raw+flows`` is made.

    Example:
        >>> import placeprint as pp
        >>> atlas = pp.Atlas("atlas")  # doctest: +SKIP
        >>> models = baselines_for(atlas, dim=128, graph="commuting")  # doctest: +SKIP
    """
    from placeprint import baselines

    @cache
    def raw() -> pd.DataFrame:
        modalities = {name: atlas.features(name) for name in atlas.feature_names}
        return baselines.raw_features(modalities, atlas.region_ids)

    makers: dict[str, Callable[[], pd.DataFrame]] = {}
    if atlas.feature_names:
        makers["raw"] = raw
        makers["pca"] = lambda: baselines.pca_features(raw(), dim)
    if graph is not None:
        makers["line"] = lambda: _line(atlas, graph, dim)
        if "raw" in makers:
            makers["raw+flows"] = lambda: baselines.raw_with_flows(
                raw(), baselines.flow_features(atlas.graph(graph), atlas.region_ids)
            )
    kinds = described_kinds(atlas) if atlas.regions.has_outlines else []
    if kinds:

        @cache
        def counts() -> pd.DataFrame:
            entities = pd.concat([entity_table(atlas, kind) for kind in kinds])
            return baselines.tag_counts(entities, atlas.regions.neighbours())

        makers["tag_counts"] = counts
        makers["hex2vec"] = lambda: baselines.hex2vec_features(
            baselines.own_counts(counts()), atlas.regions.neighbours()
        )
    if not atlas.regions.has_coordinates:
        return Lazily(makers)
    return position_baselines(atlas.regions.centroids()) | Lazily(makers)


def _line(atlas: Atlas, graph: str, dim: int) -> pd.DataFrame:
    from placeprint.baselines import line_features
    from placeprint.mobility import MobilityGraph

    edges = atlas.graph(graph)
    tied = MobilityGraph.from_edges(edges, atlas.region_ids, source=f"graph {graph}")
    return line_features(tied, dim)
