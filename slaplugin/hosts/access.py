"""How a request proves who we are: auth objects, so that a ``.netrc`` cannot replace them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from slaplugin.app.errors import ConfigurationError
from slaplugin.hosts.config import HostConfig, Secret

Auth = AuthBase | Callable[[Any], Any]


class TokenAuth(AuthBase):
    """``Authorization: <scheme><token>``; the scheme ends as the host wants it (blank, ``=``)."""

    def __init__(self, token: Secret, scheme: str) -> None:
        self._token = token
        self._scheme = scheme

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"{self._scheme}{self._token.reveal()}"
        return request


class SessionCookie(AuthBase):
    """A browser session: the cookie that a login gave, once there is one."""

    def __init__(self) -> None:
        self.cookie: Secret | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.cookie is not None:
            request.headers["Cookie"] = self.cookie.reveal()
        return request


def unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """For hosts that want the credential elsewhere than in a header."""
    return request


def in_header(config: HostConfig, scheme: str) -> Auth:
    """The configured token after ``scheme``, else user and password as HTTP Basic.

    ConfigurationError where neither is set or the token cannot be one.
    """
    if config.token is not None:
        return TokenAuth(_checked(config.token), scheme)
    if config.user is not None and config.password is not None:
        return HTTPBasicAuth(config.user.encode(), config.password.reveal().encode())
    raise ConfigurationError(
        "no credentials for the helpdesk: set token, or user and password "
        "(SLAPLUGIN_TOKEN, SLAPLUGIN_TOKEN_FILE)"
    )


def _checked(token: Secret) -> Secret:
    value = token.reveal().strip()
    if not value.isascii() or not value.isprintable() or not value or " " in value:
        raise ConfigurationError(
            "token: this is no API token (it is empty, or has spaces or special characters); "
            "copy it again as the helpdesk showed it"
        )
    return Secret(value)
