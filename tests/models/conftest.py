"""Settings for the tests of the models."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The speed of an example depends more on the machine than on the code.
settings.register_profile("no_deadline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no_deadline")
