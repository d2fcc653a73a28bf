"""What became of the rows of a raw file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Coverage"]


@dataclass
class Coverage:
    """An account of the rows that a reader read.

    Attributes:
        rows: Rows read.
        matched: Rows that took part.
        dropped: Rows left out, by reason.
        regions: Regions that got at least one row.
        of_regions: Regions of the study area.

    Example:
        >>> coverage = Coverage(rows=10, of_regions=5)
        >>> coverage.drop("weight is zero", 2)
        >>> coverage.finish(matched=8, regions=4).describe()
        '8 of 10 rows matched (2 weight is zero); 4 of 5 regions'
    """

    rows: int
    of_regions: int
    matched: int = 0
    regions: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    def drop(self, reason: str, rows: int) -> None:
        """Count rows that are left out for a reason."""
        if rows:
            self.dropped[reason] = self.dropped.get(reason, 0) + int(rows)

    def finish(self, matched: int, regions: int) -> Coverage:
        """Note how many rows took part and how many regions they reach; returns itself."""
        self.matched = int(matched)
        self.regions = int(regions)
        return self

    def describe(self) -> str:
        """One line for a person."""
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())
        lost = f" ({reasons})" if reasons else ""
        reached = f"{self.regions:,} of {self.of_regions:,} regions"
        return f"{self.matched:,} of {self.rows:,} rows matched{lost}; {reached}"

    def to_dict(self) -> dict[str, Any]:
        """The account as JSON-like values."""
        return asdict(self)
