from __future__ import annotations

from placeprint.atlas import Atlas
from placeprint.evaluation.reporting.inputs import label_accounts, layer_rows, raw_files


def test_every_input_layer_has_its_account(atlas: Atlas) -> None:
    rows = {row.name: row for row in layer_rows(atlas)}
    assert list(rows) == ["column", "mobility", "poi"]
    assert rows["mobility"].dropped == [("weight is zero", 11)]
    assert (rows["mobility"].read, rows["mobility"].used) == (50, 39)
    assert (rows["poi"].regions, rows["poi"].share, rows["poi"].dimensions) == (30, 0.75, 2)
    assert rows["column"].read is None
    assert rows["column"].made == "8 units"


def test_every_task_has_the_account_of_its_labels(atlas: Atlas) -> None:
    accounts = label_accounts(atlas)
    assert set(accounts) == set(atlas.label_names)
    assert accounts["income"].dropped == [("no value", 2)]
    assert (accounts["income"].read, accounts["income"].used) == (40, 38)


def test_every_raw_file_is_listed_with_its_layers(atlas: Atlas) -> None:
    files = {source.file: source for source in raw_files(atlas)}
    assert len(files) == len(atlas.manifest["layers"])
    assert files["features/poi.csv"].layers == ["features/poi"]
