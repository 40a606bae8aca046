"""Whatever stands in a file, the check answers with mistakes and never falls over."""

import copy
import json
import shutil
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.check import check
from config.expression import compile_expression
from config.mistakes import ConfigurationErrors, Mistake, RefusedError
from config.settings import Settings, load_settings
from config.yaml_source import read_source

HERE = Path(__file__).parent
SOUND = {
    "kinds/boiler_for_tests.yaml": HERE / "kinds" / "boiler_for_tests.yaml",
    "facility.yaml": HERE / "facility" / "facility.yaml",
    "north/plant.yaml": HERE / "facility" / "north" / "plant.yaml",
}
TREES = {name: read_source(path, []).data for name, path in SOUND.items()}
WORDS = ["supply_temp", "north/boiler-1", "1h", "mean(supply_temp, '1h')", "2026-01-01", "a" * 100]
SETTINGS = ["HTTP_PORT", "MQTT__URL", "NOTIFY__WEBHOOKS", "DATABASE_URL", "RETENTION__RAW", "TLS__KEY", "X"]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**25),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(WORDS),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)
LOOKS_LIKE_YAML = st.text("a:-[]{}&*!|>'\"#%@,? \n\t0.", max_size=60)
VALUE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(node, where=()):
    yield where
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places(value, (*where, key))


def put(tree, where, value):
    tree = copy.deepcopy(tree)
    node = tree
    for key in where[:-1]:
        node = node[key]
    node[where[-1]] = value
    return tree


@QUICK
@given(data=st.data())
def test_an_odd_value_anywhere_gives_mistakes(tmp_path, data):
    site = tmp_path / "site"
    for name in data.draw(st.lists(st.sampled_from(sorted(TREES)), min_size=1, max_size=3)):
        shutil.copytree(HERE / "facility", site, dirs_exist_ok=True)
        (site / "kinds").mkdir(exist_ok=True)
        shutil.copy(SOUND["kinds/boiler_for_tests.yaml"], site / "kinds")
        where = data.draw(st.sampled_from([p for p in places(TREES[name]) if p]))
        odd = put(TREES[name], where, data.draw(ODD))
        (site / name).write_text(json.dumps(odd, ensure_ascii=False), encoding="utf-8")
    empty = tmp_path / "none"
    empty.mkdir(exist_ok=True)
    for mistake in check(site, detector_names={"frozen"}, shipped_kinds=empty):
        assert isinstance(mistake, Mistake)
        assert mistake.problem
        assert mistake.remedy


@QUICK
@given(content=st.one_of(st.binary(max_size=200), LOOKS_LIKE_YAML.map(str.encode)))
def test_any_bytes_are_read_or_refused(tmp_path, content):
    path = tmp_path / "file.yaml"
    path.write_bytes(content)
    mistakes = []
    assert read_source(path, mistakes) is not None or mistakes


@QUICK
@given(text=st.one_of(st.text(max_size=40), st.text("ab()+-*/<>=.,'1 []", max_size=30)))
def test_any_text_is_an_expression_or_refused(text):
    with suppress(RefusedError):
        assert compile_expression(text, {"a", "b"}).names <= {"a", "b"}


@QUICK
@given(value=VALUE, name=st.sampled_from(SETTINGS))
def test_any_variable_is_a_setting_or_refused(value, name):
    with suppress(ConfigurationErrors):
        assert isinstance(load_settings({f"CARETAKER_{name}": value}), Settings)
