"""The directory: queues, custom fields and people, learnt in few requests and kept.

Queues and fields cost one request each, once, and again when a ticket names one made since.
Who is staff is one list where the account sees the group of the privileged (right SeeGroup), else
a question for each person (facts 4: a search never tells).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from slaplugin.app.errors import ConfigurationError
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.rt.client import BATCH, Client
from slaplugin.hosts.rt.names import (
    DEFAULT_STATES,
    NOBODY,
    SYSTEM,
    TAGS_FIELD,
    FieldDef,
    Names,
    Person,
)
from slaplugin.hosts.rt.wire import Record, ref, whole

_STAFF_SECONDS = 300
_TABLE_SECONDS = 3600
_PEOPLE_SECONDS = 300
"""What is known of an account is asked for again after this time."""
_ITSELF = frozenset({NOBODY, SYSTEM})


class Directory:
    """Grows while the adapter reads; :meth:`names` gives the frozen picture for some tickets."""

    def __init__(self, client: Client, config: HostConfig) -> None:
        self._client = client
        self._config = config
        self._queues: dict[str, str] | None = None
        self._fields: dict[str, FieldDef] | None = None
        self.fields_listed = False
        """Whether the account may list custom fields."""
        self._people: dict[str, Person] = {}
        self._logins: dict[str, str] = {}
        self._strangers: set[str] = set()
        self._until: dict[str, int] = {}
        self._staff: frozenset[str] | None = None
        self._staff_until = 0
        self._unlisted: set[str] = set()
        self._tables_until = 0
        self._login: str | None = None

    @property
    def tags_field(self) -> str:
        """Custom field that holds the tags."""
        return self._config.tags_field or TAGS_FIELD

    def names(self) -> Names:
        """Everything known so far, frozen."""
        return Names(
            host=self._config.name,
            base=self._client.transport.base,
            states={**DEFAULT_STATES, **self._config.states},
            queues=dict(self.queues()),
            fields=dict(self.fields()),
            people=dict(self._people),
            logins=dict(self._logins),
            bots=self._config.bots,
            tags_field=self.tags_field,
        )

    # ---------------------------------------------------------------- queues and fields

    def queues(self) -> Mapping[str, str]:
        """Number -> name of every queue this account sees.

        An empty list is not kept: it may be a failed answer (facts 3).
        """
        self._age()
        if not self._queues:
            rows = self._client.queues()
            self._queues = {str(row["id"]): str(row.get("Name") or "") for row in rows}
        return self._queues

    def _age(self) -> None:
        """Queues and fields may be renamed while a process runs for weeks."""
        now = self._client.transport.now()
        if now >= self._tables_until:
            self._queues = self._fields = None
            self._unlisted.clear()
            self._tables_until = now + _TABLE_SECONDS

    def fields(self) -> Mapping[str, FieldDef]:
        """Number -> custom field of tickets, as far as this account sees them."""
        if not self._fields:
            rows = self._client.fields()
            self.fields_listed = rows is not None
            self._fields = {str(row["id"]): _field(row) for row in rows or ()}
        return self._fields

    def require_shown(self, tickets: Iterable[Record]) -> None:
        """Make sure that the queues and custom fields which tickets show are known."""
        rows = list(tickets)
        queues = {ref(row.get("Queue")) for row in rows}
        fields = {str(one["id"]) for row in rows for one in row.get("CustomFields") or ()}
        self.require((number for number in queues if number), fields)

    def tags_number(self) -> str | None:
        """Number of the field that holds the tags; None where it is not listed."""
        found = self.fields().items()
        return next((number for number, one in found if one.name == self.tags_field), None)

    def require(self, queues: Iterable[str], fields: Iterable[str]) -> None:
        """Ask for queues and fields that no list showed, each once: made since, or listed to
        nobody with rights in single queues alone."""
        for number in sorted(set(queues) - self.queues().keys() - self._unlisted):
            page = self._client.queue(number)
            self._queues = {**self.queues(), **({number: str(page["Name"])} if page else {})}
            self._unlisted.add(number)
        known = {f"CF.{number}" for number in self.fields()}
        for number in sorted({f"CF.{number}" for number in fields} - known - self._unlisted):
            page = self._client.allowed(f"customfield/{number[3:]}") or {}
            self._fields = {**self.fields(), **({number[3:]: _field(page)} if page else {})}
            self._unlisted.add(number)

    # ---------------------------------------------------------------- people

    def require_people(self, logins: Iterable[str], numbers: Iterable[str] = ()) -> None:
        """Make sure these are known: many logins in one request, unknown numbers one by one."""
        now = self._client.transport.now()
        wanted = sorted(one for one in set(logins) if self._until.get(one, 0) <= now)
        for first in range(0, len(wanted), BATCH):
            batch = wanted[first : first + BATCH]
            self.learn(self._client.people(batch))
            for login in batch:
                if self._until.get(login, 0) <= now:
                    self._ask(login)
                    self._until[login] = now + _PEOPLE_SECONDS
        for number in sorted(set(numbers) - self._logins.keys() - self._strangers):
            self._ask(number)

    def learn(self, records: Iterable[Record]) -> None:
        """Take in users of a list."""
        for record in records:
            self._keep(record, whole(record.get("id")))

    def _ask(self, asked: str) -> None:
        """One user by its own page: a person hidden from searches, or only known by number."""
        record = self._client.person(asked)
        if record is None:
            self._strangers.add(asked)
        else:
            self._keep(record, _number(record))

    def _keep(self, record: Record, number: int | None) -> None:
        login = str(record.get("Name") or "")
        if not login:
            return
        self._people[login] = Person(login, number, self.is_staff(login, record), record)
        self._until[login] = self._client.transport.now() + _PEOPLE_SECONDS
        if number is not None:
            self._logins[str(number)] = login

    def is_staff(self, login: str, record: Record | None = None) -> bool:
        """Whether the account is privileged: by its own page, else by the list of them all."""
        if login in _ITSELF:
            return False
        told = (record or {}).get("Privileged")
        if told not in (None, ""):
            return str(told) == "1"
        staff = self.staff_logins()
        if staff is not None:
            return login in staff
        page = self._client.person(login)
        return page is not None and str(page.get("Privileged")) == "1"

    def staff_logins(self) -> frozenset[str] | None:
        """Everybody privileged; None where the account may not see. Read again in 5 minutes."""
        now = self._client.transport.now()
        if now >= self._staff_until:
            found = self._client.staff()
            self._staff = None if found is None else frozenset(found) - _ITSELF
            self._staff_until = self._client.transport.now() + _STAFF_SECONDS
        return self._staff

    def person(self, login: str) -> Person | None:
        """An account; None where it is gone or hidden."""
        self.require_people([login])
        return self._people.get(login)

    def people(self, logins: Sequence[str]) -> list[Person]:
        """Those of the accounts that are known, in this order."""
        self.require_people(logins)
        return [self._people[login] for login in logins if login in self._people]

    # ---------------------------------------------------------------- ourselves

    def own_login(self) -> str | None:
        """Our own login; None where nothing tells it."""
        try:
            return self.login()
        except ConfigurationError:
            return None

    def login(self) -> str:
        """Our own login. A token begins with the number of its owner (facts 2)."""
        if self._login is None:
            self._login = self._own_login()
        return self._login

    def _own_login(self) -> str:
        if self._config.user:
            return self._config.user
        token = self._config.token
        parts = token.reveal().strip().split("-") if token else []
        if len(parts) == 3 and parts[1].isdigit():
            self.require_people((), [parts[1]])
            login = self._logins.get(parts[1])
            if login is not None:
                return login
        raise ConfigurationError(
            "the token does not tell whose it is; set user to the login of its account, too"
        )


def _field(row: Record) -> FieldDef:
    most = whole(row.get("MaxValues"))
    return FieldDef(
        str(row.get("Name") or ""), row.get("Type") or None, None if most is None else most != 1
    )


def _number(record: Record) -> int | None:
    """The number of a user's own page: beside the name, or only in its links (facts 4)."""
    number = whole(record.get("id"))
    if number is not None:
        return number
    links = record.get("_hyperlinks") or ()
    return next((whole(link.get("id")) for link in links if link.get("ref") == "self"), None)
