"""The map as a person uses it: in a browser, served and as a file, by mouse and by keyboard."""

from __future__ import annotations

import io
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from placeprint.lookup import similar
from placeprint.serving import create_app, write_map

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
PATIENCE = 60_000
KEY = "a-key-of-some-letters"


@pytest.fixture(scope="module")
def browser() -> Iterator:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page, what it asked for, and what it complained of."""

    def __init__(self, browser, address: str, width: int = 860, height: int = 520) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        self.page.goto(address)

    def coloured_by(self, key: str) -> None:
        self.page.wait_for_selector(f'html[data-ready="{key}"]', state="attached")

    def colours(self) -> Counter:
        """How many pixels of the map, beside the cards, have each colour."""
        from PIL import Image

        # The right half: the card of settings is on the left.
        size = self.page.viewport_size
        clip = {
            "x": size["width"] / 2,
            "y": 0,
            "width": size["width"] / 2,
            "height": size["height"],
        }
        picture = Image.open(io.BytesIO(self.page.screenshot(clip=clip))).convert("RGB")
        packed = np.asarray(picture).astype(np.int64) @ [1 << 16, 1 << 8, 1]
        values, counts = np.unique(packed, return_counts=True)
        return Counter({f"#{value:06x}": int(n) for value, n in zip(values, counts, strict=True)})


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def open_page(address: str, **more: int) -> Visit:
        visits.append(Visit(browser, address, **more))
        return visits[-1]

    yield open_page
    for each in visits:
        each.context.close()


@pytest.fixture(scope="module")
def file(simulated_run, tmp_path_factory) -> Path:
    names = {simulated_run.atlas.region_ids[-1]: "Last <i>Town</i>"}
    return write_map(simulated_run, tmp_path_factory.mktemp("map") / "map.html", names=names)


class Server:
    """An application behind a port of this machine, in a thread of this process."""

    def __init__(self, app) -> None:
        import uvicorn

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = uvicorn.Config(app, port=self.port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture(scope="module")
def server(app) -> Iterator[Server]:
    running = Server(app)
    yield running
    running.stop()


def most_like(page) -> list[str]:
    """The ids of the nearest places that the card lists."""
    page.wait_for_selector("#place table.like")
    return page.locator(".like .to").evaluate_all(
        "all => all.map(one => one.firstChild.textContent)"
    )


def check_regions_are_seen(visit: Visit) -> None:
    colours = visit.colours()
    assert len([colour for colour, count in colours.items() if count > 20]) > 50
    visit.page.select_option("#theme", label="Coverage")
    visit.coloured_by("coverage")
    keys = visit.page.locator("#legend .swatch").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    wanted = ["#" + bytes(int(n) for n in key[4:-1].split(",")).hex() for key in keys if key]
    colours = visit.colours()
    found = sum(colours[colour] for colour in wanted)
    # The area fills a good part of its half, and all of it is in the colours of the legend.
    assert found > 0.25 * sum(colours.values())


def check_a_click_shows_its_nearest_places(visit: Visit, run) -> str:
    page = visit.page
    size = page.viewport_size
    page.mouse.click(size["width"] * 0.68, size["height"] * 0.5)
    found = most_like(page)
    picked = page.locator("#place-title").text_content()
    expected = similar(run, picked, k=10)["region_id"].tolist()
    last = run.atlas.region_ids[-1]
    assert [last if each == "Last <i>Town</i>" else each for each in found] == expected
    assert page.locator("#map .dot").count() == 10
    expect(page.locator("#live")).to_contain_text(picked)
    return picked


def check_the_search_finds(visit: Visit, wanted: str, title: str) -> None:
    page = visit.page
    page.fill("#search", wanted)
    expect(page.locator("#found [role=option]").first).to_contain_text(title)
    page.keyboard.press("Enter")
    expect(page.locator("#place-title")).to_have_text(title)


def test_the_file_needs_nothing_but_itself(visit, file, simulated_run) -> None:
    seen = visit(file.as_uri())
    seen.coloured_by("embedding")
    check_regions_are_seen(seen)
    check_a_click_shows_its_nearest_places(seen, simulated_run)
    for wanted in ("last", "LÁST i town", "Last <i>Town</i>"):
        check_the_search_finds(seen, wanted, "Last <i>Town</i>")
    expect(seen.page.locator("#place-id")).to_have_text(simulated_run.atlas.region_ids[-1])
    outside = [url for url in seen.asked if not url.startswith(("file:", "data:", "blob:"))]
    assert outside == []
    assert seen.asked.count(file.as_uri()) == 1
    assert seen.complaints == []


def test_the_served_map_asks_its_server_alone(visit, server, simulated_run) -> None:
    seen = visit(f"http://127.0.0.1:{server.port}/")
    page = seen.page
    seen.coloured_by("embedding")
    check_regions_are_seen(seen)
    picked = check_a_click_shows_its_nearest_places(seen, simulated_run)
    values = page.locator("#place table.values")
    expect(values).to_contain_text("POP")
    expect(values).to_contain_text("predicted")
    second = most_like(page)[1]
    page.locator(".like .to").nth(1).click()
    expect(page.locator("#place-title")).to_have_text(second)
    assert picked != second
    page.select_option("#theme", label="Clusters")
    seen.coloured_by("cluster")
    whole = seen.colours()
    first = page.locator("#legend button").first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#live")).to_have_text("Only A is shown")
    page.wait_for_timeout(500)
    assert len([1 for count in seen.colours().values() if count > 200]) < len(
        [1 for count in whole.values() if count > 200]
    )
    own = f"http://127.0.0.1:{server.port}/"
    assert [url for url in seen.asked if not url.startswith((own, "data:", "blob:"))] == []
    assert seen.complaints == []


def test_it_is_used_by_keyboard_alone(visit, file, simulated_run) -> None:
    seen = visit(file.as_uri())
    page = seen.page
    seen.coloured_by("embedding")
    page.keyboard.press("Tab")  # skip to the search
    page.keyboard.press("Enter")
    region = str(simulated_run.atlas.region_ids[7])
    page.keyboard.type(region[:-3])
    expect(page.locator("#search")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    page.fill("#search", region)
    page.keyboard.press("Enter")
    expect(page.locator("#place-title")).to_have_text(region)
    page.keyboard.press("Escape")
    expect(page.locator("#place")).to_be_hidden()
    canvas = page.locator("#map canvas.maplibregl-canvas")
    expect(canvas).to_be_focused()
    expect(page.locator("#crosshair")).to_be_visible()
    page.keyboard.press("Enter")  # the place in the middle
    expect(page.locator("#place")).to_be_visible()
    middle = page.locator("#place-title").text_content()
    page.keyboard.press("Escape")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_be_visible()
    assert page.locator("#place-title").text_content() != middle
    unit = simulated_run.atlas.units("county").iloc[0]
    page.fill("#search", f"county {unit}")
    expect(page.locator("#found [role=option]").first).to_contain_text("places")
    page.fill("#search", "200, 5")
    expect(page.locator("#found")).to_contain_text("Nothing of that name")
    lon, lat = simulated_run.atlas.regions.centroids().iloc[0]
    page.fill("#search", f"{lat:.3f}, {lon:.3f}")
    expect(page.locator("#found")).to_contain_text("Longitude comes first")
    page.fill("#search", "-170, -80")
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_have_text("There is no place here")
    assert seen.complaints == []


def test_on_a_phone_everything_is_within_reach(visit, file) -> None:
    seen = visit(file.as_uri(), width=375, height=720)
    page = seen.page
    seen.coloured_by("embedding")
    page.mouse.click(187, 470)
    most_like(page)
    card, settings = page.locator("#place").bounding_box(), page.locator("#settings").bounding_box()
    assert card["x"] == 0
    assert card["width"] == 375
    assert settings["y"] + settings["height"] < card["y"]
    page.locator("#close").click()
    expect(page.locator("#place")).to_be_hidden()
    assert seen.complaints == []


def test_a_service_with_a_key_asks_for_it(visit, simulated_run) -> None:
    running = Server(create_app(simulated_run, api_key=KEY))
    try:
        seen = visit(f"http://127.0.0.1:{running.port}/")
        dialog = seen.page.locator("#ask")
        refused = seen.page.locator("#refused")
        expect(dialog).to_be_visible()
        expect(refused).to_be_hidden()
        seen.page.fill("#key", "ключ-из-других-букв")  # which no header can hold
        seen.page.keyboard.press("Enter")
        expect(dialog).to_be_visible()
        seen.page.fill("#key", "not-the-key-at-all")
        seen.page.keyboard.press("Enter")
        expect(refused).to_have_text("That key was wrong.")
        expect(dialog).to_be_visible()
        seen.page.fill("#key", KEY)
        seen.page.keyboard.press("Enter")
        seen.coloured_by("embedding")
        assert not any(KEY in url for url in seen.asked)
    finally:
        running.stop()


def test_many_regions_are_drawn_from_tiles(visit, simulated_run, monkeypatch) -> None:
    from placeprint.serving.map import contents

    monkeypatch.setattr(contents, "LARGEST_PAGE", 100)
    running = Server(create_app(simulated_run))
    try:
        seen = visit(f"http://127.0.0.1:{running.port}/")
        seen.coloured_by("embedding")
        check_regions_are_seen(seen)
        check_a_click_shows_its_nearest_places(seen, simulated_run)
        assert any("/v1/tiles/" in url for url in seen.asked)
        assert seen.complaints == []
    finally:
        running.stop()
