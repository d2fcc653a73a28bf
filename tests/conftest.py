"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import placeprint as pp
from placeprint.files import read_json, write_json, write_table

if TYPE_CHECKING:
    from placeprint.atlas import Atlas
    from placeprint.models import MobCLIPConfig, Run

# A busy machine is no error: time is for benchmarks, tests are about what is true. The same
# examples are tried every time; `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data beside the project."""
    if not DATA.is_dir():
        pytest.skip(f"the real data folder {DATA} is absent")
    return DATA


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of a simulated country of about 250 cells."""
    return pp.simulate(tmp_path_factory.mktemp("simulated") / "raw", cells=250, seed=0)


@pytest.fixture(scope="session")
def simulated_atlas(simulated: Path) -> Atlas:
    """The atlas of that country; 13 cells have no demographics."""
    return pp.build(simulated / "recipe.yaml", data=simulated, out=simulated.parent / "atlas")


@pytest.fixture(scope="session")
def short() -> MobCLIPConfig:
    """A training of three epochs, 16 dimensions."""
    return pp.MobCLIPConfig.model_validate({"dim": 16, "training": {"epochs": 3}})


@pytest.fixture(scope="session")
def simulated_run(simulated_atlas: Atlas, short: MobCLIPConfig) -> Run:
    """A short training on that country."""
    return pp.train(simulated_atlas, short, simulated_atlas.path.parent / "run")


@pytest.fixture(scope="session")
def unplaced(simulated_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Gives that run as if only the ``centres`` or ``ids`` of its regions were known, and names."""
    import pandas as pd

    def make(known: str, *, units: bool = True) -> Run:
        folder = tmp_path_factory.mktemp(known)
        shutil.copytree(simulated_run.atlas.path, folder / "atlas")
        shutil.copytree(simulated_run.path, folder / "run")
        regions = simulated_run.atlas.regions
        frame = pd.DataFrame({"region_id": regions.ids, "name": "Name of " + regions.ids})
        frame.loc[0, "name"] = None
        path = folder / "atlas" / "regions.parquet"
        if known == "ids":
            write_table(path, frame)
        else:
            import geopandas as gpd

            centres = regions.centroids()
            points = gpd.points_from_xy(centres["lon"], centres["lat"])
            gpd.GeoDataFrame(frame, geometry=points, crs=4326).to_parquet(path, index=False)
        manifest = read_json(folder / "atlas" / "atlas.json")
        manifest["regions"] = {"kind": "table" if known == "ids" else "points"}
        layers = manifest["layers"]
        for key in list(layers):
            at_points = layers[key].get("task", {}).get("level") == "point"
            of_units = key.startswith("units/") or layers[key].get("task", {}).get("level") in (
                "county",
                "city",
                "province",
            )
            if at_points or (of_units and not units):
                del layers[key]
        layers["labels/POP"]["title"] = "People & all"
        layers["features/poi"]["title"] = "Shops <etc>"
        layers["labels/POP"].setdefault("coverage", {})["notes"] = ["2 of its values are -99."]
        write_json(folder / "atlas" / "atlas.json", manifest)
        digest = pp.Atlas(folder / "atlas").fingerprint
        told = read_json(folder / "run" / "run.json")
        told["atlas"] |= {"path": str(folder / "atlas"), "fingerprint": digest}
        write_json(folder / "run" / "run.json", told)
        return pp.Run(folder / "run")

    return make
