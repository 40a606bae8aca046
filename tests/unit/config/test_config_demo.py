"""The demo campus: whole, connected, looked after at every hour, and open to kinds of its owner's own."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from config.check import check
from config.loading import DEMO_FACILITY, demo_plant, load_kinds, load_plant
from config.mistakes import ConfigurationErrors
from config.point_numbers import MemoryNumbers

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def plant():
    return demo_plant()


def test_it_has_no_mistakes():
    assert [str(mistake) for mistake in check()] == []


def test_it_is_large_enough_to_be_a_campus(plant):
    assert len(plant.files.sites) == 2
    assert len(plant.assets) >= 120
    assert len([p for p in plant.points.values() if not p.derived]) >= 500
    assert {a.family for a in plant.assets.values()} == {"boiler", "heating", "fire", "canteen", "utility"}


def test_every_shipped_kind_is_in_use(plant):
    assert {a.kind.kind for a in plant.assets.values()} == set(load_kinds())


def test_heat_and_water_can_be_followed_to_their_source(plant):
    def sources(asset):
        above = plant.assets[asset].fed_by
        return {plant.assets[a].kind.kind for a in above}.union(*(sources(a) for a in above))

    for zone in plant.of_kind("heating_zone"):
        assert {"circulation_pump", "hot_water_boiler", "gas_meter"} <= sources(zone.id), zone.id
    for asset in [*plant.of_kind("hydrant"), *plant.of_kind("sprinkler_line")]:
        assert {"fire_pump_set", "fire_water_tank"} <= sources(asset.id), asset.id


def test_a_gateway_carries_several_assets(plant):
    assert len(plant.by_device["north/boiler-room-gateway"]) > 3
    assert plant.assets["north/softener-1"].device == "north/boiler-room-gateway"
    assert plant.assets["north/boiler-1"].device == "north/boiler-1"


def on_duty(plant, crew):
    """How many of a crew are on duty, for every half hour of the week."""
    count = [0] * (7 * 48)
    for shift in plant.files.rota:
        if shift.crew != crew:
            continue
        start, end = (int(t[:2]) * 2 + int(t[3:]) // 30 for t in (shift.start, shift.end))
        for day in shift.days:
            for half_hour in range(start, end if end > start else end + 48):
                count[(day * 48 + half_hour) % len(count)] += 1
    return count


def test_the_boiler_room_is_never_left_alone_and_two_watch_the_fire_panel(plant):
    assert min(on_duty(plant, "boiler-room")) == 1
    assert min(on_duty(plant, "fire")) == 2


def test_somebody_can_do_every_planned_work(plant):
    wanted = {plan.skill for kind in plant.kinds.values() for plan in kind.maintenance.values()}
    autumn = dt.date(2026, 11, 1)
    able = {
        skill
        for person in plant.files.people.values()
        for skill, expires in person.skills.items()
        if expires is None or expires > autumn
    }
    assert wanted - able == set()


def test_the_file_of_a_new_kind_is_all_it_takes(tmp_path):
    facility = tmp_path / "site"
    shutil.copytree(DEMO_FACILITY, facility)
    (facility / "kinds").mkdir()
    shutil.copy(HERE / "kinds" / "boiler_for_tests.yaml", facility / "kinds")
    (facility / "south" / "trial.yaml").write_text(
        "assets:\n"
        "  - id: trial-1\n"
        "    kind: boiler_for_tests\n"
        "    title: {en: Trial boiler, zh: 试验锅炉}\n"
        "    space: boiler-room\n",
        encoding="utf-8",
    )
    numbers = MemoryNumbers()
    plant = load_plant(facility, numbers)
    trial = plant.assets["south/trial-1"]
    assert trial.points["supply_temp"].unit == "°C"
    assert plant.columns.asset[trial.points["spread"].number] == trial.index
    assert len(plant.assets) == len(demo_plant().assets) + 1


def test_a_kind_may_not_take_the_name_of_a_shipped_one(tmp_path):
    shutil.copytree(HERE / "facility", tmp_path / "site")
    (tmp_path / "site" / "kinds").mkdir()
    shutil.copy(HERE / "kinds" / "boiler_for_tests.yaml", tmp_path / "site" / "kinds")
    with pytest.raises(ConfigurationErrors, match=r"boiler_for_tests\.yaml already\. Give it another name"):
        load_plant(tmp_path / "site", MemoryNumbers(), shipped_kinds=HERE / "kinds")
