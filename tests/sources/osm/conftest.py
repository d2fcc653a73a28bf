from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

Writer = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes an extract: nodes {id: (lon, lat[, tags])}, ways {id: (nodes, tags)},
    relations {id: ([(kind, id, role)], tags)}."""
    osmium = pytest.importorskip("osmium")

    def write_extract(nodes=(), ways=(), relations=(), name="town.osm.pbf") -> Path:
        path = tmp_path / name
        nodes, ways, relations = dict(nodes), dict(ways), dict(relations)
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for number in sorted(nodes):
                lon, lat, *tags = nodes[number]
                tags = tags[0] if tags else {}
                node = SimpleNamespace(
                    id=number, location=(lon, lat), tags=tags, timestamp="2024-05-06T07:08:09Z"
                )
                writer.add_node(node)
            for number in sorted(ways):
                refs, tags = ways[number]
                writer.add_way(SimpleNamespace(id=number, nodes=refs, tags=tags))
            for number in sorted(relations):
                members, tags = relations[number]
                writer.add_relation(SimpleNamespace(id=number, members=members, tags=tags))
        return path

    return write_extract
