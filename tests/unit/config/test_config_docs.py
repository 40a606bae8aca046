"""The configuration page: every setting stands on it, and its samples work as they stand."""

import re
import shutil
from pathlib import Path

from config.check import check
from config.expression import WINDOW_FUNCTIONS
from config.loading import DEMO_FACILITY
from config.settings import load_settings, variable_names

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
SETTINGS_SAMPLE, ASSET_SAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_an_undocumented_setting_fails():
    for variable, where in variable_names().items():
        assert f"| `{'.'.join(map(str, where))}` | `{variable}` |" in PAGE


def test_a_documented_setting_that_is_none_fails():
    assert set(re.findall(r"\| `(CARETAKER_\w+)` \|", PAGE)) == set(variable_names())


def test_every_window_function_is_explained():
    assert [name for name in WINDOW_FUNCTIONS if f"`{name}`" not in PAGE] == []


def test_the_sample_of_the_settings_loads(tmp_path):
    (tmp_path / "mqtt").write_text("a password")
    file = tmp_path / "caretaker.yaml"
    file.write_text(SETTINGS_SAMPLE.replace("/etc/caretaker/secrets", str(tmp_path)), encoding="utf-8")
    settings = load_settings({}, file)
    assert settings.mqtt.password.get_secret_value() == "a password"


def test_the_sample_of_an_asset_loads(tmp_path):
    shutil.copytree(DEMO_FACILITY, tmp_path / "site")
    sample = ASSET_SAMPLE.replace("id: boiler-1", "id: boiler-9")
    (tmp_path / "site" / "north" / "sample.yaml").write_text(sample, encoding="utf-8")
    assert [str(mistake) for mistake in check(tmp_path / "site")] == []
