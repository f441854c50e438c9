"""An HTTP server that misbehaves as told and counts what arrived."""

import ssl
from typing import Self

from tests.support import tls
from tests.support.behaviours import Behaviour, respond_sms
from tests.support.connection import Connection
from tests.support.tcp_server import TcpServer


class FaultServer(TcpServer):
    """Deals with each request by the next behaviour; the last one repeats.

    Args:
        behaviours: In the order of the requests; without any, every request is answered with an SMS object.
        use_tls: Speak HTTPS, with a certificate signed by the authority in `ca_file`.
        tls_names: The names in the certificate.
    """

    def __init__(
        self,
        *behaviours: Behaviour,
        use_tls: bool = False,
        tls_names: tuple[str, ...] = tls.LOOPBACK_NAMES,
    ) -> None:
        super().__init__(
            tls_context=tls.server_context(tls_names) if use_tls else None,
            small_receive_buffer=any(behaviour.small_receive_buffer for behaviour in behaviours),
        )
        self.ca_file = tls.ca_file() if use_tls else None
        self._scheme = "https" if use_tls else "http"
        self._behaviours: list[Behaviour] = list(behaviours) or [respond_sms()]

    def then(self, *behaviours: Behaviour) -> Self:
        """Deal with the next requests by these, whatever was left."""
        with self._lock:
            self._behaviours = list(behaviours)
            if any(behaviour.small_receive_buffer for behaviour in behaviours):
                self.shrink_receive_buffer()
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self._scheme}://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The origin with the API's path."""
        return f"{self.origin}/core/v2"

    def client_context(self) -> ssl.SSLContext:
        """A client's TLS context that trusts this server."""
        return tls.client_context()

    def handle(self, connection: Connection) -> None:
        """Serve one request after the other."""
        if self._tls_context is not None:
            connection.await_tls()
        if (before := self._take(before_reading=True)) is not None:
            before.run(connection)
        self.secure(connection)
        while True:
            try:
                connection.await_request()
            except TimeoutError:
                connection.close()
            connection.begin_exchange()
            if (behaviour := self._take()) is not None:
                behaviour.run(connection)

    def _take(self, *, before_reading: bool = False) -> Behaviour | None:
        with self._lock:
            behaviour = self._behaviours[0]
            if before_reading and not behaviour.before_reading:
                return None
            if len(self._behaviours) > 1:
                self._behaviours.pop(0)
            return behaviour
