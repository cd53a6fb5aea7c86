"""What a person who sets up a kind of helpdesk has to know: data, no requests.

Each adapter has one :class:`Guide`; ``init`` and ``doctor`` speak by it, so that neither of them
knows any kind of helpdesk by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Access = Literal["token", "password", "either"]
"""What proves who we are: a token, user and password, or one of both."""


@dataclass(frozen=True, slots=True)
class WebService:
    """A definition that the administrator has to import before anything can be reached."""

    file: str
    """What the file is to be called."""
    definition: Callable[[], str]
    """The text to import."""
    steps: tuple[str, ...]
    """How it is imported; ``{file}`` stands for the file, ``{name}`` for the web service's name."""
    hook: Callable[[], str]
    """Another one, by which the helpdesk tells us of changes at once (not needed to begin)."""
    name: str
    """What the web service is called where nobody says otherwise."""

    def told(self, file: str, name: str | None = None) -> tuple[str, ...]:
        """The steps, with the file and the web service's name in them."""
        return tuple(step.format(file=file, name=name or self.name) for step in self.steps)


@dataclass(frozen=True, slots=True)
class Guide:
    """One kind of helpdesk in the words of its administrators."""

    kind: str
    """As the setting ``host`` has it."""
    title: str
    address: str
    """An example of ``url``."""
    access: Access
    credential: str
    """How to get a new token or password: the remedy of a refused sign-in."""
    admin: str
    """What ``--admin-token`` or ``--admin-user`` has to be, in this host's words."""
    vip: str
    """How a VIP is known there where nobody says otherwise (an answer of ``init --vip``)."""
    vip_ways: tuple[str, ...]
    """Further answers that this kind of helpdesk can give facts for, the default included."""
    groups: str
    """What its people call the groups of tickets."""
    group_rights: str
    """What the account needs there, as the end of a sentence."""
    local_times: bool = False
    """It sends times without their zone, so that ``host_timezone`` has to be told."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Role -> the name that ``init`` suggests; the role ``tags`` is the setting ``tags.field``."""
    settings: tuple[str, ...] = ()
    """Lines for the settings file that are worth a look there, as comments."""
    overviews: bool = False
    """Lists of marked tickets can be made over the API."""
    web_service: WebService | None = None

    @classmethod
    def of_a_plugin(cls, kind: str) -> Guide:
        """For a kind of helpdesk that nobody has written a guide for."""
        return cls(
            kind=kind,
            title=kind,
            address="https://helpdesk.example.org",
            access="either",
            credential="make a new token or password and set it",
            admin="",
            vip="none",
            vip_ways=("organization=NAME", "group=NAME", "tag=NAME", "field=NAME=VALUE", "none"),
            groups="groups",
            group_rights="access to them",
        )
