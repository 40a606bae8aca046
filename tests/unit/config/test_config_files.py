"""Files as such: what is no YAML, too large, too deep or in the wrong place; all of it is told at once."""

import shutil
from pathlib import Path

import pytest

from config.check import check, check_node
from config.mistakes import ConfigurationErrors
from config.yaml_source import read_source

HERE = Path(__file__).parent
NO_YAML, CHECK = "this is not YAML", "Check indentation, colons and quotes"
ASSET_KEYS = (
    "is no key that is known here. Known: alarms, criticality, device, fed_by, id, installed, kind, "
    "manufacturer, model, parameters, price, serial and 3 more"
)
CONTROL = "unacceptable character #x0000: control characters are not allowed"


def read(tmp_path, content):
    path = tmp_path / "file.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    mistakes = []
    return read_source(path, mistakes), [str(m).replace(f"{path}", "file.yaml") for m in mistakes]


def test_plain_words_mean_what_they_look_like(tmp_path):
    source, mistakes = read(
        tmp_path,
        "a: on\nb: 08:30\nc: true\nd: 2024-09-01\ne: 1e3\nf: -7\ng: ~\nh: '12'\ni: .5\nj: 0017\nl: yes\n",
    )
    assert mistakes == []
    assert list(source.data.values()) == [
        "on", "08:30", True, "2024-09-01", 1000.0, -7, None, "12", 0.5, 17, "yes",
    ]  # fmt: skip


def test_every_key_and_entry_knows_its_line(tmp_path):
    source, _ = read(tmp_path, "# comment\na:\n  - b: 1\n    c: 2\n  -\n    b: 3\n")
    assert [source.line(("a",)), source.line(("a", 0, "c")), source.line(("a", 1, "b"))] == [2, 4, 6]
    assert source.line(("a", 1, "missing", "deeper")) == 6


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: [1\n", f"file.yaml:2: {NO_YAML}: did not find expected ',' or ']'. {CHECK}"),
        ("a: b: c\n", f"file.yaml:1: {NO_YAML}: mapping values are not allowed in this context. {CHECK}"),
        (b"a: \xff\xfe\n", "file.yaml: is not UTF-8 text. Save it as UTF-8"),
        (b"a: \x00\n", f"file.yaml: {NO_YAML}: {CONTROL}. Remove control characters"),
        ("a: " + "[" * 100_000, "file.yaml:1: is nested more than 20 deep. Write it flatter"),
        ("a: " + "x" * 1_000_001, "file.yaml: is larger than 1000000 bytes. Split it into several files"),
        ("a: *b\n", "file.yaml:1: anchors and aliases are not read. Write the value out"),
        ("? [a]\n: b\n", "file.yaml:1: a key is not a single word. Write `key: value`"),
        ("5\n", "file.yaml:1: is no mapping. Start with `key: value` lines"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why(tmp_path, content, told):
    source, mistakes = read(tmp_path, content)
    assert source is None
    assert mistakes == [told]


@pytest.fixture
def facility(tmp_path, monkeypatch):
    shutil.copytree(HERE / "facility", tmp_path / "site")
    monkeypatch.chdir(tmp_path)
    return Path("site")


def test_a_file_with_the_wrong_ending_is_not_overlooked(facility):
    (facility / "north" / "more.yml").write_text("assets: []\n")
    assert [str(m) for m in check(facility, shipped_kinds=HERE / "kinds")] == [
        "site/north/more.yml: would be overlooked. Let its name end in .yaml"
    ]


def test_a_folder_without_a_site_is_a_mistake(facility):
    shutil.copytree(facility / "north", facility / "nroth")
    told = [str(m) for m in check(facility, shipped_kinds=HERE / "kinds")]
    assert told == [
        "site/nroth/plant.yaml:1: lies in the folder of nroth, which is no site. Did you mean north?"
    ]


def test_one_mistake_hides_no_other_and_a_broken_entry_is_no_second_mistake(facility):
    (facility / "kinds").mkdir()
    (facility / "kinds" / "tank.yaml").write_text("kind: tank\nfamily: water\n")
    (facility / "north" / "more.yaml").write_text(
        "spaces:\n  hall: {title: {en: Hall}}\n"
        "assets:\n"
        "  - {id: tank-1, kind: tank, title: {en: Tank, zh: 水箱}, space: hall, fed_by: [north/pump-1]}\n"
        "  - {id: pump-1, kind: pump, title: {en: Pump, zh: 水泵}, space: hall, floor: 2}\n"
    )
    told = [str(m) for m in check(facility, shipped_kinds=HERE / "kinds")]
    assert "site/kinds/tank.yaml:2: family = water: is none of the words that are known here. " in "\n".join(
        told
    )
    assert [t for t in told if "more.yaml" in t] == [
        "site/north/more.yaml:2: spaces.hall.title.zh: is missing. Add `zh:`",
        f"site/north/more.yaml:5: assets[1].floor = 2: {ASSET_KEYS}",
    ]


def test_no_folder_no_title(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [str(m) for m in check(Path("gone"))] == [
        "gone: is no folder. Name the facility's folder (CARETAKER_FACILITY)"
    ]
    Path("bare").mkdir()
    Path("bare/sites.yaml").write_text("sites: {}\n")
    told = ["bare: title: the facility has no title. Add `title: {en: …, zh: …}` to one of its files"]
    assert [str(m) for m in check(Path("bare"))] == told


def test_the_whole_node_is_checked_at_once(facility):
    env = {"CARETAKER_FACILITY": "gone", "CARETAKER_HTTP_PORT": "web", "CARETAKER_CLOCK": "1,2"}
    told = [str(m) for m in check_node(env, facility)]
    assert told[:2] == [
        "environment: CARETAKER_HTTP_PORT = web: should be a whole number. Write a whole number",
        "environment: CARETAKER_CLOCK=1,2 is no clock. Write epoch,start,speed (two times in ns, one factor)",
    ]


def test_errors_are_told_in_order_of_place_and_once():
    mistakes = check(HERE / "gone")
    errors = ConfigurationErrors([*mistakes, *mistakes])
    assert errors.mistakes == mistakes
    assert str(errors) == str(mistakes[0])
