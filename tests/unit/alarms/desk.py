"""A desk to play alarm stories at: a plant, a database in memory, a clock wound by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import analytics.alarms.tables  # noqa: F401 - declares the tables on the metadata
from analytics.alarms.alarm import Alarm
from analytics.alarms.changes import ConditionChange
from analytics.alarms.service import AlarmService
from config.clock import SECOND, ManualClock
from config.database import metadata, open_engine
from config.plant import Plant

START = 1_760_000_000 * SECOND


class Desk:
    """Minutes are counted from `START`."""

    def __init__(self, plant: Plant, url: str) -> None:
        self.clock = ManualClock(START)
        self.engine = open_engine(url)
        metadata.drop_all(self.engine)
        metadata.create_all(self.engine)
        self.plant = plant
        self.service = AlarmService(self.engine, plant, self.clock)

    def at(self, minute: float) -> Desk:
        """Wind the clock to a minute and let time pass there."""
        self.clock.set(START + round(minute * 60) * SECOND)
        self.service.tick(self.clock.now_ns())
        return self

    def _change(self, asset: str, rule: str, *, active: bool) -> Alarm | None:
        now = self.clock.now_ns()
        self.service.apply([ConditionChange(now, asset, rule, active, {"value": 1.0})], now)
        return self.newest(asset, rule)

    def raises(self, asset: str, rule: str = "hot") -> Alarm:
        found = self._change(asset, rule, active=True)
        assert found is not None
        return found

    def clears(self, asset: str, rule: str = "hot") -> Alarm | None:
        return self._change(asset, rule, active=False)

    def newest(self, asset: str, rule: str = "hot") -> Alarm | None:
        from analytics.alarms.queries import AlarmFilter

        page = self.service.list(AlarmFilter(asset=asset, rule=rule, since=0))
        return page.items[0] if page.items else None

    def told(self) -> list[tuple[str, str, str]]:
        """(asset, event, quiet reason or "told") of every transition, as the outbox has them."""
        from sqlalchemy import select

        from analytics.alarms.tables import outbox

        with self.engine.connect() as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.id)).mappings().all()
        return [
            (r["payload"]["alarm"]["asset"], r["payload"]["transition"]["event"], r["quiet"] or "told")
            for r in rows
        ]


@contextmanager
def desk(plant: Plant, url: str) -> Iterator[Desk]:
    """A desk whose database is closed at the end."""
    one = Desk(plant, url)
    try:
        yield one
    finally:
        one.engine.dispose()
