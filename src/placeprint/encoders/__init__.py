"""From one modality to vectors: text, counts and images, each with a default that works offline.

Points of interest become the mean of their texts' vectors (:func:`encode_points`), tables of
counts become smoothed shares (:func:`encode_table`), and images random convolutional features
(:func:`encode_crops`); published checkpoints are named by their folder or hub id. Regions that
lack a modality have no row.

For entities there are outlines of polygons (:func:`rasterise`, :func:`shape_descriptors`,
:func:`encode_outlines`), the pixels of stored images (:func:`decode_images`) and words for what
street views show (:class:`SceneVocabulary`). The network for images is
:class:`placeprint.encoders.resnet.ResNet18`, in a module of its own because it imports torch.
"""

from placeprint.encoders.cache import VectorCache, cache_folder
from placeprint.encoders.check import check_encoder
from placeprint.encoders.image_bytes import decode_images
from placeprint.encoders.images import IMAGE_ENCODERS, encode_crops
from placeprint.encoders.outlines import encode_outlines, polygon_embedding, rasterise
from placeprint.encoders.points import (
    POINT_ENCODERS,
    count_categories,
    encode_points,
    mean_by_region,
)
from placeprint.encoders.scenes import URBAN_SCENES, SceneVocabulary
from placeprint.encoders.shapes import shape_descriptors
from placeprint.encoders.tables import TABLE_ENCODERS, encode_table
from placeprint.encoders.text import TEXT_ENCODERS, TextEncoder, encode_distinct, text_encoder

__all__ = [
    "IMAGE_ENCODERS",
    "POINT_ENCODERS",
    "TABLE_ENCODERS",
    "TEXT_ENCODERS",
    "URBAN_SCENES",
    "SceneVocabulary",
    "TextEncoder",
    "VectorCache",
    "cache_folder",
    "check_encoder",
    "count_categories",
    "decode_images",
    "encode_crops",
    "encode_distinct",
    "encode_outlines",
    "encode_points",
    "encode_table",
    "mean_by_region",
    "polygon_embedding",
    "rasterise",
    "shape_descriptors",
    "text_encoder",
]
