"""Settings: from a file, the environment and secret files, strict, every mistake at once, no secret shown."""

import pytest

from config.clock import DAY
from config.mistakes import ConfigurationErrors
from config.secrets import SECRETS
from config.settings import load_settings


def mistakes_of(env, file=None):
    with pytest.raises(ConfigurationErrors) as raised:
        load_settings(env, file)
    return [str(mistake) for mistake in raised.value.mistakes]


def test_nothing_set_is_a_working_demo_on_loopback():
    settings = load_settings({})
    assert (settings.http_host, settings.http_port, settings.mqtt_port) == ("127.0.0.1", 8080, 1883)
    assert settings.store == "embedded"
    assert str(settings.database) == "sqlite+pysqlite:///data/caretaker.db"


def test_the_environment_wins_over_the_file(tmp_path):
    file = tmp_path / "caretaker.yaml"
    file.write_text("http_port: 9000\nmqtt:\n  username: plant\nretention: {raw: 30d}\n")
    settings = load_settings({"CARETAKER_CONFIG": str(file), "CARETAKER_HTTP_PORT": "9001", "HOME": "/root"})
    assert (settings.http_port, settings.mqtt.username, settings.retention.raw) == (9001, "plant", 30 * DAY)


def test_a_secret_comes_from_its_file_and_never_reaches_a_log_or_a_repr(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("gr3en door\n")
    settings = load_settings({"CARETAKER_MQTT__PASSWORD_FILE": str(secret)})
    assert settings.mqtt.password.get_secret_value() == "gr3en door"
    assert "gr3en" not in repr(settings)
    assert (
        SECRETS.redact("mqtt://u:gr3en%20door@h refused 'gr3en door'")
        == "mqtt://u:[secret]@h refused '[secret]'"
    )


def test_webhooks_are_written_as_json_in_the_environment():
    hook = '[{"name": "duty", "url": "https://example.org/hook", "secret": "s3cret-key"}]'
    settings = load_settings({"CARETAKER_NOTIFY__WEBHOOKS": hook})
    assert settings.notify.webhooks[0].url == "https://example.org/hook"
    assert SECRETS.redact("https://example.org/hook s3cret-key") == "[secret] [secret]"


def test_every_mistake_is_told_at_once_with_its_place_and_remedy(tmp_path):
    file = tmp_path / "caretaker.yaml"
    file.write_text("http_prot: 80\nstore: infux\nmqtt:\n  url: broker.local\nretention:\n  raw: fortnight\n")
    remedy = "Write a number with ms, s, m, h, d, w or y, for example 30s or 5m"
    told = mistakes_of({"CARETAKER_HTTP_PORT": "99999", "CARETAKER_MQTT_PORTS": "1"}, file)
    assert (
        "\n".join(told).replace(str(file), "caretaker.yaml")
        == f"""\
caretaker.yaml:1: http_prot = 80: is no key that is known here. Did you mean http_port?
caretaker.yaml:2: store = infux: is none of the words that are known here. Did you mean influx?
caretaker.yaml:4: mqtt.url = broker.local: is not written as it should be. Write mqtt://host:1883 or mqtts://host:8883
caretaker.yaml:6: retention.raw = fortnight: is no duration. {remedy}
environment: CARETAKER_HTTP_PORT = 99999: is not accepted. Write a value that is less than or equal to 65535
environment: CARETAKER_MQTT_PORTS: is no setting. Did you mean CARETAKER_MQTT_PORT?"""
    )


def test_a_wrong_secret_is_named_but_not_shown():
    (told,) = mistakes_of({"CARETAKER_DATABASE_URL": "mysql://root:hunter2@db/x"})
    assert told == (
        "environment: CARETAKER_DATABASE_URL: is no database that is supported. "
        "Write sqlite:////folder/caretaker.db or postgresql://user:password@host/name"
    )


def test_a_secret_file_that_is_missing_or_doubled_is_a_mistake():
    (told,) = mistakes_of({"CARETAKER_INFLUX__TOKEN_FILE": "/gone"})
    assert told == (
        "environment: CARETAKER_INFLUX__TOKEN_FILE = /gone: the secret's file cannot be read: "
        "No such file or directory. Check its name and permissions"
    )
    doubled = {"CARETAKER_MQTT__PASSWORD": "abcdef", "CARETAKER_MQTT__PASSWORD_FILE": "/gone"}
    assert "stands beside `password`. Keep one of the two" in mistakes_of(doubled)[0]


def test_influx_needs_a_token_and_a_certificate_its_key():
    assert mistakes_of({"CARETAKER_STORE": "influx"}) == [
        "settings: the store influx has no token. Give influx.token_file (CARETAKER_INFLUX__TOKEN_FILE)"
    ]
    assert mistakes_of({"CARETAKER_TLS__KEY": "key.pem"}) == [
        "settings: tls: names one of two files. Give `certificate` and `key` together"
    ]
