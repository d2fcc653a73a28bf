"""What each entity shows: its text, the streets around it, its outline."""

from __future__ import annotations

import torch
from torch import Tensor

from placeprint.models.urbanmfm.city import City
from placeprint.models.urbanmfm.links import expand
from placeprint.models.urbanmfm.network import IMAGE_FEATURES, UrbanMFM
from placeprint.models.urbanmfm.pictures import Pictures
from placeprint.models.urbanmfm.swapping import first_present
from placeprint.models.urbanmfm.view_memory import view_memory

__all__ = ["Modalities", "image_features"]

IMAGES_PER_BATCH = 64


@torch.no_grad()
def image_features(network: UrbanMFM, pictures: Pictures) -> Tensor:
    """(n, 512) what the image network says of all images, in batches."""
    assert network.images is not None
    training = network.training
    network.eval()
    parts = [
        network.images(pictures.pixels(rows))
        for rows in torch.arange(len(pictures)).split(IMAGES_PER_BATCH)
    ]
    network.train(training)
    return torch.cat(parts) if parts else torch.empty(0, IMAGE_FEATURES)


class Modalities:
    """Embeddings of the modalities of entities, in the common space.

    Args:
        network: The model.
        city: The city.
        street_features: (i, 512) of all street-view images; None: street views take no part.
    """

    def __init__(self, network: UrbanMFM, city: City, street_features: Tensor | None) -> None:
        self._network = network
        self._city = city
        self._street = street_features

    def of(self, rows: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The modalities of some entities.

        Args:
            rows: (b,) entities, of which a text or an outline is known.

        Returns:
            For ``text``, ``outline`` and, if they take part, ``view``: (b, dim) embeddings and
            (b,) bool, whether the entity has it.
        """
        city, network = self._city, self._network
        zeros = torch.zeros(len(rows), network.config.hidden)
        text, outline = city.text[rows], city.outline[rows]
        values, present = {"text": zeros}, {"text": text >= 0, "outline": outline >= 0}
        written, shaped = torch.nonzero(text >= 0)[:, 0], torch.nonzero(outline >= 0)[:, 0]
        if len(written):
            values["text"] = zeros.index_put((written,), network.text(city.texts[text[written]]))
        values["outline"] = zeros
        if len(shaped):
            drawn = outline[shaped]
            polygons = network.polygon(city.outlines[drawn], city.surface[drawn])
            values["outline"] = zeros.index_put((shaped,), polygons)
        if self._street is not None:
            # An entity without a text asks its memory of the streets by its outline.
            query = first_present(values, present, "text")
            values["view"], present["view"] = self._views(rows, query)
        return values, present

    def _views(self, rows: Tensor, query: Tensor) -> tuple[Tensor, Tensor]:
        """E_v, and whether any street view is near."""
        city = self._city
        owner, links = city.seen_from.of(rows)
        faced = city.seen_from.members[links] * 4 + city.facing[links]
        distinct, which = faced.unique(return_inverse=True)
        memory, seen = view_memory(
            query,
            self._towards(distinct // 4, distinct % 4)[which],
            owner,
            city.seen_from.weights[links],
            self._network.config.local.max_distance_m,
            self._network.config.temperature,
        )
        return torch.where(seen[:, None], memory, 0), seen

    def _towards(self, groups: Tensor, facing: Tensor) -> Tensor:
        """(m, dim) E_sv of groups, as seen by who is faced by a direction."""
        views = self._city.street_views
        assert views is not None
        assert self._street is not None
        image = views.image[groups]
        present = image >= 0
        shown = self._network.picture(self._street[image[present]])
        pictures = shown.new_zeros(*image.shape, shown.shape[1]).index_put(
            torch.nonzero(present, as_tuple=True), shown
        )
        fused: Tensor = self._network.views(pictures, present, facing)
        return fused

    def inhabitants(self, regions: Tensor) -> tuple[Tensor, Tensor]:
        """E_micro: the mean of the joined embeddings of each region's entities.

        Args:
            regions: (b,) regions.

        Returns:
            (b, dim), and (b,) bool, whether the region has an entity; rows without one are 0 and
            not to be used.

        Source:
            UrbanMFM, global stage.
        """
        links = self._city.inhabitants
        counts = links.counts[regions]
        owner, positions = expand(links.starts[regions], counts)
        total = torch.zeros(len(regions), self._network.config.hidden)
        if len(owner):
            joined = self._network.joined(*self.of(links.members[positions]))
            total = total.index_add(0, owner, joined)
        return total / counts.clamp_min(1)[:, None], counts > 0
