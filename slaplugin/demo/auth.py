"""Who is calling: tokens, basic credentials, acting for another user (live facts 1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from slaplugin.demo.access import Identity, permissions_of
from slaplugin.demo.desk import document
from slaplugin.demo.errors import forbidden, unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk


def identify(desk: Desk, headers: Mapping[str, str]) -> Identity:
    """The caller of a request; `headers` with lower-case names.

    401 for wrong credentials, 403 without any, 403 when `From` may not be used.
    """
    who = _credentials(desk, headers.get("authorization", ""))
    other = headers.get("from") or headers.get("x-on-behalf-of")
    return who if other is None else _on_behalf(desk, who, other)


def _credentials(desk: Desk, header: str) -> Identity:
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "token":
        return _by_token(desk, rest.strip().removeprefix("token=").strip('"'))
    if scheme.lower() == "bearer":
        return _by_token(desk, rest.strip())
    if scheme.lower() == "basic":
        return _by_password(desk, rest.strip())
    raise forbidden("Authentication required")


def _by_token(desk: Desk, value: str) -> Identity:
    token = desk.db.one("SELECT * FROM tokens WHERE value = ?", (value,))
    user = None if token is None else desk.db.get("users", token["user_id"])
    if token is None or user is None:
        raise unauthorized("Can't find User for Token")
    if not user["active"]:
        raise unauthorized("User is inactive!")
    granted = frozenset(json.loads(token["permissions"]))
    return Identity(user, permissions_of(desk, user["id"]), granted)


def _by_password(desk: Desk, encoded: str) -> Identity:
    try:
        login, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorized("Invalid BasicAuth credentials") from None
    user = find_user(desk, login)
    if user is None or not user["active"] or user["password"] != password_hash(password):
        raise unauthorized("Invalid BasicAuth credentials")
    at = desk.stamp(user["updated_at"])
    desk.db.update("users", user["id"], {"last_login": at, "updated_at": at})
    return Identity(user | {"last_login": at, "updated_at": at}, permissions_of(desk, user["id"]))


def _on_behalf(desk: Desk, who: Identity, other: str) -> Identity:
    """The user's own admin role counts, whatever the token's permissions are."""
    if "admin" not in who.permissions:
        raise forbidden("Current user has no permission to use 'From'/'X-On-Behalf-Of'!")
    user = find_user(desk, other)
    if user is None and other.isdigit():
        user = desk.db.get("users", int(other))
    if user is None:
        raise forbidden(f"No such user '{other}'")
    return Identity(user, permissions_of(desk, user["id"]))


def find_user(desk: Desk, login: str) -> Row | None:
    """A user by login or mail address, letter case ignored."""
    return desk.db.one(
        "SELECT * FROM users WHERE lower(login) = lower(?1) OR lower(email) = lower(?1)",
        (login.strip(),),
    )


def password_hash(password: str) -> str:
    """What is stored of a password; good enough for a demo that never leaves the machine."""
    return hashlib.sha256(f"demo-helpdesk:{password}".encode()).hexdigest()


def create_token(
    desk: Desk, user_id: int, permissions: Sequence[str], *, label: str = "", value: str = ""
) -> str:
    """Store an access token and return its value, the only time that it is shown."""
    value = value or secrets.token_urlsafe(32)
    desk.db.insert(
        "tokens",
        {
            "user_id": user_id,
            "value": value,
            "label": label,
            "permissions": document(list(permissions)),
        },
    )
    return value
