"""The small authority for a local network, and the rule against passwords in the clear."""

from __future__ import annotations

import datetime as dt
import logging
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from api.certificate import make_certificate, own_certificate, warn_before_expiry
from api.serve import Pair, certificate_of, is_loopback, listen, refuse_open_plain_http
from config.clock import DAY, SECOND, ManualClock, SystemClock
from config.mistakes import ConfigurationErrors
from config.settings_model import Settings
from tests.unit.api.api_kit import NOW


def test_a_browser_that_trusts_the_authority_trusts_the_server(tmp_path: Path) -> None:
    authority = make_certificate(tmp_path, ["localhost", "127.0.0.1"], SystemClock())
    pair = own_certificate(tmp_path)
    assert pair is not None
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(*pair)
    client_side = ssl.create_default_context(cafile=str(authority))
    assert _handshake(server_side, client_side, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        _handshake(server_side, client_side, "elsewhere.test")


def _handshake(server_side: ssl.SSLContext, client_side: ssl.SSLContext, name: str) -> bool:
    """A TLS handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    client = client_side.wrap_bio(to_client, to_server, server_hostname=name)
    done: set[ssl.SSLObject] = set()
    for _ in range(10):
        for side in (client, server):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                continue
    return done == {client, server}


def test_renewing_keeps_the_authority_and_only_the_owner_reads_the_keys(tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    authority = make_certificate(tmp_path, ["caretaker.lan"], clock).read_bytes()
    first = (tmp_path / "certificates" / "server.pem").read_bytes()
    make_certificate(tmp_path, ["caretaker.lan", "192.0.2.7"], clock)
    assert (tmp_path / "certificates" / "ca.pem").read_bytes() == authority
    renewed = (tmp_path / "certificates" / "server.pem").read_bytes()
    assert renewed != first
    names = x509.load_pem_x509_certificate(renewed).extensions.get_extension_for_oid(
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["caretaker.lan"]  # type: ignore[attr-defined]
    for name in ("ca-key.pem", "server-key.pem"):
        assert stat.S_IMODE((tmp_path / "certificates" / name).stat().st_mode) == 0o600


def test_the_validity_is_one_that_browsers_take_and_its_end_is_announced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(NOW)
    make_certificate(tmp_path, ["caretaker.lan"], clock)
    server = tmp_path / "certificates" / "server.pem"
    certificate = x509.load_pem_x509_certificate(server.read_bytes())
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= dt.timedelta(days=398)
    with caplog.at_level(logging.WARNING):
        assert warn_before_expiry(server, clock) == 397
        assert caplog.messages == []
        clock.wind(370 * DAY / SECOND)
        assert warn_before_expiry(server, clock) == 27
    assert "expires in 27 days: renew it with `caretaker certificate`" in caplog.text


def test_plain_http_stays_on_loopback_unless_told_otherwise(tmp_path: Path) -> None:
    def settings(**more: object) -> Settings:
        return Settings.model_validate({"data_dir": tmp_path, **more})

    refuse_open_plain_http(settings(), None)
    refuse_open_plain_http(settings(http_host="0.0.0.0", allow_plain_http=True), None)
    refuse_open_plain_http(settings(http_host="0.0.0.0"), Pair(tmp_path, tmp_path))
    with pytest.raises(ConfigurationErrors, match="caretaker certificate"):
        refuse_open_plain_http(settings(http_host="0.0.0.0"), None)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.168.1.5", False)],
)
def test_what_counts_as_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_port_that_is_taken_is_said_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(ConfigurationErrors, match="CARETAKER_HTTP_PORT"):
        listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(ConfigurationErrors, match=r"listened on at no\.such\.host"):
        listen("no.such.host", 1)


def test_a_given_certificate_wins_over_the_own_one(tmp_path: Path) -> None:
    make_certificate(tmp_path, ["localhost"], ManualClock(NOW))
    own = certificate_of(Settings(data_dir=tmp_path))
    assert own is not None
    assert own.certificate == tmp_path / "certificates" / "server.pem"
    given = Settings.model_validate({"data_dir": tmp_path, "tls": {"certificate": "a.pem", "key": "a.key"}})
    assert certificate_of(given) == Pair(Path("a.pem"), Path("a.key"))
    assert certificate_of(Settings(data_dir=tmp_path / "none")) is None
