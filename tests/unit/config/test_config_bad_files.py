"""One small file for each mistake, and exactly what is said about it.

`tests/bad_config/<where>/<mistake>.yaml` is put into a sound facility; `expected.txt` there has the answers.
"""

import shutil
from pathlib import Path

import pytest

from config.check import check

HERE = Path(__file__).parent
CASES = HERE.parents[1] / "bad_config"
PLACES = {"kinds": "kinds", "north": "north", "facility": ".", "calendar": "."}
ALL = sorted(path.relative_to(CASES).as_posix() for path in CASES.glob("*/*.yaml"))
EXPECTED = dict(
    line.split(" | ", 1) for line in (CASES / "expected.txt").read_text(encoding="utf-8").splitlines()
)


@pytest.fixture
def facility(tmp_path, monkeypatch):
    shutil.copytree(HERE / "facility", tmp_path / "site")
    monkeypatch.chdir(tmp_path)
    return Path("site")


def examined(facility):
    return [
        str(mistake).removeprefix("site/").replace("in site/", "in ")
        for mistake in check(facility, detector_names={"frozen", "spike"}, shipped_kinds=HERE / "kinds")
    ]


def test_the_facility_they_are_put_into_is_sound(facility):
    assert examined(facility) == []


@pytest.mark.parametrize("case", ALL)
def test_a_mistake_is_told_with_place_value_and_remedy(facility, case):
    place = facility / PLACES[case.split("/")[0]]
    place.mkdir(exist_ok=True)
    if case.startswith("calendar/"):
        sound = (facility / "facility.yaml").read_text(encoding="utf-8")
        (facility / "facility.yaml").write_text(sound.split("calendar:")[0], encoding="utf-8")
    shutil.copy(CASES / case, place)
    assert examined(facility) == [EXPECTED[case]]


def test_every_answer_has_its_file():
    assert sorted(EXPECTED) == ALL
