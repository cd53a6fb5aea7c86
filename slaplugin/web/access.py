"""Who may ask: the check before every answer, and what every answer carries.

On loopback whoever can open a socket there may read, unless a token or a proxy's header is set.
A browser is kept from reaching it under a foreign name (DNS rebinding) by the check of ``Host``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
LOCAL_PROXIES: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in. Where neither token nor header is set: whoever reaches the port."""

    token: str | None = field(default=None, repr=False)
    header: str | None = None
    """Header in which a proxy that has checked the person names them."""
    proxies: tuple[Network, ...] = LOCAL_PROXIES
    """Where that proxy's connections come from; from elsewhere the header counts nothing."""
    hosts: frozenset[str] | None = LOCAL_NAMES
    """Names under which we may be asked, lower case, without ports; None: under any."""

    @property
    def is_open(self) -> bool:
        """Nothing has to be shown."""
        return self.token is None and self.header is None

    def allows(self, scope: Scope) -> bool:
        """Whether this request may read."""
        if self.is_open:
            return True
        headers = Headers(scope=scope)
        return self._has_token(headers) or self._is_vouched_for(scope, headers)

    def knows_host(self, scope: Scope) -> bool:
        """Whether the request names us as we are called."""
        if self.hosts is None:
            return True
        named = Headers(scope=scope).getlist("host")
        return len(named) == 1 and _without_port(named[0]) in self.hosts

    def _has_token(self, headers: Headers) -> bool:
        if self.token is None:
            return False
        return shows(credentials(headers.getlist("authorization")), self.token)

    def _is_vouched_for(self, scope: Scope, headers: Headers) -> bool:
        if self.header is None or not headers.get(self.header, "").strip():
            return False
        peer = scope.get("client")
        return peer is not None and self._is_proxy(peer[0])

    def _is_proxy(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.proxies)


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell how far they are."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def shows(given: Iterable[str], wanted: str) -> bool:
    """Whether the secret is among these; each is looked at, so that time tells nothing."""
    return sum(same(one, wanted) for one in given) > 0


def credentials(values: Iterable[str]) -> Iterable[str]:
    """The secrets in Authorization headers: a bearer's token, the password of a login.

    Browsers can only send the latter; the user's name does not matter.
    """
    for value in values:
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "bearer":
            yield rest.strip()
        elif scheme.lower() == "basic":
            yield _password(rest.strip())


def _password(encoded: str) -> str:
    """The password of a login; Perl breaks what it encodes into lines of 76, sent as spaces."""
    try:
        text = base64.b64decode("".join(encoded.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[2]


def _without_port(host: str) -> str:
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].removesuffix(".")
