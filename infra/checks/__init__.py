"""Assertions on the templates that cfn-lint cannot know: `python -m infra.checks [FOLDER]`, part of `make lint`.

They are strict where a template could be argued about: a value that decides about safety stands in the template as
itself, not as a parameter or condition, and a type of resource that no check knows fails until somebody has judged it.
"""
