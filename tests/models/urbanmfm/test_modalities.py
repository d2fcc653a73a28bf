from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812


def rows_of(city, kind: str, count: int = 12) -> torch.Tensor:
    known = city.known.numpy() & (city.entities.kind == kind)
    return torch.from_numpy(np.flatnonzero(known)[:count])


@pytest.mark.parametrize("kind", ["pois", "buildings"])
def test_each_entity_shows_what_it_has(sources, kind) -> None:
    city, network = sources.city, sources.network.eval()
    rows = rows_of(city, kind)
    values, present = sources.modalities.of(rows)
    for position, row in enumerate(rows):
        text, outline = int(city.text[row]), int(city.outline[row])
        assert bool(present["text"][position]) == (text >= 0)
        assert bool(present["outline"][position]) == (outline >= 0)
        if text >= 0:
            expected = network.text(city.texts[text][None])[0]
            torch.testing.assert_close(values["text"][position], expected)
        if outline >= 0:
            head = network.outline(city.outlines[outline][None])[0]
            share = city.surface[outline] / city.surface.max()
            torch.testing.assert_close(values["outline"][position], (head + share) / 2)


def test_the_memory_of_the_streets_is_that_of_a_loop(sources) -> None:
    city, network = sources.city, sources.network.eval()
    views = city.street_views
    rows = rows_of(city, "pois", 5)
    values, present = sources.modalities.of(rows)
    features = network.picture(sources.modalities._street)
    for position, row in enumerate(rows):
        links = range(int(city.seen_from.starts[row]), int(city.seen_from.starts[row + 1]))
        assert bool(present["view"][position]) == (len(links) > 0)
        query = values["text"][position]
        seen, logits = [], []
        for link in links:
            group = int(city.seen_from.members[link])
            image = views.image[group]
            shown = torch.zeros(1, 4, network.config.hidden)
            for direction in range(4):
                if image[direction] >= 0:
                    shown[0, direction] = features[image[direction]]
            fused = network.views(shown, (image >= 0)[None], city.facing[link][None])[0]
            prior = 1000 / (float(city.seen_from.weights[link]) + 1000)
            seen.append(fused)
            logits.append(F.cosine_similarity(query, fused, dim=0) * prior / 0.5)
        weights = torch.stack(logits).softmax(0)
        expected = (weights[:, None] * torch.stack(seen)).sum(0)
        torch.testing.assert_close(values["view"][position], expected, rtol=1e-4, atol=1e-5)


def test_a_region_is_the_mean_of_its_entities(sources) -> None:
    city, network = sources.city, sources.network.eval()
    regions = torch.arange(len(city.region_ids))
    micro, inhabited = sources.modalities.inhabitants(regions)
    for region in regions[:6]:
        rows = torch.from_numpy(
            np.flatnonzero(city.known.numpy() & (city.entities.region == int(region)))
        )
        assert bool(inhabited[region]) == (len(rows) > 0)
        if len(rows):
            expected = network.joined(*sources.modalities.of(rows)).mean(dim=0)
            torch.testing.assert_close(micro[region], expected, rtol=1e-4, atol=1e-5)


def test_what_is_absent_changes_nothing(network) -> None:
    """Rows of a modality that an entity lacks are never read."""
    generator = torch.Generator().manual_seed(0)
    values = {name: torch.randn(6, 16, generator=generator) for name in ("text", "view", "outline")}
    present = {
        "text": torch.tensor([1, 1, 1, 0, 0, 0]).bool(),
        "view": torch.tensor([0, 1, 0, 1, 0, 1]).bool(),
        "outline": torch.tensor([0, 0, 1, 0, 1, 1]).bool(),
    }
    whole = network.joined(values, present)
    spoilt = {name: torch.where(present[name][:, None], x, 1e6) for name, x in values.items()}
    torch.testing.assert_close(network.joined(spoilt, present), whole)
    torch.testing.assert_close(whole[0], values["text"][0])
    torch.testing.assert_close(whole[3], values["view"][3])
    torch.testing.assert_close(whole[4], values["outline"][4])
