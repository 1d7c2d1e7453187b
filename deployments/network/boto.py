"""Clients of boto3 that connect to judged addresses only, as `connections` does for HTTP.

boto3 has no public way to say so: its `Config` takes no session, pool or resolver, and a handler of `before-send` that
answers in its place has to send by itself, with all that botocore makes of errors, time limits and TLS. So classes of
connections are put into its session's pool manager. A test says when that has moved; then no client can be opened, so
that nothing goes where nobody judged. Reference: botocore, "Events", httpsession.py, endpoint.py.
"""

from typing import Any

from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from deployments.network.connections import MAX_ADDRESSES, AddressesFor
from deployments.network.urls import Origin

# For the client's config: a proxy would look names up by itself.
NO_PROXIES: dict[str, str] = {}


def connect_judged(client: Any, addresses_for: AddressesFor) -> None:
    """From now on each connection of the client looks its name up once, and goes to what was judged.

    What `addresses_for` raises then is wrapped in botocore's HTTPClientError.
    """
    manager = client._endpoint.http_session._manager  # noqa: SLF001 see above
    manager.pool_classes_by_scheme = {
        "http": _judged_pool(AWSHTTPConnectionPool, "http", addresses_for),
        "https": _judged_pool(AWSHTTPSConnectionPool, "https", addresses_for),
    }


def _judged_pool(pool: Any, scheme: str, addresses_for: AddressesFor) -> Any:
    class JudgedConnection(pool.ConnectionCls):  # type: ignore[misc]
        _dns_host: str

        def _new_conn(self) -> Any:
            """The name stays for TLS and headers; `_dns_host` alone is what urllib3 connects to."""
            named, last = self._dns_host, None
            try:
                for address in addresses_for(Origin(scheme, self.host, self.port))[:MAX_ADDRESSES]:
                    self._dns_host = address
                    try:
                        return super()._new_conn()
                    except (NewConnectionError, ConnectTimeoutError) as error:
                        last = error
            finally:
                self._dns_host = named
            raise last or NewConnectionError(self, "There is no address.")

    class JudgedPool(pool):  # type: ignore[misc]
        ConnectionCls = JudgedConnection

    return JudgedPool
