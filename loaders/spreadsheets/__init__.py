"""Spreadsheets as numbered lines of text, so that what reads tables in text reads those in sheets too.

A row of a sheet is a line with the number of the row; its cells are separated by tabs. A spreadsheet is an archive of
XML that strangers wrote, so a process of its own opens it, with limited memory and time.

- `reading`: starts the process and tells what it found.
- `process`: the process. `limits`: what it may use.
- `archive`: what is in the archive, and what must not be. `scan`: cells that have no value, by the XML of the sheet.
- `cells`: values of cells as text.
"""
