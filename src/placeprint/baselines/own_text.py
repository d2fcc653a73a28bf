"""What an entity says of itself: its own tags and name, as words."""

from __future__ import annotations

import pandas as pd

__all__ = ["own_text"]


def own_text(targets: pd.DataFrame, *, encoder: str = "static") -> pd.DataFrame:
    """The vector of each entity's own text.

    The text is what models read too: without the tags that a label was made from.

    Args:
        targets: Column text, indexed by id.
        encoder: See :func:`placeprint.encoders.text_encoder`.

    Returns:
        float32, a row per target that has a text.

    Source: UrbanMFM's text of POIs, without learning.

    Example:
        >>> places = pd.DataFrame({"text": ["building:levels=2", ""]}, index=["way/1", "way/2"])
        >>> own_text(places).shape
        (1, 256)
    """
    from placeprint.encoders.text import encode_distinct, text_encoder

    text = targets["text"].fillna("").astype(str)
    text = text[text.str.len() > 0]
    item, vectors = encode_distinct(text, text_encoder(encoder))
    names = [f"text_{number:04d}" for number in range(vectors.shape[1])]
    columns = pd.Index(names, name="feature_id")
    return pd.DataFrame(vectors[item], index=text.index, columns=columns)
