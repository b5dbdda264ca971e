"""What Tieout costs, measured in one run on one machine: `make benchmark` writes results.md.

`fraud_rules.py`, `generate.py` and `land.py` are measurements of their own and are run by themselves.
"""
