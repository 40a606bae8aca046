"""What lies under deploy/ agrees with the product: settings, points, brokers."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from config.loading import demo_plant
from config.settings import variable_names
from tests.brokers import MOSQUITTO, certificates, free_port, wait_for_port

DEPLOY = Path(__file__).parents[3] / "deploy"


def test_every_variable_of_ours_is_a_setting():
    known = {*variable_names(), "CARETAKER_CONFIG"}
    for file in (DEPLOY / "compose.yaml", *(DEPLOY / "systemd").iterdir()):
        assert set(re.findall(r"CARETAKER_\w+", file.read_text(encoding="utf-8"))) <= known, file


def test_every_secret_and_volume_of_the_compose_file_is_declared():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        sources = {volume.split(":")[0] for volume in service["volumes"]}
        assert {s for s in sources if not s.startswith(".")} <= set(compose["volumes"])


def test_every_chart_of_the_dashboards_asks_for_points_that_kinds_have():
    kinds = {asset.kind.kind: set(asset.points) for asset in demo_plant().by_index}
    dashboard = json.loads((DEPLOY / "grafana" / "dashboards" / "plant.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            field, kind = re.findall(r'mean\("(\w+)"\) FROM "(\w+)"', target["query"])[0]
            assert field in kinds[kind]


@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")
def test_mosquitto_starts_with_our_configuration(tmp_path):
    port, secure = free_port(), free_port()
    certificates(tmp_path / "tls").certificate.replace(tmp_path / "tls" / "certificate.pem")
    text = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    text = text.replace("listener 1883", f"listener {port} 127.0.0.1")
    text = text.replace("listener 8883", f"listener {secure} 127.0.0.1")
    text = text.replace("/mosquitto/config/acl", str(DEPLOY / "mosquitto" / "acl"))
    text = text.replace("/mosquitto/config/", f"{tmp_path}/").replace("/mosquitto/data/", f"{tmp_path}/")
    (tmp_path / "mosquitto.conf").write_text(f"user root\n{text}")
    (tmp_path / "passwords").touch(0o600)
    broker = subprocess.Popen([str(MOSQUITTO), "-c", str(tmp_path / "mosquitto.conf")])
    try:
        wait_for_port(port)
        wait_for_port(secure)
        time.sleep(0.1)
        assert broker.poll() is None
    finally:
        broker.terminate()
        broker.wait(10)
