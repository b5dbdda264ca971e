"""The kinds of fraud, and how often each occurs."""

from __future__ import annotations

import numpy as np

CARD_TESTING, IMPOSSIBLE_TRAVEL, STRUCTURING, ACCOUNT_TAKEOVER, FAN_IN, FAN_OUT = TYPOLOGIES = (
    "card_testing",
    "impossible_travel",
    "structuring",
    "account_takeover",
    "fan_in",
    "fan_out",
)
TYPOLOGY_SHARES = np.array([0.25, 0.25, 0.15, 0.15, 0.10, 0.10])
TRANSACTIONS_PER_INCIDENT = 9  # average over all typologies, which converts the share of transactions to incidents
