"""What a service has done, counted, in the text format of Prometheus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

__all__ = ["BUCKETS", "CONTENT_TYPE", "Metrics"]

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends, in seconds, of the buckets that requests are counted in."""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts of requests, and how long they took; used by one thread alone, the event loop's.

    Args:
        about: Labels of ``placeprint_info``: what is served.

    Example:
        >>> metrics = Metrics({"version": "1"})
        >>> metrics.finished("POST", "/v1/embed", 200, seconds=0.004)
        >>> print(metrics.text())
        # HELP placeprint_info What is served.
        # TYPE placeprint_info gauge
        placeprint_info{version="1"} 1
        # HELP placeprint_requests_in_progress Requests that are being answered.
        ...
    """

    def __init__(self, about: Mapping[str, str]) -> None:
        self._about = dict(about)
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(BUCKETS))
        self._seconds: Counter[str] = Counter()
        self._places: Counter[str] = Counter()
        self.in_progress = 0

    def finished(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: GET, POST, …
            path: The pattern of the address, never what a client wrote: there would be no end.
            status: The status of the answer.
            seconds: How long it took.
        """
        self._requests[method, path, status] += 1
        self._seconds[path] += seconds  # type: ignore[assignment]
        counts = self._buckets[path]
        for i, end in enumerate(BUCKETS):
            counts[i] += seconds <= end

    def answered(self, endpoint: str, places: int) -> None:
        """Count places that were embedded, pooled or predicted."""
        self._places[endpoint] += places

    def text(self) -> str:
        """All counts as text."""
        lines = [
            *_head("placeprint_info", "gauge", "What is served."),
            f"placeprint_info{_labels(self._about)} 1",
            *_head("placeprint_requests_in_progress", "gauge", "Requests that are being answered."),
            f"placeprint_requests_in_progress {self.in_progress}",
            *_head("placeprint_requests_total", "counter", "Requests answered."),
        ]
        for (method, path, status), count in sorted(self._requests.items()):
            labels = {"method": method, "path": path, "status": str(status)}
            lines.append(f"placeprint_requests_total{_labels(labels)} {count}")
        lines += _head("placeprint_request_seconds", "histogram", "How long answers took.")
        total: Counter[str] = Counter()
        for (_, path, _), count in self._requests.items():
            total[path] += count
        for path, counts in sorted(self._buckets.items()):
            ends = [*zip(map(str, BUCKETS), counts, strict=True), ("+Inf", total[path])]
            for end, count in ends:
                labels = {"path": path, "le": end}
                lines.append(f"placeprint_request_seconds_bucket{_labels(labels)} {count}")
            of = _labels({"path": path})
            lines.append(f"placeprint_request_seconds_sum{of} {self._seconds[path]:.6f}")
            lines.append(f"placeprint_request_seconds_count{of} {total[path]}")
        lines += _head("placeprint_places_total", "counter", "Places answered for.")
        for endpoint, count in sorted(self._places.items()):
            lines.append(f"placeprint_places_total{_labels({'endpoint': endpoint})} {count}")
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, said: str) -> list[str]:
    return [f"# HELP {name} {said}", f"# TYPE {name} {kind}"]


def _labels(labels: Mapping[str, str]) -> str:
    escaped = (
        f'{name}="{value.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'
        for name, value in labels.items()
    )
    return "{" + ",".join(" ".join(each.splitlines()) for each in escaped) + "}"
