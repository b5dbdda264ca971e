"""The site around the report: the documents as HTML, the diagram of the star, and the lineage of columns.

All of it is made from files: from Markdown, from the manifest and the catalog of dbt. It asks no warehouse.
"""
