"""What a client may get wrong, or do on purpose: a 4xx that says why, and the service lives on."""

from __future__ import annotations

import json

import pytest

RING = [[0, 0], [1, 0], [1, 1], [0, 0]]


def polygon(*rings) -> str:
    return json.dumps({"type": "Polygon", "coordinates": rings})


def post(client, path: str, body: str | bytes, **headers: str):
    return client.post(path, content=body, headers={"Content-Type": "application/json", **headers})


@pytest.fixture(autouse=True)
def alive(client):
    yield
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("", 422, "field required"),
        ("{", 400, "not JSON"),
        ('{"points": [[1, 2]]', 400, "not JSON"),
        (b"\xff\xff", 400, "parsing the body"),
        ("[" * 50_000, 400, "parsing the body"),
        ('{"points":' * 20_000, 400, ""),
        ("null", 422, "expected"),
        ("[]", 422, "expected"),
        ('"points"', 422, "expected"),
        ("{}", 422, "expected"),
        ('{"points": []}', 422, "points: list should have at least 1 item"),
        ('{"points": [[1, 2]], "more": 1}', 422, "points.more: extra inputs"),
        ('{"points": [[1]]}', 422, "points.0: list should have at least 2"),
        ('{"points": [["1", "2"]]}', 422, "points.0.0: input should be a valid number"),
        ('{"points": [[true, 2]]}', 422, "points.0.0: input should be a valid number"),
        ('{"points": [[null, 2]]}', 422, "points.0.0: input should be a valid number"),
        ('{"points": [[NaN, 2]]}', 422, "longitude nan"),
        ('{"points": [[Infinity, 2]]}', 422, "longitude inf"),
        ('{"points": [[1, -1e999]]}', 422, "latitude -inf"),
        ('{"points": [[1' + "0" * 400 + ", 2]]}", 422, ""),
        ('{"points": [[181, 2]]}', 422, "expected degrees within ±180 and ±90"),
        ('{"points": [[60, 100], [50, 120]]}', 422, "look swapped"),
        ('{"type": "Topology"}', 422, "expected"),
        ('{"type": ["Feature"]}', 422, "expected"),
        ('{"type": "Feature", "geometry": null}', 422, "Feature.geometry"),
        ('{"type": "FeatureCollection", "features": []}', 422, "at least 1 item"),
        ('{"type": "LineString", "coordinates": []}', 422, "expected"),
        (polygon(RING[:3]), 422, "at least 4"),
        (polygon([[0, 0], [1, 0], [1, 1], [0, 1]]), 422, "does not end where it begins"),
        (polygon([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]), 422, "self-intersection"),
        (polygon([[0, 0], [1, 0], [1, 200], [0, 0]]), 422, "not longitudes and latitudes"),
        (polygon([[0, 0], [1, 0], [1, 1], [0, 0]], [[5, 5], [6, 5], [6, 6], [5, 5]]), 422, "hole"),
        (polygon([[0, 0], [0, 0], [0, 0], [0, 0]]), 422, "valid"),
        ('{"type":"Polygon","coordinates":[[[0,0],[NaN,0],[1,1],[0,0]]]}', 422, "finite"),
    ],
)
def test_bodies_that_cannot_be_used(body, status, said, client) -> None:
    answer = post(client, "/v1/embed", body)
    assert answer.status_code == status
    assert said in answer.json()["problem"]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/v1/similar", {}, 422, "either a region or a point"),
        ("/v1/similar", {"region": "a", "point": [1, 2]}, 422, "either a region or a point"),
        ("/v1/similar", {"region": "a"}, 404, "no region 'a'"),
        ("/v1/similar", {"point": [0.0, 0.0]}, 404, "no region with a vector lies at"),
        ("/v1/similar", {"point": [0.0, 90.0]}, 404, "no region with a vector lies at"),
        ("/v1/similar", {"point": [200.0, 0.0]}, 422, "expected degrees"),
        ("/v1/similar", {"region": "a", "k": 0}, 422, "k: input should be greater"),
        ("/v1/similar", {"region": "a", "k": 10**9}, 422, "k: input should be less"),
        ("/v1/similar", {"region": "a", "k": 2.5}, 422, "k: input should be a valid integer"),
        ("/v1/similar", {"region": 5}, 422, "region: input should be a valid string"),
        ("/v1/similar", {"region": "{known}", "modality": "smell"}, 404, "no modality 'smell'"),
        ("/v1/similar", {"region": "{known}", "within": ["x", "y"]}, 404, "no regions x, y"),
        ("/v1/similar", {"region": "{known}", "within": []}, 422, "within"),
        ("/v1/predict", {"places": {"points": [[0, 0]]}, "labels": ["PUP"]}, 404, "no label 'PUP'"),
        ("/v1/predict", {"places": {"points": [[0, 0]]}, "labels": []}, 422, "labels"),
        ("/v1/predict", {"points": [[0, 0]]}, 422, "places: field required"),
    ],
)
def test_questions_without_an_answer(path, body, status, said, client, a_place) -> None:
    answer = post(client, path, json.dumps(body).replace("{known}", a_place[0]))
    assert answer.status_code == status
    assert said in answer.json()["problem"]


@pytest.mark.parametrize("point", [[0, 90], [0, -90], [180, 0], [-180, 0], [180, -90]])
def test_poles_and_the_antimeridian_are_places_outside(point, client) -> None:
    (place,) = post(client, "/v1/embed", json.dumps({"points": [point]})).json()["places"]
    assert place["embedding"] is None


def test_a_polygon_across_the_antimeridian_or_round_a_pole(client) -> None:
    across = [[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]
    pole = [[-180, 80], [180, 80], [180, 90], [-180, 90], [-180, 80]]
    world = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]
    for ring, least in ((across, 0), (pole, 0), (world, 1e-9)):
        (place,) = post(client, "/v1/embed", polygon(ring)).json()["places"]
        assert place["coverage"] >= least


def test_outlines_that_would_take_for_ever(client) -> None:
    zigzag = [[x, (-1) ** i * 80] for i, x in enumerate(range(-170, 170))] * 2
    answer = post(client, "/v1/embed", polygon([*zigzag, zigzag[0]]))
    assert answer.status_code == 422
    comb = [[-170 + i / 10, 80 - 160 * (i // 2 % 2)] for i in range(3000)]
    answer = post(client, "/v1/embed", polygon([*comb, [170, 85], [-170, 85], comb[0]]))
    assert answer.status_code == 422
    assert "round the world" in answer.json()["problem"]


def test_too_many_places(client) -> None:
    points = json.dumps({"points": [[0, 0]] * 10_001})
    answer = post(client, "/v1/embed", points)
    assert answer.status_code == 422
    assert answer.json()["problem"].startswith("10,001 places are asked for, at most 10,000")
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}}
    many = {"type": "FeatureCollection", "features": [feature] * 101}
    answer = post(client, "/v1/embed", json.dumps(many))
    assert "at most 100 are pooled" in answer.json()["problem"]


def test_a_large_body_is_not_read(client) -> None:
    answer = post(client, "/v1/embed", b" " * (1 << 20) + b"{}")
    assert answer.status_code == 413
    assert "larger than 1,048,576 bytes" in answer.json()["problem"]


@pytest.mark.parametrize("path", ["/v1/embed", "/nowhere"])
def test_a_body_in_chunks_is_counted_as_it_comes(path, client) -> None:
    sent = 0

    def chunks():
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * (1 << 16)

    answer = client.post(path, content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("said", ["x", "-1", "1e3", "99999999999999999999999"])
def test_a_length_that_is_none(said, client) -> None:
    answer = post(client, "/v1/embed", b'{"points": [[0, 0]]}', **{"Content-Length": said})
    assert answer.status_code in (200, 413)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../service.py",
        "/static/%2e%2e/service.py",
        "/static/..%2fservice.py",
        "/static//etc/passwd",
        "/static/map.html",
        "/v1/regions/../../../../etc/passwd",
        "/v1/regions/%2e%2e%2f%2e%2e%2fatlas.json",
        "/v1/map/values/../../atlas.json",
        "/v1/map/values/label%2f..%2f..%2fPOP",
        "/v1/regions/" + "x" * 5000,
        "/v1/regions/%00",
        "/nowhere",
    ],
)
def test_nothing_but_what_is_listed_is_sent(path, client) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert set(answer.json()) == {"problem", "hint"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/similar", '{"region": "\\ud800"}'),
        ("/v1/similar", b'{"region": "\xed\xa0\x80"}'),
        ("/v1/embed", '{"type": "Point", "coordinates": [0, 0], "id": "\\ud800"}'),
        ("/v1/embed", '{"points": [[0, 0]], "\\udfff": 1}'),
        (
            "/v1/predict",
            '{"places": {"type": "Feature", "id": "\\uD800", "geometry": '
            '{"type": "Point", "coordinates": [0, 0]}}}',
        ),
    ],
)
def test_half_a_pair_of_surrogates_is_no_text(path, body, client) -> None:
    answer = post(client, path, body)
    assert answer.status_code == (400 if isinstance(body, bytes) else 422)
    assert "parsing the body" in answer.text or "not valid unicode" in answer.json()["problem"]


def test_a_whole_pair_of_surrogates_is_text(client) -> None:
    body = '{"type": "Feature", "id": "\\ud83d\\ude00 \\\\ud800", "geometry": '
    answer = post(client, "/v1/embed", body + '{"type": "Point", "coordinates": [0, 0]}}')
    assert answer.json()["places"][0]["id"] == "\U0001f600 \\ud800"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_body_that_is_not_said_to_be_json(kind, client) -> None:
    answer = post(client, "/v1/embed", '{"points": [[0, 0]]}', **{"Content-Type": kind})
    assert answer.status_code == 415
    assert "-H 'Content-Type: application/json'" in answer.json()["hint"]
    for fine in ("application/json; charset=utf-8", "application/geo+json"):
        answer = post(client, "/v1/embed", '{"points": [[0, 0]]}', **{"Content-Type": fine})
        assert answer.status_code == 200


def test_too_many_corners(client) -> None:
    ring = [[x / 6000, 1.0] for x in range(6000)] + [[1, 0], [0, 0], [0, 1.0]]
    body = json.dumps({"type": "MultiPolygon", "coordinates": [[ring], [ring]]})
    for path, asked in (("/v1/embed", body), ("/v1/similar", f'{{"region":"a","within":{body}}}')):
        answer = post(client, path, asked)
        assert answer.status_code == 422
        assert answer.json()["problem"].startswith("the polygons have 12,006 corners, at most")


def test_another_method(client) -> None:
    answer = client.get("/v1/embed")
    assert answer.status_code == 405
    assert answer.json()["hint"] == "see /docs for the method"
    assert answer.headers["Allow"] == "POST"


def test_what_goes_wrong_inside_stays_inside(app, client, monkeypatch) -> None:
    from placeprint.serving.run_source import RunSource

    def broken(*_) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(RunSource, "embed_points", broken)
    answer = post(client, "/v1/embed", '{"points": [[0, 0]]}')
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert answer.json()["problem"] == "something went wrong here"
