"""UrbanMFM: encoders of every modality, and the attention that joins them at each scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from placeprint.encoders.outlines import polygon_embedding
from placeprint.encoders.resnet import ResNet18
from placeprint.models.feature_tower import FeatureTower
from placeprint.models.urbanmfm.config import UrbanMFMConfig
from placeprint.models.urbanmfm.cross_attention import ResidualCrossAttention
from placeprint.models.urbanmfm.gated_fusion import GatedFusion
from placeprint.models.urbanmfm.gated_views import GatedViews
from placeprint.models.urbanmfm.graph_attention import GraphAttention

__all__ = ["IMAGE_FEATURES", "UrbanMFM"]

IMAGE_FEATURES = 512
"""Features of a ResNet-18."""


class UrbanMFM(nn.Module):
    """The trainable parts of UrbanMFM.

    The text encoder and the network that reads outlines are frozen; a linear head over each is
    trained. The image network is trained as a whole, by the stages that look at images.

    Args:
        config: The configuration.
        text_size: Dimensions of the text encoder.
        descriptor_size: Dimensions of the description of a region.
        pictures: Whether there are images, of streets or from above.

    Attributes:
        text: Head over text: E_t.
        outline: Head over outlines, see :meth:`polygon`.
        images: ResNet-18, one for satellite and street views; None without images.
        picture: Head over its features.
        descriptors: Head over descriptions of regions, which stand in for satellite images.
        views: Gated fusion of the facing image and its context: E_sv.
        local: Attention over the graph around an entity.
        city: Attention over the graph of regions.
        attend: Attention between the text of an entity and its view, or its outline.
        fuse: Gates between them.
    """

    max_surface: Tensor

    def __init__(
        self,
        config: UrbanMFMConfig,
        *,
        text_size: int,
        descriptor_size: int,
        pictures: bool,
    ) -> None:
        super().__init__()
        self.config = config
        dim, heads, generator = (
            config.hidden,
            config.heads,
            torch.Generator().manual_seed(config.seed),
        )

        def head(size: int) -> FeatureTower:
            return FeatureTower(size, dim, mlp=False, generator=generator)

        def attention() -> GraphAttention:
            return GraphAttention(
                dim, dim, heads=heads, version=config.attention, generator=generator
            )

        self.text = head(text_size)
        self.outline = head(IMAGE_FEATURES)
        self.descriptors = head(descriptor_size)
        self.picture = head(IMAGE_FEATURES)
        self.views = GatedViews(dim, generator=generator)
        self.local = attention()
        self.city = attention()
        self.attend = nn.ModuleDict(
            {
                other: ResidualCrossAttention(dim, heads=heads, generator=generator)
                for other in ("view", "outline")
            }
        )
        self.fuse = nn.ModuleDict(
            {other: GatedFusion(dim, generator=generator) for other in ("view", "outline")}
        )
        self.images = ResNet18(weights=config.image_weights, seed=config.seed) if pictures else None
        self.register_buffer("max_surface", torch.ones(()))

    def standardise(self, texts: Tensor, outlines: Tensor, descriptors: pd.DataFrame) -> None:
        """Let each head learn the mean and deviation of what it reads."""
        for head, features in (
            (self.text, texts),
            (self.outline, outlines),
            (self.descriptors, _numbers(descriptors)),
        ):
            if len(features):
                head.standardise(features.numpy())

    def filled(self, descriptors: pd.DataFrame) -> Tensor:
        """(r, D) descriptions of regions; what is not known of one counts as the mean."""
        numbers = _numbers(descriptors)
        return torch.where(numbers.isnan(), self.descriptors.mean, numbers)

    def look(self, pixels: Tensor) -> Tensor:
        """(b, 3, s, s) images, 0 to 1 → (b, dim) embeddings E_si or E_e, E_s, E_w, E_n."""
        assert self.images is not None
        embedded: Tensor = self.picture(self.images(pixels))
        return embedded

    def polygon(self, features: Tensor, surface: Tensor) -> Tensor:
        """(b, 512) features of outlines and (b,) areas in m² → (b, dim) embeddings E_p."""
        shown: Tensor = self.outline(features)
        return polygon_embedding(shown, surface, self.max_surface.item())

    def joined(self, values: dict[str, Tensor], present: dict[str, Tensor]) -> Tensor:
        """E: what is known of each entity, joined by attention and gates.

        Text is joined with the view where both are there, then with the outline in the same way;
        an entity that lacks one of them keeps what it has.

        Args:
            values: (b, dim) of ``text``, ``view`` and ``outline``.
            present: (b,) bool, which of them each entity has; one at least.

        Returns:
            (b, dim)

        Source:
            UrbanMFM, global stage.
        """
        joined, known = values["text"], present["text"]
        for other in ("view", "outline"):
            if other in values:
                joined = self._join(joined, known, other, values[other], present[other])
                known = known | present[other]
        return joined

    def _join(
        self, joined: Tensor, known: Tensor, other: str, values: Tensor, present: Tensor
    ) -> Tensor:
        joined = torch.where((present & ~known)[:, None], values, joined)
        both = torch.nonzero(present & known)[:, 0]
        if not len(both):
            return joined
        fused = self.fuse[other](*self.attend[other](joined[both], values[both]))
        return joined.index_put((both,), fused)


def _numbers(frame: pd.DataFrame) -> Tensor:
    return torch.from_numpy(frame.to_numpy(dtype=np.float32))
