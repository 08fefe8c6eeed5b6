"""Over TLS: the certificate is verified under the name that was asked for, whatever address it led to."""

import datetime
import ipaddress
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.capabilities import Admitted, Caller, Failed, Secret, Work, get
from sandbox.capabilities.http import client
from sandbox.tests.web import Web


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A key and a certificate that it signed itself, for these names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    given: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(given), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(form))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """serve(*names, trusted) → port of an https service whose certificate has these names."""
    opened = []

    def start(*names: str, trusted: bool = True) -> str:
        cert, key = certificate(tmp_path, *names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        web = Web()
        web.socket = context.wrap_socket(web.socket, server_side=True)
        opened.append(web.__enter__())
        monkeypatch.setattr(client, "_context", None)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        return web.host.partition(":")[2]

    yield start
    for web in opened:
        web.__exit__()


def ask(url: str, host: str, **caller: object) -> dict:
    http = get("http")
    assert http is not None
    terms = {"hosts": [host], "secrets": ["key"] if "secret" in caller else []}
    admitted: Admitted = http.admit({"url": url}, terms, Caller(owner="a", **caller))
    answer: dict = admitted.perform(Work(time.monotonic() + 20))
    return answer


def test_a_certificate_that_holds_for_the_name(serve: Callable[..., str]) -> None:
    port = serve("localhost")
    secret = Secret("key", f"localhost:{port}", "Authorization", "Bearer ", "a-value-of-its-own")
    answer = ask(f"https://localhost:{port}/", f"localhost:{port}", secret=lambda name: secret)
    assert answer["status"] == 200
    assert secret.value not in str(answer)


def test_one_for_another_name_is_refused(serve: Callable[..., str]) -> None:
    port = serve("other.example")
    with pytest.raises(Failed, match="certificate that does not hold") as refused:
        ask(f"https://localhost:{port}/", f"localhost:{port}")
    assert refused.value.kind == "connect"


def test_an_address_needs_a_certificate_for_it(serve: Callable[..., str]) -> None:
    port = serve("127.0.0.1")
    assert ask(f"https://127.0.0.1:{port}/", f"127.0.0.1:{port}")["status"] == 200


def test_one_that_nobody_trusts_is_refused(serve: Callable[..., str]) -> None:
    port = serve("localhost", trusted=False)
    with pytest.raises(Failed, match="self-signed"):
        ask(f"https://localhost:{port}/", f"localhost:{port}")
