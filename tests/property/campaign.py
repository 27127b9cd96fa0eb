"""How many examples a property is tried on: VERIFY_PROPERTY_EXAMPLES, or a few."""

from __future__ import annotations

import os
import sys

from hypothesis import HealthCheck, Phase, settings

# Hypothesis warns if the limit changes in the middle of a test, as `verify.check` would do.
sys.setrecursionlimit(100_000)


def examples(few: int) -> settings:
    """The same examples each time, `few` of them unless the environment asks for more."""
    return settings(
        max_examples=int(os.environ.get("VERIFY_PROPERTY_EXAMPLES", few)),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
