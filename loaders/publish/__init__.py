"""`tieout publish`: tables of gold as Parquet, for readers without access to the warehouse."""
