"""What the process that reads a sheet may use, and what it writes."""

MOST_MEMORY = 4 * 1024**3
"""Bytes. A full sheet of a million rows and ten columns takes a fifth."""
MOST_SECONDS = 900
MOST_WRITTEN = 4 * 1024**3
"""The most bytes of a file that it writes."""

LINES = "lines.txt"
PROBLEMS = "problems.csv"
