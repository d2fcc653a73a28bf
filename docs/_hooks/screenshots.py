"""Takes the pictures of the map that the documentation shows.

    python docs/_hooks/screenshots.py us/run --names DATA/us-counties/counties.parquet

Needs Chromium on the path. The pictures go to docs/images.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from placeprint.serving import write_map

IMAGES = Path(__file__).parents[1] / "images"
FLAGS = [
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
]
QUALITY = 84


def ready(page: Page, theme: str) -> None:
    """Wait until the map is drawn."""
    page.wait_for_selector(f'html[data-ready="{theme}"]', state="attached", timeout=120_000)


def pick(page: Page, name: str) -> None:
    """Search for a place."""
    page.fill("#search", name)
    page.keyboard.press("Enter")
    page.wait_for_selector("#place table.like")
    page.mouse.move(640, 790)


def shoot(page: Page, name: str) -> None:
    """Take a picture of modest size."""
    from PIL import Image

    page.wait_for_timeout(2500)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.save(IMAGES / f"{name}.webp", quality=QUALITY, method=6)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--names", type=Path)
    parser.add_argument("--place", default="Los Angeles")
    parser.add_argument("--label", default="income_median_household")
    given = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = write_map(given.run, Path(folder) / "map.html", names=given.names)
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)

        def opened(width: int, height: int, **more: Any) -> Page:
            page = browser.new_page(
                viewport={"width": width, "height": height}, reduced_motion="reduce", **more
            )
            page.goto(file.as_uri())
            ready(page, "embedding")
            return page

        page = opened(1280, 800)
        pick(page, given.place)
        shoot(page, "map-place")
        page = opened(1280, 800)
        page.select_option("#theme", label="Clusters")
        ready(page, "cluster")
        shoot(page, "map-clusters")
        page = opened(1280, 800, color_scheme="dark")
        page.select_option("#theme", label=f"{given.label}, predicted")
        ready(page, f"prediction/{given.label}")
        shoot(page, "map-prediction")
        page = opened(390, 780, device_scale_factor=1.5)
        pick(page, given.place)
        shoot(page, "map-phone")
        browser.close()


if __name__ == "__main__":
    main()
