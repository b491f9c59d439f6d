"""What every test shares: Hypothesis profiles, chosen by HYPOTHESIS_PROFILE (dev, ci or nightly)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Parallel workers on shared cores make single examples slow by chance, so there is no deadline per example: a slow test
# shows in `--durations`, and a hanging one in CI's own limit.
_QUIET = [HealthCheck.too_slow]
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("ci", max_examples=200, deadline=None, suppress_health_check=_QUIET, print_blob=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None, suppress_health_check=_QUIET, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
