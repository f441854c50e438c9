"""A certificate authority made once a process, for servers on loopback."""

import atexit
import functools
import ssl
import tempfile
from pathlib import Path

import trustme

LOOPBACK_NAMES = ("127.0.0.1", "localhost")


@functools.cache
def authority() -> trustme.CA:
    """The authority that signs every server's certificate."""
    return trustme.CA()


@functools.cache
def ca_file() -> str:
    """The path of the authority's certificate; the file goes with the process."""
    with tempfile.NamedTemporaryFile(prefix="test-ca-", suffix=".pem", delete=False) as file:
        file.write(authority().cert_pem.bytes())
    path = Path(file.name)
    atexit.register(path.unlink, missing_ok=True)
    return str(path)


@functools.cache
def server_context(names: tuple[str, ...] = LOOPBACK_NAMES) -> ssl.SSLContext:
    """A server's context with a certificate for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*names).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return context


def client_context() -> ssl.SSLContext:
    """A client's context that trusts the authority and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)  # pyright: ignore[reportUnknownMemberType]
    return context
