"""How many documents are tried against the peers."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

# The same documents in every run, so that a failure in CI is one on any machine.
settings.register_profile(
    "interop",
    derandomize=True,
    deadline=None,
    max_examples=100,
    # To find out which parts of a failing document matter takes minutes.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("interop")
