"""The steps with Spark on this machine: `python -m benchmarks.steps.pyspark_steps BRONZE DIMENSIONS OUTPUT`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from benchmarks.steps.sql import DIMENSIONS, steps, totals_query


def main(bronze: Path, dimensions: Path, output: Path) -> None:
    """Write a Parquet table of each step, and read it for the next one."""
    spark = (
        SparkSession.builder.master("local[*]")
        .config("spark.driver.memory", "4g")
        # The default of 200 is for clusters.
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(output / "spark"))
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    for name in DIMENSIONS:
        spark.read.parquet(str(dimensions / f"{name}.parquet")).createOrReplaceTempView(name)
    files = spark.read.csv(f"{bronze}/banking/transactions/*/*.csv", header=True, escape='"')
    files.selectExpr("*", "_metadata.file_path as source_file").createOrReplaceTempView("delivered")
    totals = {}
    for step, query in steps("sha2({}, 256)").items():
        table = str(output / step)
        spark.sql(query).write.parquet(table)
        spark.read.parquet(table).createOrReplaceTempView(step)
        totals[step] = list(spark.sql(totals_query(step)).collect()[0])
    spark.stop()
    json.dump(totals, sys.stdout)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
