"""Tables of the demo helpdesk and what their columns mean in JSON.

Columns stand in the order of the recorded answers. Times are UTC milliseconds, flags 0 or 1,
`preferences` and its like are JSON text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_STAMPS = """updated_by_id INTEGER NOT NULL DEFAULT 1, created_by_id INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL"""

TABLES = f"""
CREATE TABLE IF NOT EXISTS ticket_states (id INTEGER PRIMARY KEY, state_type_id INTEGER NOT NULL,
  name TEXT NOT NULL, next_state_id INTEGER, ignore_escalation INTEGER NOT NULL,
  default_create INTEGER NOT NULL, default_follow_up INTEGER NOT NULL, note TEXT,
  active INTEGER NOT NULL DEFAULT 1, {_STAMPS}) STRICT;
CREATE TABLE IF NOT EXISTS ticket_priorities (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
  default_create INTEGER NOT NULL, ui_icon TEXT, ui_color TEXT, note TEXT,
  active INTEGER NOT NULL DEFAULT 1, {_STAMPS}) STRICT;
CREATE TABLE IF NOT EXISTS roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
  preferences TEXT NOT NULL DEFAULT '{{}}', default_at_signup INTEGER NOT NULL,
  active INTEGER NOT NULL DEFAULT 1, note TEXT, permissions TEXT NOT NULL, {_STAMPS}) STRICT;
CREATE TABLE IF NOT EXISTS groups (id INTEGER PRIMARY KEY, signature_id INTEGER,
  email_address_id INTEGER, name TEXT NOT NULL UNIQUE, assignment_timeout INTEGER,
  follow_up_possible TEXT NOT NULL DEFAULT 'yes', reopen_time_in_days INTEGER,
  follow_up_assignment INTEGER NOT NULL DEFAULT 1, active INTEGER NOT NULL DEFAULT 1,
  shared_drafts INTEGER NOT NULL DEFAULT 1, note TEXT, {_STAMPS}) STRICT;
CREATE TABLE IF NOT EXISTS organizations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  shared INTEGER NOT NULL DEFAULT 1, domain TEXT NOT NULL DEFAULT '',
  domain_assignment INTEGER NOT NULL DEFAULT 0, active INTEGER NOT NULL DEFAULT 1,
  note TEXT NOT NULL DEFAULT '', {_STAMPS});
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, organization_id INTEGER,
  login TEXT NOT NULL UNIQUE, firstname TEXT NOT NULL, lastname TEXT NOT NULL,
  email TEXT NOT NULL, image TEXT, image_source TEXT, web TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '', fax TEXT NOT NULL DEFAULT '', mobile TEXT NOT NULL DEFAULT '',
  department TEXT, street TEXT NOT NULL DEFAULT '', zip TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '', country TEXT NOT NULL DEFAULT '', address TEXT,
  vip INTEGER NOT NULL DEFAULT 0, verified INTEGER NOT NULL DEFAULT 0,
  active INTEGER NOT NULL DEFAULT 1, note TEXT NOT NULL DEFAULT '', last_login INTEGER,
  source TEXT, login_failed INTEGER NOT NULL DEFAULT 0, out_of_office INTEGER NOT NULL DEFAULT 0,
  out_of_office_start_at TEXT, out_of_office_end_at TEXT, out_of_office_replacement_id INTEGER,
  preferences TEXT NOT NULL DEFAULT '{{}}', password TEXT, {_STAMPS});
CREATE TABLE IF NOT EXISTS user_roles (user_id INTEGER NOT NULL, role_id INTEGER NOT NULL,
  PRIMARY KEY (user_id, role_id)) STRICT;
CREATE TABLE IF NOT EXISTS group_access (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL,
  group_id INTEGER NOT NULL, access TEXT NOT NULL, UNIQUE (user_id, group_id, access)) STRICT;
CREATE TABLE IF NOT EXISTS tokens (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL,
  value TEXT NOT NULL UNIQUE, label TEXT NOT NULL, permissions TEXT NOT NULL,
  expires_at TEXT) STRICT;
CREATE TABLE IF NOT EXISTS tickets (id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL, priority_id INTEGER NOT NULL, state_id INTEGER NOT NULL,
  organization_id INTEGER, number TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
  owner_id INTEGER NOT NULL DEFAULT 1, customer_id INTEGER NOT NULL, note TEXT,
  first_response_at INTEGER, first_response_escalation_at INTEGER, first_response_in_min INTEGER,
  first_response_diff_in_min INTEGER, close_at INTEGER, close_escalation_at INTEGER,
  close_in_min INTEGER, close_diff_in_min INTEGER, update_escalation_at INTEGER,
  update_in_min INTEGER, update_diff_in_min INTEGER, last_close_at INTEGER,
  last_contact_at INTEGER, last_contact_agent_at INTEGER, last_contact_customer_at INTEGER,
  last_owner_update_at INTEGER, create_article_type_id INTEGER, create_article_sender_id INTEGER,
  article_count INTEGER, escalation_at INTEGER, pending_time INTEGER, type TEXT, time_unit TEXT,
  preferences TEXT NOT NULL DEFAULT '{{}}', {_STAMPS});
CREATE INDEX IF NOT EXISTS tickets_updated ON tickets (updated_at, id);
CREATE INDEX IF NOT EXISTS tickets_pending ON tickets (pending_time)
  WHERE pending_time IS NOT NULL;
CREATE TABLE IF NOT EXISTS articles (id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL, type_id INTEGER NOT NULL, sender_id INTEGER NOT NULL, "from" TEXT,
  "to" TEXT, cc TEXT, subject TEXT, reply_to TEXT, message_id TEXT, message_id_md5 TEXT,
  in_reply_to TEXT, content_type TEXT NOT NULL, "references" TEXT, body TEXT NOT NULL,
  internal INTEGER NOT NULL, preferences TEXT NOT NULL DEFAULT '{{}}',
  updated_by_id INTEGER NOT NULL, created_by_id INTEGER NOT NULL, origin_by_id INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS articles_ticket ON articles (ticket_id);
CREATE TABLE IF NOT EXISTS history (id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL,
  o_id INTEGER NOT NULL, object TEXT NOT NULL, type TEXT NOT NULL, attribute TEXT,
  related_o_id INTEGER, related_object TEXT, id_to INTEGER, id_from INTEGER, value_from TEXT,
  value_to TEXT, created_by_id INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS history_ticket ON history (ticket_id, created_at, id);
CREATE TABLE IF NOT EXISTS tag_items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS tags (id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL,
  item_id INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS tags_ticket ON tags (ticket_id);
CREATE INDEX IF NOT EXISTS tags_item ON tags (item_id);
CREATE TABLE IF NOT EXISTS links (id INTEGER PRIMARY KEY, type TEXT NOT NULL,
  source_id INTEGER NOT NULL, target_id INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS object_attributes (id INTEGER PRIMARY KEY, object TEXT NOT NULL,
  object_lookup_id INTEGER NOT NULL, name TEXT NOT NULL, display TEXT NOT NULL,
  data_type TEXT NOT NULL, data_option TEXT NOT NULL, editable INTEGER NOT NULL,
  active INTEGER NOT NULL DEFAULT 1, screens TEXT NOT NULL DEFAULT '{{}}',
  to_create INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL,
  {_STAMPS}, UNIQUE (object, name)) STRICT;
CREATE TABLE IF NOT EXISTS settings_records (id INTEGER PRIMARY KEY, kind TEXT NOT NULL,
  content TEXT NOT NULL, {_STAMPS}) STRICT;
CREATE TABLE IF NOT EXISTS jobs (name TEXT PRIMARY KEY, last_run INTEGER NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which columns of a table are times, flags or JSON, and which never leave the server."""

    times: frozenset[str] = frozenset({"created_at", "updated_at"})
    flags: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def with_custom(self, data_types: dict[str, str]) -> Kinds:
        """The same with custom fields added, given as name -> attribute data type."""
        times = {name for name, kind in data_types.items() if kind == "datetime"}
        flags = {name for name, kind in data_types.items() if kind == "boolean"}
        documents = {name for name, kind in data_types.items() if kind.startswith("multi")}
        return Kinds(
            self.times | times, self.flags | flags, self.documents | documents, self.hidden
        )


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One kind of record of the API: its name there, its table and its columns' kinds."""

    model: str
    table: str
    lookup_id: int = 0
    kinds: Kinds = field(default_factory=Kinds)


_STANDARD = frozenset({"created_at", "updated_at"})

TICKET = ObjectType(
    "Ticket",
    "tickets",
    1,
    Kinds(
        times=_STANDARD
        | {
            "first_response_at",
            "first_response_escalation_at",
            "close_at",
            "close_escalation_at",
            "update_escalation_at",
            "last_close_at",
            "last_contact_at",
            "last_contact_agent_at",
            "last_contact_customer_at",
            "last_owner_update_at",
            "escalation_at",
            "pending_time",
        },
        documents=frozenset({"preferences"}),
    ),
)
ARTICLE = ObjectType(
    "Ticket::Article",
    "articles",
    2,
    Kinds(
        flags=frozenset({"internal"}),
        documents=frozenset({"preferences"}),
    ),
)
USER = ObjectType(
    "User",
    "users",
    3,
    Kinds(
        times=_STANDARD | {"last_login"},
        flags=frozenset({"vip", "verified", "active", "out_of_office"}),
        documents=frozenset({"preferences"}),
        hidden=frozenset({"password"}),
    ),
)
ORGANIZATION = ObjectType(
    "Organization",
    "organizations",
    4,
    Kinds(
        flags=frozenset({"shared", "domain_assignment", "active"}),
    ),
)
GROUP = ObjectType(
    "Group",
    "groups",
    5,
    Kinds(
        flags=frozenset({"follow_up_assignment", "active", "shared_drafts"}),
    ),
)
ROLE = ObjectType(
    "Role",
    "roles",
    0,
    Kinds(
        flags=frozenset({"default_at_signup", "active"}),
        documents=frozenset({"preferences"}),
        hidden=frozenset({"permissions"}),
    ),
)
STATE = ObjectType(
    "Ticket::State",
    "ticket_states",
    0,
    Kinds(
        flags=frozenset({"ignore_escalation", "default_create", "default_follow_up", "active"}),
    ),
)
PRIORITY = ObjectType(
    "Ticket::Priority",
    "ticket_priorities",
    0,
    Kinds(
        flags=frozenset({"default_create", "active"}),
    ),
)

CUSTOMIZABLE = {kind.model: kind for kind in (TICKET, USER, ORGANIZATION, GROUP)}

STATE_TYPES = {
    1: "new",
    2: "open",
    3: "pending reminder",
    4: "pending action",
    5: "closed",
    6: "merged",
    7: "removed",
}
SENDERS = {1: "Agent", 2: "Customer", 3: "System"}
ARTICLE_TYPES = {
    1: "email",
    2: "sms",
    3: "chat",
    4: "fax",
    5: "phone",
    6: "twitter status",
    7: "twitter direct-message",
    8: "facebook feed post",
    9: "facebook feed comment",
    10: "note",
    11: "web",
    12: "telegram personal-message",
    13: "facebook direct-message",
}
AGENT, CUSTOMER, SYSTEM = 1, 2, 3
EMAIL, PHONE, NOTE, WEB = 1, 5, 10, 11
NOBODY = 1
"""User 1, login `-`: the owner of unassigned tickets and the system itself."""
