"""What the routes answer: shapes, filters, pages, times, bounds, and errors that say what to do."""

from __future__ import annotations

import datetime as dt

import pytest

from api.rights import Role
from config.clock import DAY, SECOND
from config.heartbeat import beat
from tests.unit.api.api_kit import House


def test_assets_have_the_promised_shape_and_filters(house: House) -> None:
    viewer = house.as_role(Role.VIEWER)
    everything = viewer.items("assets")
    assert len(everything) == 6
    assert {k: everything[0][k] for k in ("id", "site", "kind", "family", "name")} == {
        "id": "north/boiler-1",
        "site": "north",
        "kind": "test_boiler",
        "family": "boiler",
        "name": "boiler-1",
    }
    assert [a["id"] for a in viewer.items("assets", site="south", family="fire")] == ["south/door-1"]
    assert len(viewer.items("assets", kind="test_door")) == 2
    assert viewer.get("assets", kind="test_dor").json()["remedy"] == "Did you mean test_door?"


def test_words_come_in_the_language_asked_for(house: House) -> None:
    viewer = house.as_role(Role.VIEWER)
    assert viewer.get("assets/north/boiler-1", lang="zh").json()["name"] == "boiler-1（中）"
    chinese = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert viewer.ask("GET", "kinds", headers=chinese).json()["items"][0]["name"] == "test_boiler（中）"
    assert viewer.ask("GET", "assets/x/y", headers=chinese).json()["title"] == "未找到"


def test_an_asset_shows_its_file_and_points(house: House) -> None:
    asset = house.as_role(Role.VIEWER).get("assets/north/boiler-1").json()
    points = {p["point"]: p for p in asset["points"]}
    assert points["supply_temp"]["normal"] == [40.0, 90.0]
    assert points["rise"]["role"] == "derived"
    assert points["rise"]["plausible"] == [None, None]


def test_pages_of_a_list_hold_everything_once(house: House) -> None:
    viewer, seen, cursor = house.as_role(Role.VIEWER), [], None
    while True:
        page = viewer.get("points", limit=4, **({"cursor": cursor} if cursor else {})).json()
        seen += [p["id"] for p in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(house.plant.points)
    assert viewer.get("points", cursor="nonsense!").status_code == 422


def test_latest_readings_have_the_promised_shape(house: House) -> None:
    house.stores({"north/boiler-1/supply_temp": [70.0, 71.5], "north/boiler-1/burner_on": [1.0]})
    viewer = house.as_role(Role.VIEWER)
    assert viewer.items("readings/latest", asset="north/boiler-1") == [
        {
            "point": "north/boiler-1/burner_on",
            "value": 1.0,
            "unit": "°C",
            "time": "2026-01-05T08:00:00.000Z",
            "quality": "good",
            "source": "sensor",
        },
        {
            "point": "north/boiler-1/supply_temp",
            "value": 71.5,
            "unit": "°C",
            "time": "2026-01-05T08:00:00.000Z",
            "quality": "good",
            "source": "sensor",
        },
    ]
    assert len(viewer.items("readings/latest")) == 2
    assert viewer.get("readings/latest", asset="north/boiler-9").status_code == 404


def test_raw_readings_are_read_page_by_page(house: House) -> None:
    ids = ["north/boiler-1/supply_temp", "north/boiler-2/supply_temp"]
    house.stores({ids[0]: [float(n) for n in range(25)], ids[1]: [float(n) for n in range(10)]})
    viewer, seen, cursor = house.as_role(Role.VIEWER), [], None
    for _ in range(10):
        more = {"cursor": cursor} if cursor else {}
        page = viewer.get("readings", point=",".join(ids), limit=7, **more).json()
        seen += [(r["point"], r["value"]) for r in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [(ids[0], float(n)) for n in range(25)] + [(ids[1], float(n)) for n in range(10)]


def test_windows_carry_every_statistic_asked_for(house: House) -> None:
    point = "north/boiler-1/supply_temp"
    house.stores({point: [1.0, 2.0, 3.0, 4.0]}, step_s=60)
    asked = {"point": point, "start": "2026-01-05T07:56:00Z", "end": "2026-01-05T08:01:00Z", "window": "2m"}
    viewer = house.as_role(Role.VIEWER)
    means = viewer.items("readings", **asked)
    assert [(w["time"], w["value"]) for w in means] == [
        ("2026-01-05T07:56:00.000Z", 1.0),
        ("2026-01-05T07:58:00.000Z", 2.5),
        ("2026-01-05T08:00:00.000Z", 4.0),
    ]
    several = viewer.items("readings", **asked, agg="max,count,first")[1]
    assert {k: several[k] for k in ("value", "max", "count", "first")} == {
        "value": 3.0,
        "max": 3.0,
        "count": 2,
        "first": 2.0,
    }


def test_without_a_start_windows_begin_at_round_times(house: House) -> None:
    house.clock.wind(7.3)
    house.stores({"north/boiler-1/supply_temp": [1.0]})
    found = house.as_role(Role.VIEWER).items("readings", point="north/boiler-1/supply_temp", window="15m")
    assert [w["time"] for w in found] == ["2026-01-05T08:00:00.000Z"]


@pytest.mark.parametrize(
    "start",
    ["2026-01-05T07:58:30Z", "1767599910000", "2026-01-05T15:58:30+08:00", "2026-01-05T15:58:30 08:00"],
)
def test_times_are_rfc_3339_or_epoch_milliseconds(house: House, start: str) -> None:
    point = "north/boiler-1/supply_temp"
    house.stores({point: [1.0, 2.0, 3.0]})
    found = house.as_role(Role.VIEWER).items("readings", point=point, start=start)
    assert [r["value"] for r in found] == [2.0, 3.0]


@pytest.mark.parametrize(
    "start", ["yesterday", "2026-01-05T08:00:00", "-5", "99999999999999999", "2026-13-01T00:00:00Z"]
)
def test_a_time_that_cannot_be_read_is_answered_with_the_form(house: House, start: str) -> None:
    answer = house.as_role(Role.VIEWER).get("readings", point="north/boiler-1/supply_temp", start=start)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "write RFC 3339 with its offset" in answer.json()["remedy"]


def test_too_much_at_once_is_refused_with_the_window_that_fits(house: House) -> None:
    viewer = house.as_role(Role.VIEWER)
    asked = {
        "point": "north/boiler-1/supply_temp",
        "start": "2021-01-01T00:00:00Z",
        "end": "2026-01-01T00:00:00Z",
    }
    refused = viewer.get("readings", **asked, window="1m").json()
    assert (refused["status"], refused["reason"]) == (422, "too_much_asked")
    window = refused["remedy"].split("window=")[1].split(" ")[0]
    assert viewer.get("readings", **asked, window=window).status_code == 200


def test_an_unknown_point_is_answered_with_the_nearest_names(house: House) -> None:
    answer = house.as_role(Role.VIEWER).get("readings", point="north/boiler-1/suply_temp").json()
    assert answer["status"] == 404
    assert answer["remedy"] == "Did you mean north/boiler-1/supply_temp?"


def test_alarms_have_the_promised_shape(house: House) -> None:
    house.alarm()
    alarm = house.as_role(Role.VIEWER).items("alarms")[0]
    wanted = {
        "asset": "north/boiler-1",
        "family": "boiler",
        "rule": "hot",
        "state": "unacknowledged",
        "shelved": False,
        "suppressed": False,
        "out_of_service": False,
        "priority": "high",
        "title": "title",
        "since": "2026-01-05T08:00:00.000Z",
        "acknowledged_by": None,
        "likely_cause": "cause",
        "guidance": "guidance",
    }
    assert {k: alarm[k] for k in wanted} == wanted


def test_an_alarm_is_taken_shelved_and_commented_and_its_story_tells_who(house: House) -> None:
    alarm_id = house.alarm().id
    operator = house.as_role(Role.OPERATOR)
    assert (
        operator.post(f"alarms/{alarm_id}/acknowledge", {"comment": "on my way"}).json()["state"]
        == "acknowledged"
    )
    assert operator.post(f"alarms/{alarm_id}/shelve", {"reason": "valve ordered", "duration": "2h"}).json()[
        "shelved"
    ]
    assert not operator.post(f"alarms/{alarm_id}/unshelve").json()["shelved"]
    story = operator.get(f"alarms/{alarm_id}").json()["transitions"]
    assert [(t["event"], t["who"], t["comment"]) for t in story[:2]] == [
        ("raised", "caretaker", None),
        ("acknowledged", "operator.all.all", "on my way"),
    ]
    audit = house.as_role(Role.ADMIN).items("audit")
    assert {"alarm.acknowledge", "alarm.shelve", "alarm.unshelve"} <= {r["action"] for r in audit}


def test_whoever_acts_on_what_changed_meanwhile_is_told_to_look_again(house: House) -> None:
    seen = house.alarm()
    crew = house.as_role(Role.CREW)
    assert crew.post(f"alarms/{seen.id}/acknowledge", {"version": seen.version}).status_code == 200
    late = crew.post(f"alarms/{seen.id}/comment", {"comment": "x", "version": seen.version})
    assert (late.status_code, late.json()["reason"]) == (409, "changed_meanwhile")
    assert late.json()["version"] == seen.version + 1


def test_shelving_beyond_the_longest_is_refused(house: House) -> None:
    answer = house.as_role(Role.OPERATOR).post(
        f"alarms/{house.alarm().id}/shelve", {"reason": "too long", "duration": "30d"}
    )
    assert answer.status_code == 422
    assert "at most 1d" in answer.json()["remedy"]


def test_alarms_since_a_time_include_those_that_are_over(house: House) -> None:
    house.alarm()
    house.clock.wind(60)
    second = house.alarm("south/boiler-1")
    viewer = house.as_role(Role.VIEWER)
    assert [a["id"] for a in viewer.items("alarms", since="2026-01-05T08:00:30Z")] == [second.id]
    assert len(viewer.items("alarms", family="fire")) == 0
    assert len(viewer.items("alarms", priority=["high", "low"], state="unacknowledged")) == 2
    first = viewer.get("alarms", limit=1).json()
    assert len(viewer.items("alarms", cursor=first["next"])) == 1
    assert viewer.get("alarms", state="angry").status_code == 422


def test_the_overview_counts_by_site_and_family(house: House) -> None:
    house.alarm()
    house.alarm("south/door-1", "ajar")
    groups = {(g["site"], g["family"]): g for g in house.as_role(Role.VIEWER).items("overview")}
    assert groups["north", "boiler"]["alarms"] == {"high": 1}
    assert groups["north", "boiler"]["unacknowledged"] == 1
    assert groups["north", "fire"]["total"] == 0
    assert groups["north", "boiler"]["assets"] == 2


def test_health_needs_no_sign_in_and_tells_of_silent_parts(house: House) -> None:
    nobody = house.nobody()
    beat(house.engine, "collect", house.clock)
    beat(house.engine, "history", house.clock)
    assert nobody.get("health").json() == {
        "status": "ok",
        "parts": {"collect": {"state": "ok", "age_s": 0.0}, "history": {"state": "ok", "age_s": 0.0}},
    }
    house.clock.wind(20)
    told = nobody.get("health").json()
    assert told["status"] == "degraded"
    assert told["parts"]["collect"]["state"] == "silent"
    assert told["parts"]["history"]["state"] == "ok"


def test_health_is_unavailable_while_history_is_loaded(house: House) -> None:
    beat(house.engine, "history", house.clock, "loading")
    answer = house.nobody().get("health")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["reason"] == "unavailable"


def test_metrics_speak_prometheus(house: House) -> None:
    house.alarm()
    beat(house.engine, "collect", house.clock)
    lines = house.as_role(Role.INSPECTOR).get("/metrics").text.splitlines()
    assert 'caretaker_part_up{part="collect"} 1.0' in lines
    assert any(li.startswith('caretaker_alarms{site="north",family="boiler",priority="high"') for li in lines)
    names = [li.split("{")[0].split(" ")[0] for li in lines if not li.startswith("#")]
    typed = [li.split(" ")[2] for li in lines if li.startswith("# TYPE")]
    assert set(names) <= set(typed)


def test_an_unknown_path_is_a_problem_too(house: House) -> None:
    answer = house.as_role(Role.VIEWER).get("nothing/here")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:caretaker:problem:not_found"
    assert house.as_role(Role.VIEWER).ask("PUT", "sites").json()["reason"] == "method_not_allowed"


def test_without_an_end_readings_reach_to_now_and_without_a_start_one_day_back(house: House) -> None:
    point = "north/boiler-1/supply_temp"
    house.stores({point: [1.0, 2.0, 3.0]}, step_s=dt.timedelta(hours=13).total_seconds())
    assert [r["value"] for r in house.as_role(Role.VIEWER).items("readings", point=point)] == [2.0, 3.0]
    house.clock.wind(DAY / SECOND - 1)
    assert [r["value"] for r in house.as_role(Role.VIEWER).items("readings", point=point)] == [3.0]
