"""Every benchmark by one command: ``python -m benchmarks NAME [--quick] [--json FILE]``."""

from __future__ import annotations

import argparse
import importlib
import json
import math
from dataclasses import asdict
from pathlib import Path

from benchmarks.harness import Row, exponents

BENCHMARKS = {
    "coordinate_encoder": "a distilled encoder, against symbolic harmonics and torch",
    "covisits": "visits → weekly co-visit graph, against a self-join in DuckDB",
    "harmonics": "spherical harmonics, against symbolic expressions",
    "info_nce": "symmetric InfoNCE, against materialised logits",
    "line": "second-order LINE by factorisation, against edge sampling",
    "line_nation": "LINE of 195,574 nodes and 1.2e9 edges",
    "reading": "points and visits of CSV into regions, against pandas",
    "similarity": "the regions most like a region, against NumPy and scikit-learn",
    "spmm": "sparse times dense, and its gradient, against torch COO",
    "training_step": "a whole step of MobCLIP, against the published one",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog="\n".join(f"{name:14} {what}" for name, what in BENCHMARKS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=sorted(BENCHMARKS), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="small sizes, in about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here")
    given = parser.parse_args()
    rows: list[Row] = []
    print(HEAD)
    for row in importlib.import_module(f"benchmarks.{given.name}").rows(given.quick):
        rows.append(row)
        print(line(row), flush=True)
    for operation, power in exponents(rows).items():
        print(f"{operation}: CPU seconds grow as size^{power:.2f}")
    if given.json is not None:
        given.json.write_text(json.dumps([record(row) for row in rows], indent=2) + "\n")


HEAD = (
    f"{'operation':34} {'size':>13} {'reference':>10} {'ours':>10} {'ratio':>7} {'wall':>8} "
    f"{'peak MB':>9} {'ref. MB':>9}"
)


def line(row: Row) -> str:
    figures = (
        f"{row.operation:34} {row.size:13,} {shown(row.reference_cpu_s, ' s'):>10} "
        f"{shown(row.ours_cpu_s, ' s'):>10} {shown(row.ratio, ' ×'):>7} "
        f"{shown(row.wall_s, ' s'):>8} {shown(row.peak_mb):>9} {shown(row.reference_peak_mb):>9}"
    )
    return f"{figures}  {row.note}".rstrip()


def shown(value: float, unit: str = "") -> str:
    return (
        "–" if math.isnan(value) else f"{value:.3g}{unit}" if value < 100 else f"{value:,.0f}{unit}"
    )


def record(row: Row) -> dict[str, object]:
    values = {**asdict(row), "ratio": row.ratio}
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in values.items()
    }


if __name__ == "__main__":
    main()
