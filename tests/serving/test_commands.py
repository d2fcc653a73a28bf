"""The commands of service and tiles: what is said first, and options that can do nothing."""

from __future__ import annotations

import socket

import pytest
from typer.testing import CliRunner

from placeprint.cli.use import commands
from placeprint.errors import InputError
from placeprint.serving import write_pmtiles


def test_no_address_is_told_that_is_not_taken(simulated_run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        found = CliRunner().invoke(commands, ["serve", str(simulated_run.path), "--port", port])
    assert isinstance(found.exception, InputError)
    assert "cannot listen" in str(found.exception)
    assert "http://" not in found.output


def test_tiles_take_no_outlines(simulated_run, tmp_path) -> None:
    out = str(tmp_path / "run.pmtiles")
    command = ["export", str(simulated_run.path), "--out", out, "--regions", "outlines.geojson"]
    found = CliRunner().invoke(commands, command)
    assert isinstance(found.exception, InputError)
    assert "leave --regions out" in str(found.exception)


def test_a_table_has_no_tiles(simulated_run, tmp_path) -> None:
    pytest.importorskip("pmtiles")
    with pytest.raises(InputError, match=r"it is a file, .* of a run"):
        write_pmtiles(simulated_run.path / "embeddings.parquet", tmp_path / "a.pmtiles")


def test_mended_polygons_are_told(simulated_run, tmp_path) -> None:
    import geopandas as gpd
    import shapely

    west, south, east, north = simulated_run.atlas.regions.geometry.total_bounds
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    gpd.GeoSeries([bow], crs=4326).to_file(tmp_path / "bow.geojson")
    out = tmp_path / "out.parquet"
    command = ["pool", str(simulated_run.path), str(tmp_path / "bow.geojson"), "--out", str(out)]
    found = CliRunner().invoke(commands, command)
    assert found.exit_code == 0
    assert "1 were no valid polygons, and were mended" in found.output
