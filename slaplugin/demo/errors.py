"""Refusals of the demo helpdesk, in the real server's statuses and words (live facts 1, 2)."""

from __future__ import annotations


class ApiError(Exception):
    """An answer that is not a success.

    `reason` is the text of the body. With `hidden` the text goes to admin tokens only; everybody
    else reads `Error ID ...: Please contact your administrator.`
    """

    def __init__(self, status: int, reason: str, *, hidden: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.hidden = hidden


def unauthorized(reason: str) -> ApiError:
    """401: credentials were sent and are wrong."""
    return ApiError(401, reason)


def forbidden(reason: str = "Not authorized") -> ApiError:
    """403: no credentials, a missing permission, or no access to the record; the text tells."""
    return ApiError(403, reason)


def not_found(model: str, record_id: object) -> ApiError:
    """404 of a record that does not exist (any more)."""
    return ApiError(404, f"Couldn't find {model} with 'id'={record_id}")


def invalid(reason: str) -> ApiError:
    """422 whose reason everybody may read."""
    return ApiError(422, reason)


def refused(reason: str) -> ApiError:
    """422 of core workflow or the database: only admins read the reason."""
    return ApiError(422, reason, hidden=True)


def broken(reason: str) -> ApiError:
    """500 as the real server gives for requests it cannot digest."""
    return ApiError(500, reason, hidden=True)
