"""A small certificate authority for a local network, and the server's certificate signed by it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config.clock import Clock

log = logging.getLogger(__name__)

FOLDER = "certificates"
# Browsers refuse a server certificate of longer validity, also from a private authority.
_SERVER_DAYS, _AUTHORITY_DAYS, _WARN_DAYS = 397, 3650, 30


def own_certificate(data_dir: Path) -> tuple[Path, Path] | None:
    """Files of the own server certificate (with chain) and key; None when none was made."""
    certificate, key = data_dir / FOLDER / "server.pem", data_dir / FOLDER / "server-key.pem"
    return (certificate, key) if certificate.exists() and key.exists() else None


def make_certificate(data_dir: Path, names: Sequence[str], clock: Clock) -> Path:
    """Make (or renew) the server's certificate for these host names and addresses.

    The authority is made once and used again, so that devices need to trust it only once. Returns its
    certificate's file, which is to be installed on them.
    """
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.fromtimestamp(clock.now_ns() / 1e9, dt.UTC)
    authority_file, key_file = folder / "ca.pem", folder / "ca-key.pem"
    if not (authority_file.exists() and key_file.exists()):
        key = ec.generate_private_key(ec.SECP256R1())
        _write_key(key_file, key)
        authority_file.write_bytes(_authority(key, now).public_bytes(serialization.Encoding.PEM))
    authority = x509.load_pem_x509_certificate(authority_file.read_bytes())
    signer = serialization.load_pem_private_key(key_file.read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{key_file} holds no elliptic-curve key: remove it and ca.pem to make new ones")
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = _server(authority, signer, server_key, names, now)
    chain = server.public_bytes(serialization.Encoding.PEM) + authority_file.read_bytes()
    _write_key(folder / "server-key.pem", server_key)
    _write(folder / "server.pem", chain, 0o644)
    return authority_file


def _authority(key: ec.EllipticCurvePrivateKey, now: dt.datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Caretaker local authority")])
    usage = _usage(signs_certificates=True)
    return (
        _common(name, name, key, now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server(
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    names: Sequence[str],
    now: dt.datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        _common(subject, authority.subject, key, now, _SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(signer, hashes.SHA256())
    )


def _common(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    # An hour back: clocks of phones and servers differ.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    _write(path, key.private_bytes(encoding, form, serialization.NoEncryption()), 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others before it is meant to be."""
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(content)
    aside.replace(path)


def warn_before_expiry(certificate: Path, clock: Clock) -> int:
    """Days until the certificate expires; says so in the log when they are few."""
    expires = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    days = int((expires.timestamp() - clock.now_ns() / 1e9) // 86_400)
    if days < _WARN_DAYS:
        log.warning("%s expires in %d days: renew it with `caretaker certificate`", certificate, days)
    return days
