"""GET health: open to all, so that a load balancer or a watchdog can ask."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Running
from api.problems import Problem, Reason
from api.schemas.common import Shape
from api.services.health import Condition, Health
from api.services.health import health as ask

router = APIRouter(tags=["health"])


class PartShape(Shape):
    """A part's own word (`ok`, …), or `silent`."""

    state: str
    age_s: float


class HealthShape(Shape):
    """`status` is ok, or degraded while a part is not ok."""

    status: Condition
    parts: dict[str, PartShape]

    @classmethod
    def of(cls, health: Health) -> HealthShape:
        """Without the parts' reasons: these may name addresses, and this is open to all."""
        parts = {name: PartShape(state=p.state, age_s=p.age_s) for name, p in health.parts.items()}
        return cls(status=health.condition, parts=parts)


@router.get("/health", summary="Is it running? Needs no sign-in; 503 while the demo's history is loaded")
def get_health(parts: Running) -> HealthShape:
    health = ask(parts.engine, parts.clock)
    if health.condition is Condition.LOADING:
        raise Problem(Reason.UNAVAILABLE, "History is still being loaded.", headers={"Retry-After": "2"})
    return HealthShape.of(health)
