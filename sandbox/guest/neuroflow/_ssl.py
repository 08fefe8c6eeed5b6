"""Stands in for the `ssl` module, which WASI has not, so that packages importing it can be imported.

No connection is ever made with it: the host speaks TLS, outside the sandbox.
"""

import enum
from typing import Any, NoReturn

from neuroflow.errors import SandboxDenied

_WHY = (
    "TLS is spoken by the host, outside the sandbox; use httpx or `await context.http.get(url)`, with a grant of the "
    "http capability"
)


class SSLError(OSError):
    """As in the real module; never raised here."""


class SSLWantReadError(SSLError):
    pass


class SSLWantWriteError(SSLError):
    pass


class SSLZeroReturnError(SSLError):
    pass


class SSLEOFError(SSLError):
    pass


class SSLSyscallError(SSLError):
    pass


class SSLCertVerificationError(SSLError, ValueError):
    pass


CertificateError = SSLCertVerificationError


class VerifyMode(enum.IntEnum):
    CERT_NONE = 0
    CERT_OPTIONAL = 1
    CERT_REQUIRED = 2


class TLSVersion(enum.IntEnum):
    TLSv1_2 = 771
    TLSv1_3 = 772


CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED = VerifyMode
PROTOCOL_TLS, PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER = 2, 16, 17
OP_NO_COMPRESSION = OP_NO_SSLv2 = OP_NO_SSLv3 = OP_NO_TICKET = OP_IGNORE_UNEXPECTED_EOF = 0
OPENSSL_VERSION = "none: TLS is spoken by the host"
OPENSSL_VERSION_INFO = (0, 0, 0, 0, 0)
HAS_SNI = HAS_ALPN = True
HAS_NPN = HAS_NEVER_CHECK_COMMON_NAME = False
SOCKET_ERROR_EOF = 8


class Purpose(enum.Enum):
    SERVER_AUTH = "server"
    CLIENT_AUTH = "client"


class SSLContext:
    """Takes any setting and does nothing."""

    def __init__(self, protocol: int = PROTOCOL_TLS_CLIENT) -> None:
        self.protocol = protocol
        self.verify_mode = CERT_REQUIRED
        self.check_hostname = True
        self.options = 0

    def wrap_socket(self, *args: Any, **kwargs: Any) -> NoReturn:
        """There is no socket that could be wrapped."""
        raise SandboxDenied(f"ssl: {_WHY}")

    wrap_bio = wrap_socket

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


class SSLObject:
    pass


class SSLSocket:
    pass


class MemoryBIO:
    pass


def create_default_context(*args: Any, **kwargs: Any) -> SSLContext:
    return SSLContext()


def get_server_certificate(*args: Any, **kwargs: Any) -> NoReturn:
    """There is no connection to see one on."""
    raise SandboxDenied(f"ssl: {_WHY}")


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"ssl.{name} is not in a sandbox: {_WHY}")


_create_default_https_context = _create_unverified_context = create_default_context
