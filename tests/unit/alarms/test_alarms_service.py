"""Alarms as people meet them; each test is titled as the sequence it plays."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from analytics.alarms import tables
from analytics.alarms.changes import ConditionChange
from analytics.alarms.errors import ConflictError, NotAllowedError, UnknownAlarmError
from analytics.alarms.holds import Hold
from analytics.alarms.identity import occurrence_id
from analytics.alarms.queries import AlarmFilter
from analytics.alarms.state import State
from config.clock import DAY, HOUR, MINUTE
from tests import postgresql
from tests.unit.alarms.desk import START, Desk, desk
from tests.unit.alarms.small_plant import Planted, kind, plant, point, rule

BOILER = kind(
    "boiler",
    {"temp": point()},
    {
        "hot": rule(point="temp", above=95),
        "low_water": rule(point="temp", below=5, latched=True, priority="critical"),
        "drift": rule(point="temp", above=80, realarm="4h", priority="medium"),
    },
)
ZONE = kind(
    "zone",
    {"room": point()},
    {
        "cold": rule(point="room", below=18, suppressed_by_feeder=True, on_delay="30m"),
        "damp": rule(point="room", above=60, suppressed_by_feeder=True),
    },
    family="heating",
)
PLANT = plant(
    Planted("north/boiler-1", BOILER),
    Planted("north/pump-1", BOILER, fed_by=["north/boiler-1"]),
    Planted("north/zone-1", ZONE, fed_by=["north/pump-1"]),
    Planted("south/zone-9", ZONE),
)
B, Z = "north/boiler-1", "north/zone-1"


@pytest.fixture(
    name="database",
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=postgresql.needs_postgresql)],
)
def _database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('desk')}/caretaker.db"
        return
    with postgresql.running() as url:
        yield url


@pytest.fixture(name="site")
def _site(database: str) -> Iterator[Desk]:
    with desk(PLANT, database) as one:
        yield one


def test_raised_acknowledged_cleared(site: Desk) -> None:
    alarm = site.raises(B)
    assert (alarm.state, alarm.since, alarm.priority, alarm.family) == (
        State.UNACKNOWLEDGED,
        START,
        "high",
        "boiler",
    )
    alarm = site.at(2).service.acknowledge(alarm.id, "li")
    assert (alarm.state, alarm.acknowledged_by) == (State.ACKNOWLEDGED, "li")
    site.at(5).clears(B)
    alarm = site.service.get(alarm.id)
    assert (alarm.state, alarm.cleared) == (State.NORMAL, START + 5 * MINUTE)
    assert site.service.list().items == []
    steps = site.service.transitions(alarm_id=alarm.id)
    assert [(s["event"], s["from_state"], s["to_state"], s["who"]) for s in steps] == [
        ("raised", "normal", "unacknowledged", "caretaker"),
        ("acknowledged", "unacknowledged", "acknowledged", "li"),
        ("cleared", "acknowledged", "normal", "caretaker"),
    ]
    assert [s["event_id"] for s in steps] == [f"{alarm.id}.{n}" for n in (1, 2, 3)]


def test_cleared_unseen_raised_again_is_the_same_occurrence(site: Desk) -> None:
    first = site.raises(B)
    site.at(5).clears(B)
    assert site.service.get(first.id).state is State.RETURNED
    again = site.at(9).raises(B)
    assert (again.id, again.state, again.since) == (first.id, State.UNACKNOWLEDGED, START)


def test_closed_raised_again_is_a_new_occurrence(site: Desk) -> None:
    first = site.raises(B)
    site.service.acknowledge(first.id, "li")
    site.at(5).clears(B)
    again = site.at(9).raises(B)
    assert again.id != first.id
    assert [a.id for a in site.service.list().items] == [again.id]


def test_the_same_change_told_twice_raises_once(site: Desk) -> None:
    change = ConditionChange(START, B, "hot", active=True)
    site.service.apply([change, change], START)
    alarm = site.raises(B)
    site.service.acknowledge(alarm.id, "li")
    site.at(5).clears(B)
    site.service.apply([change], START)
    assert len(site.service.list(AlarmFilter(since=0)).items) == 1
    assert alarm.id == occurrence_id(B, "hot", START)
    assert alarm.id[14] == "7"
    assert alarm.id[19] in "89ab"
    assert int(alarm.id.replace("-", "")[:12], 16) == START // 1_000_000


def test_latched_gone_and_acknowledged_waits_for_reset(site: Desk) -> None:
    alarm = site.raises(B, "low_water")
    site.at(1).clears(B, "low_water")
    assert site.service.reset(alarm.id, "li").state is State.NORMAL
    alarm = site.at(2).raises(B, "low_water")
    site.service.acknowledge(alarm.id, "li")
    site.at(3).clears(B, "low_water")
    assert site.service.get(alarm.id).state is State.RETURNED
    assert site.service.reset(alarm.id, "li").state is State.NORMAL


def test_acknowledged_and_forgotten_speaks_again(site: Desk) -> None:
    alarm = site.raises(B, "drift")
    site.at(10).service.acknowledge(alarm.id, "li")
    assert site.at(10 + 239).service.get(alarm.id).state is State.ACKNOWLEDGED
    alarm = site.at(10 + 240).service.get(alarm.id)
    assert (alarm.state, alarm.acknowledged_by) == (State.UNACKNOWLEDGED, None)
    assert site.told()[-1] == (B, "realarmed", "told")


def test_shelved_for_an_hour_still_hot_afterwards(site: Desk) -> None:
    alarm = site.raises(B)
    shelved = site.service.shelve(alarm.id, "li", reason="part ordered", duration_ns=HOUR)
    assert (shelved.shelved, shelved.state) == (True, State.UNACKNOWLEDGED)
    site.at(20).clears(B)
    site.at(30).raises(B)
    assert [t[2] for t in site.told()[1:]] == ["shelved"] * 3
    back = site.at(60).service.get(alarm.id)
    assert (back.shelved, back.state) == (False, State.UNACKNOWLEDGED)
    assert site.told()[-1] == (B, "unshelved", "told")


def test_shelved_occurrence_closes_next_one_is_quiet_from_the_start(site: Desk) -> None:
    first = site.raises(B)
    site.service.acknowledge(first.id, "li")
    site.service.shelve(first.id, "li", reason="known", duration_ns=HOUR)
    site.at(10).clears(B)
    closed = site.service.get(first.id)
    assert (closed.state, closed.open) == (State.NORMAL, True)
    second = site.at(20).raises(B)
    assert second.shelved
    assert [a.id for a in site.service.list().items] == [second.id]
    site.at(61)
    assert site.told()[-1] == (B, "unshelved", "told")
    assert not site.service.get(second.id).shelved


def test_one_shot_shelving_ends_with_the_condition(site: Desk) -> None:
    alarm = site.raises(B)
    site.service.shelve(alarm.id, "li", reason="known", duration_ns=HOUR, one_shot=True)
    site.at(10).clears(B)
    assert site.service.get(alarm.id).state is State.NORMAL
    again = site.at(20).raises(B)
    assert not again.shelved
    assert site.told()[-1] == (B, "raised", "told")


def test_shelving_knows_its_maximum(site: Desk) -> None:
    alarm = site.raises(B)
    with pytest.raises(NotAllowedError, match="at most 1d"):
        site.service.shelve(alarm.id, "li", reason="tired of it", duration_ns=DAY + 1)
    with pytest.raises(NotAllowedError, match="say why"):
        site.service.shelve(alarm.id, "li", reason="  ", duration_ns=HOUR)


def test_out_of_service_and_shelved_neither_forgets_the_other(site: Desk) -> None:
    alarm = site.raises(B)
    site.service.shelve(alarm.id, "li", reason="known", duration_ns=HOUR)
    site.service.out_of_service(alarm.id, "wang", reason="burner replaced")
    back = site.service.unshelve(alarm.id, "li")
    assert (back.shelved, back.out_of_service) == (False, True)
    assert site.told()[-1] == (B, "unshelved", "out_of_service")
    back = site.service.return_to_service(alarm.id, "wang")
    assert (back.out_of_service, back.state) == (False, State.UNACKNOWLEDGED)
    assert site.told()[-1] == (B, "returned_to_service", "told")


def test_planned_suppression_of_an_asset_covers_all_its_rules_and_ends_by_itself(site: Desk) -> None:
    until = START + HOUR
    site.service.hold_assets(Hold.SUPPRESSED, [B], "wang", reason="fire test", until_ns=until)
    alarm = site.at(5).raises(B)
    assert alarm.suppressed
    assert site.told() == [(B, "raised", "suppressed_by_design")]
    site.at(60)
    assert site.told()[-1] == (B, "unsuppressed", "told")


def test_asset_out_of_service_returned(site: Desk) -> None:
    site.service.hold_assets(Hold.OUT_OF_SERVICE, [B], "wang", reason="overhaul", until_ns=None)
    alarm = site.at(5).raises(B)
    assert alarm.out_of_service
    site.at(DAY // MINUTE).service.release_assets(Hold.OUT_OF_SERVICE, [B], "wang")
    assert not site.service.get(alarm.id).out_of_service


def test_boiler_fails_zone_gets_cold_boiler_recovers(site: Desk) -> None:
    site.raises(B)
    zone = site.at(40).raises(Z, "cold")
    assert (zone.suppressed, zone.suppressed_by) == (True, site.newest(B).id)  # type: ignore[union-attr]
    assert site.told()[-1] == (Z, "raised", "fed_by_alarmed_asset")
    site.at(60).clears(B)
    assert site.service.get(zone.id).suppressed, "the zone gets its own delay to warm up again"
    assert site.at(89).service.get(zone.id).suppressed
    assert not site.at(90).service.get(zone.id).suppressed
    assert site.told()[-1] == (Z, "unsuppressed", "told")


def test_boiler_fails_zone_gets_cold_boiler_recovers_zone_recovers(site: Desk) -> None:
    site.raises(B)
    zone = site.at(40).raises(Z, "cold")
    site.at(60).clears(B)
    site.at(80).clears(Z, "cold")
    zone = site.at(95).service.get(zone.id)
    assert (zone.state, zone.open) == (State.NORMAL, False)
    assert [told for told in site.told() if told[0] == Z and told[2] == "told"] == [
        (Z, "unsuppressed", "told")
    ]


def test_zone_is_cold_before_its_boiler_alarms(site: Desk) -> None:
    zone = site.raises(Z, "cold")
    site.at(1).raises(B)
    zone = site.service.get(zone.id)
    assert zone.suppressed
    assert site.told()[-1] == (Z, "suppressed", "fed_by_alarmed_asset")


def test_shelved_boiler_alarm_explains_nothing(site: Desk) -> None:
    boiler = site.raises(B)
    zone = site.at(1).raises(Z, "damp")
    site.service.shelve(boiler.id, "li", reason="known", duration_ns=HOUR)
    assert not site.service.get(zone.id).suppressed
    site.at(61)
    assert site.service.get(zone.id).suppressed_by == boiler.id


def test_low_priority_of_the_feeder_explains_nothing(site: Desk) -> None:
    site.raises(B, "drift")
    assert not site.at(1).raises(Z, "cold").suppressed


def test_two_feeders_in_alarm_one_recovers(site: Desk) -> None:
    site.raises(B)
    pump = site.at(1).raises("north/pump-1")
    zone = site.at(2).raises(Z, "damp")
    site.at(3).clears(B)
    zone = site.service.get(zone.id)
    assert zone.suppressed_by == pump.id
    site.at(4).clears("north/pump-1")
    assert not site.service.get(zone.id).suppressed


def test_planned_window_outlasts_the_feeder(site: Desk) -> None:
    site.raises(B)
    zone = site.at(1).raises(Z, "damp")
    site.service.suppress(zone.id, "li", reason="window open", until_ns=START + HOUR)
    site.at(2).clears(B)
    zone = site.service.get(zone.id)
    assert (zone.suppressed, zone.suppressed_by) == (True, None)
    assert not site.at(61).service.get(zone.id).suppressed


def test_cause_and_effect_at_the_same_time_cause_goes_first(site: Desk) -> None:
    changes = [ConditionChange(START, Z, "cold", active=True), ConditionChange(START, B, "hot", active=True)]
    site.service.apply(changes, START)
    assert site.told() == [(B, "raised", "told"), (Z, "raised", "fed_by_alarmed_asset")]


def test_two_people_decide_at_once_the_second_is_told(site: Desk) -> None:
    alarm = site.raises(B)
    site.service.comment(alarm.id, "wang", "on my way", version=alarm.version)
    with pytest.raises(ConflictError, match="load it again"):
        site.service.acknowledge(alarm.id, "li", version=alarm.version)
    assert site.service.acknowledge(alarm.id, "li").state is State.ACKNOWLEDGED


def test_row_moves_between_read_and_write_the_transaction_starts_again(
    site: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analytics.alarms import service as module

    alarm = site.raises(B)
    find, stolen = module.queries.find_alarm, []

    def steal_once(connection, alarm_id):  # type: ignore[no-untyped-def]
        found = find(connection, alarm_id)
        if not stolen:
            stolen.append(alarm_id)
            table = tables.alarm
            connection.execute(
                update(table).where(table.c.id == alarm_id).values(version=table.c.version + 1)
            )
        return found

    monkeypatch.setattr(module.queries, "find_alarm", steal_once)
    assert site.service.acknowledge(alarm.id, "li").state is State.ACKNOWLEDGED
    assert len(site.service.transitions(alarm_id=alarm.id)) == 2


def test_many_hands_on_one_alarm_every_deed_is_written_once(site: Desk) -> None:
    alarm = site.raises(B)

    def remark(hand: int) -> None:
        for number in range(6):
            site.service.comment(alarm.id, f"hand-{hand}", f"remark {number}")

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(remark, range(4)))
    steps = site.service.transitions(alarm_id=alarm.id)
    assert [s["number"] for s in steps] == list(range(1, 26))
    assert len({(s["who"], s["comment"]) for s in steps}) == 25


def test_unknown_alarm_rule_and_empty_comment(site: Desk) -> None:
    with pytest.raises(UnknownAlarmError, match="take ids from"):
        site.service.acknowledge("0", "li")
    site.service.apply([ConditionChange(START, B, "no_such_rule", active=True)], START)
    assert site.service.list().items == []
    with pytest.raises(NotAllowedError, match="needs words"):
        site.service.comment(site.raises(B).id, "li", " ")


def test_acknowledging_twice_writes_once(site: Desk) -> None:
    alarm = site.raises(B)
    once = site.service.acknowledge(alarm.id, "li")
    assert site.service.acknowledge(alarm.id, "wang") == once


def test_silent_rules_have_words_of_their_own(site: Desk) -> None:
    device = site.raises(B, "no_data")
    single = site.raises(B, "no_data.temp")
    assert (device.priority, single.priority) == ("medium", "low")
    assert single.title == {"en": "Point: no data", "zh": "Point（中）：无数据"}
    part = site.raises("system/collector", "part_silent")
    assert (part.site, part.family) == ("system", "utility")


def test_lists_filter_and_page(site: Desk) -> None:
    for minute in range(5):
        site.at(minute).raises(B, "drift" if minute % 2 else "hot")
        site.clears(B, "drift" if minute % 2 else "hot")
        for alarm in site.service.list().items:
            site.service.acknowledge(alarm.id, "li")
    site.at(9).raises("south/zone-9", "cold")
    every = AlarmFilter(since=START - 1)
    assert len(site.service.list(every).items) == 6
    pages, cursor = [], None
    while True:
        page = site.service.list(every, cursor=cursor, limit=2)
        pages.append([a.since for a in page.items])
        cursor = page.next
        if cursor is None:
            break
    assert [len(p) for p in pages] == [2, 2, 2]
    every_since = [since for page in pages for since in page]
    assert every_since == sorted(every_since, reverse=True)
    ask = site.service.list
    assert len(ask(AlarmFilter(since=0, priority=["medium"])).items) == 2
    assert [a.asset for a in ask(AlarmFilter(family="heating")).items] == ["south/zone-9"]
    assert ask(AlarmFilter(within=[])).items == []
    assert len(ask(AlarmFilter(within=[("south", None)])).items) == 1
    assert ask(AlarmFilter(within=[("south", "boiler")])).items == []
    assert ask(AlarmFilter(state=["acknowledged"])).items == []
    (count,) = site.service.counts()
    assert (count.site, count.family, count.priority, count.quiet, count.alarms) == (
        "south",
        "heating",
        "high",
        False,
        1,
    )
    with pytest.raises(NotAllowedError, match="cursor"):
        ask(cursor="x")
