"""Properties are about what holds, never about how long an example took: a busy machine is no failure."""
from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("station", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("station")
