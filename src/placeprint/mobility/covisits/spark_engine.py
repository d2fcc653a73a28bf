"""Apache Spark: the definition run on a cluster, or on the cores of this machine."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import narwhals as nw

from placeprint.errors import PlaceprintError, optional_import

__all__ = ["SparkSession", "spark_session"]

HERE = "local[*]"


class SparkSession:
    """Reads and writes Parquet by Spark.

    Args:
        session: A session of PySpark.
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def scan(self, files: Sequence[Path]) -> nw.LazyFrame[Any]:
        """A table of Parquet files, read when it is needed."""
        paths = [file.resolve().as_uri() for file in files]
        frame: nw.LazyFrame[Any] = nw.from_native(self._session.read.parquet(*paths))
        return frame

    def write(self, frame: nw.LazyFrame[Any], folder: Path) -> None:
        """Compute a table and write it as Parquet into a new folder, a file for each task."""
        native: Any = frame.to_native()
        native.write.parquet(folder.resolve().as_uri())


@contextmanager
def spark_session(master: str | None, memory: int | None) -> Iterator[SparkSession]:
    """A session of Spark, which ends with the block unless it was there before.

    Args:
        master: The master's address; None: this machine.
        memory: The memory of each executor in bytes; None: as Spark is configured.

    Raises:
        MissingExtraError: If PySpark is not installed.
        PlaceprintError: If there is no Java, or the master cannot be reached.
    """
    sql = optional_import("pyspark.sql", "spark")
    # The workers would start whatever python3 the path leads to.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    given = sql.SparkSession.getActiveSession()
    builder = sql.SparkSession.builder.master(master or HERE).appName("placeprint covisits")
    builder = builder.config("spark.ui.enabled", "false")
    if memory is not None:
        where = "driver" if re.match(r"local(\[|$)", master or HERE) else "executor"
        builder = builder.config(f"spark.{where}.memory", f"{memory >> 20}m")
    try:
        session = given or builder.getOrCreate()
    except Exception as error:
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise PlaceprintError(
                "Spark needs Java, which is not there. To mend it: install Java 17 and set "
                "JAVA_HOME, or choose --engine duckdb."
            ) from error
        raise PlaceprintError(
            f"Spark does not start on {master or HERE} ({error}). To mend it: check --master."
        ) from error
    try:
        yield SparkSession(session)
    finally:
        if given is None:
            session.stop()
