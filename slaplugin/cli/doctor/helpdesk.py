"""What ``doctor`` asks the helpdesk: address, TLS, credentials, permissions, clock, fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from slaplugin.app.errors import ConfigurationError, HostError, HostPermanentError
from slaplugin.report.checks import Check

if TYPE_CHECKING:
    from slaplugin.hosts.office import Office
    from slaplugin.settings import Settings
    from slaplugin.wiring import Runtime

_SKEW_ALLOWED = 60.0
"""Seconds; clocks are judged by the helpdesk's time, but waking up early or late is by ours."""


@dataclass(frozen=True, slots=True)
class Mending:
    """Whether to create what is missing, and with whose rights (used once, never stored)."""

    fix: bool = False
    token: str | None = None
    user: str | None = None
    password: str | None = None

    @classmethod
    def asked_for(cls, given: Mapping[str, Any]) -> Self:
        """From the command's options; the password of a name is asked for where it is missing."""
        user, password = given["admin_user"], given["admin_password"]
        if user and given["fix"] and password is None:
            import click

            password = str(click.prompt(f"Password of {user}", hide_input=True, err=True))
        return cls(given["fix"], given["admin_token"], user, password)

    def applied(self, settings: Settings) -> Settings:
        """The settings with the administrator's access in the place of our own, if one is given."""
        from pydantic import SecretStr

        if not self.token and not (self.user and self.password):
            return settings
        changed = {
            "token": SecretStr(self.token) if self.token else None,
            "user": self.user,
            "password": SecretStr(self.password) if self.password else None,
        }
        return settings.model_copy(update=changed)


def at_the_helpdesk(runtime: Runtime, mending: Mending) -> Iterator[Check]:
    """Every check that needs an answer from the helpdesk; what could not be asked says so."""
    from slaplugin.cli.doctor.fields import fields

    reached = _Reached(runtime)
    try:
        yield from reached.checks()
        if not reached.ok:
            why = "not checked: the helpdesk could not be asked"
            yield from (Check(name, None, why) for name in ("permissions", "search", "fields"))
            return
        yield from _told(reached.inside(), "permissions")
        yield from _told(fields(runtime, reached.office, mending), "fields")
    finally:
        reached.close()


def _told(checks: Iterator[Check], name: str) -> Iterator[Check]:
    """An answer that fails half way becomes a line of its own, and the next checks go on."""
    try:
        yield from checks
    except HostError as error:
        yield Check(name, False, str(error), "see the helpdesk's log, then run doctor again")


class _Reached:
    """Address, TLS and credentials, told apart by how the first request fails."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.ok = False
        self.office: Office | None = None

    def checks(self) -> Iterator[Check]:
        """Three lines, whatever happens."""
        from slaplugin.wiring.sides import office_of

        url = self.runtime.settings.url or ""
        try:
            self.office = office_of(self.runtime.settings)
            who = self._who()
        except ConfigurationError as error:
            yield Check(
                "address", False, error.on_one_line, "complete the settings, or slaplugin init"
            )
            return
        except HostError as error:
            yield from _unreached(self.runtime.settings, error)
            return
        self.ok = True
        yield Check("address", True, f"{url} answers")
        yield _tls(self.runtime.settings, url)
        yield Check("credentials", True, f"signed in as {who}")

    def _who(self) -> str:
        if self.office is None:
            self.runtime.host.reference()
            return "the configured account"
        return self.office.who()

    def inside(self) -> Iterator[Check]:
        """What the account may do, and whether the clocks agree."""
        if self.office is None:
            yield Check("permissions", None, "this kind of helpdesk has no check for them")
            return
        moved = self.runtime.settings.now is not None
        yield _skew(self.office.skew(), moved=moved)
        yield from self.office.checks()

    def close(self) -> None:
        """Give the connections back."""
        if self.office is not None:
            self.office.close()


def _unreached(settings: Settings, error: HostError) -> Iterator[Check]:
    said, url = str(error), settings.url or ""
    if error.status in (401, 403):
        yield Check("address", True, f"{url} answers")
        yield Check("tls", None, "as far as the first answer")
        yield Check("credentials", False, said, _credential(settings.host))
    elif "TLS" in said:
        yield Check("address", True, f"something answers at {url}")
        remedy = "set verify_tls to the CA certificate's file, or renew the certificate"
        yield Check("tls", False, said, remedy)
        yield Check("credentials", None, "not checked: no trusted connection")
    else:
        yield Check("address", False, said, _way_in(settings, error))
        yield Check("credentials", None, "not checked: no answer")


def _credential(kind: str) -> str:
    from slaplugin.wiring.sides import guide_of

    guide = guide_of(kind)
    return guide.credential if guide else "make a new token or password and set it"


def _way_in(settings: Settings, error: HostError) -> str:
    """Somebody who answers, but not as hoped, may lack the web service."""
    from slaplugin.wiring.sides import guide_of

    guide = guide_of(settings.host)
    answered = error.status is not None or isinstance(error, HostPermanentError)
    if answered and guide and guide.web_service:
        file = guide.web_service.file
        name = settings.routes.get("webservice")
        steps = "; ".join(guide.web_service.told(file, name))
        return (
            "check url and routes, and that the web service is imported: slaplugin doctor "
            f"--web-service > {file}, then {steps}"
        )
    return "check url, the network between here and there, and that the helpdesk runs"


def _tls(settings: Settings, url: str) -> Check:
    if url.startswith(("http://127.", "http://localhost", "http://[::1]")):
        return Check("tls", None, "plain http on this very machine")
    if not url.startswith("https://"):
        said = "the address is plain http: the credentials can be read on their way"
        return Check("tls", None, said, "use https for everything but this very machine")
    if settings.verify_tls is False:
        remedy = "set verify_tls = true, or to the file of your CA certificate"
        return Check("tls", False, "certificates are not checked (verify_tls = false)", remedy)
    return Check("tls", True, "the certificate is trusted")


def _skew(seconds: float, *, moved: bool) -> Check:
    if moved:
        return Check("clock", None, "not compared: time is moved by --now")
    said = f"the helpdesk's clock is {abs(seconds):.0f} s "
    said += "ahead of ours" if seconds > 0 else "behind ours"
    if abs(seconds) > _SKEW_ALLOWED:
        return Check("clock", False, said, "let both machines use NTP")
    return Check("clock", True, said)
