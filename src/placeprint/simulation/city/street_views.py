"""The photographs of the streets and the table that lists them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from placeprint.files import write_table
from placeprint.simulation.city.captions import write_captions
from placeprint.simulation.city.city import City
from placeprint.simulation.city.street_images import paint_views
from placeprint.simulation.city.viewpoints import look_around
from placeprint.simulation.streams import stream

__all__ = ["write_street_views"]

FOLDER = "street_views"
TOGETHER = 256
QUALITY = 88


def write_street_views(folder: Path, city: City) -> None:
    """Write ``street_views/*.jpg`` (64 by 64) and ``street_views.csv``.

    Columns file, lon, lat (degrees), heading (degrees clockwise from north), caption. Photographs
    that another simulation left in the folder are removed.

    Args:
        folder: The folder of raw data.
        city: The city.
    """
    from PIL import Image

    sights = look_around(city)
    wealth = np.append(city.blocks.wealth, 0.0)[sights.block]
    rng = stream(city.seed, "city pictures")
    side = np.array(list("NESW"), dtype=object)[np.rint(sights.heading / 90.0).astype(int) % 4]
    names = [f"{group:05d}{where}.jpg" for group, where in zip(sights.group, side, strict=True)]
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for old in sorted({path.name for path in target.glob("*.jpg")} - set(names)):
        (target / old).unlink()
    for first in range(0, len(sights), TOGETHER):
        part = slice(first, first + TOGETHER)
        for name, image in zip(
            names[part], paint_views(sights, part, wealth[part], rng), strict=True
        ):
            # Thousands of small files: the table, written last and atomically, makes them count.
            Image.fromarray(image).save(target / name, format="JPEG", quality=QUALITY)
    degrees = city.site.degrees(sights.points)
    table = pd.DataFrame(
        {
            "file": [f"{FOLDER}/{name}" for name in names],
            "lon": degrees[:, 0],
            "lat": degrees[:, 1],
            "heading": sights.heading,
            "caption": write_captions(sights, wealth, stream(city.seed, "city captions")),
        }
    )
    write_table(folder / "street_views.csv", table)
