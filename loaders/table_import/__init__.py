"""`tieout import table`: delimited exports as deliveries, by a mapping instead of code.

The mapping:

- `yaml_lines`: the YAML as text values, with the line of each.
- `mapping`: the typed model of a mapping. `schema` makes the JSON schema for editors from it.
- `mistakes`: a mistake as a sentence with its line and its remedy. `checks`: a mapping against the contract.
- `expressions`: which SQL expressions a mapping may have.

The import, of one file after the other:

- `sheets`: reads a spreadsheet by `loaders.spreadsheets`, so that each row is a line of text.
- `originals`: reads a file's bytes once: digest, text, lines.
- `session`: an engine that reaches nothing but a folder of its own.
- `records`: lines become records, and records source columns.
- `layout`: where the table is.
- `values`: the SQL of numbers, dates and codes. `stages`, `money`, `rules`: the query that maps rows.
- `mapped`: all rows, with their values or with the reason why they have none.
- `proof`: rows and money in and out, and what the file says about itself.
- `staging`: deliveries, rejected lines and the way back to the original, which `trace` goes. `run`: all of this for one
  file.

And: `preview` shows what a mapping does (`--check`), `propose` writes a first mapping (`--propose`) by what
`looks` and `guesses` see, `command` is the
command line.
"""
