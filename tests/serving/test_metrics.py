from __future__ import annotations

import re

from placeprint.serving.api.metrics import BUCKETS, Metrics


def test_counts_by_bucket_add_up() -> None:
    metrics = Metrics({"version": "1"})
    seconds = [0.0005, 0.001, 0.004, 0.3, 60.0]
    for each in seconds:
        metrics.finished("POST", "/v1/embed", 200, each)
    metrics.finished("POST", "/v1/embed", 422, 0.002)
    text = metrics.text()
    for end in BUCKETS:
        count = sum(each <= end for each in [*seconds, 0.002])
        line = f'placeprint_request_seconds_bucket{{path="/v1/embed",le="{end}"}} {count}\n'
        assert line in text
    assert 'le="+Inf"} 6\n' in text
    assert 'placeprint_request_seconds_count{path="/v1/embed"} 6\n' in text
    assert 'placeprint_requests_total{method="POST",path="/v1/embed",status="200"} 5\n' in text


def test_it_is_the_text_format() -> None:
    metrics = Metrics({"name": 'a "b" \\ c\nd'})
    metrics.finished("GET", "/", 200, 0.1)
    metrics.answered("embed", 7)
    lines = metrics.text().splitlines()
    sample = re.compile(r'[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\])*",?)+\})? [0-9.e+-]+')
    assert all(line.startswith("# ") or sample.fullmatch(line) for line in lines)
    assert 'placeprint_places_total{endpoint="embed"} 7' in lines
