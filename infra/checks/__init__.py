"""Assertions on the templates that cfn-lint does not make: `python -m infra.checks [FOLDER]`, part of `make lint`.

They are strict. A value that decides about security must be a literal, not a parameter or condition. A resource type
that no check covers fails.
"""
