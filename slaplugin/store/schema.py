"""The tables, as the append-only list of steps that made them.

A step that has shipped is never edited: a change of the schema is a new step at the end. Every
instant is UTC epoch seconds, unless its name ends in ``_ms``. Columns that hold JSON say so.
"""

from __future__ import annotations

from slaplugin.store.erasing import CREATE_ERASURES
from slaplugin.store.marks import CREATE_MARKS
from slaplugin.store.seals import CREATE_SEALS
from slaplugin.store.standings import CREATE_STANDINGS
from slaplugin.store.views import CREATE_VIEWS

APPLICATION_ID = 0x534C4170
"""Stands in the file's header and says that it is a store of ours ("SLAp")."""

_TIMELINE = """
  ticket_key INTEGER NOT NULL REFERENCES tickets (ticket_key),
  at_ms INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  identity TEXT NOT NULL,
  kind TEXT NOT NULL,
  actor_key TEXT,
  actor_role TEXT,
  ours INTEGER NOT NULL,
  retarget INTEGER NOT NULL,
  payload TEXT NOT NULL,
  actor_name TEXT
"""

_TICKETS = """
CREATE TABLE tickets (
  ticket_key INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  id TEXT NOT NULL,
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  url TEXT,
  facts TEXT NOT NULL,
  current_only TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  customer_key TEXT,
  organization_key TEXT,
  revision TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  seen TEXT NOT NULL,
  owner TEXT,
  next_check_at INTEGER,
  open INTEGER NOT NULL,
  live INTEGER NOT NULL,
  held TEXT,
  held_until INTEGER,
  holds INTEGER NOT NULL,
  missing TEXT,
  policy_set TEXT,
  UNIQUE (host, id)
) STRICT
"""

# Each of these answers one question of a cycle from the index alone; the partial ones hold only
# the tickets that the question can name, so that closed ones cost nothing. The columns of their
# condition stand at the end: without them SQLite would read every ticket to see what is known.
_TICKET_INDEXES = (
    "CREATE INDEX tickets_number ON tickets (number)",
    (
        "CREATE INDEX tickets_due ON tickets (host, next_check_at, id, live, held)"
        " WHERE live = 1 AND held IS NULL AND next_check_at IS NOT NULL"
    ),
    "CREATE INDEX tickets_held ON tickets (host, held_until, id, held) WHERE held IS NOT NULL",
    (
        "CREATE INDEX tickets_set ON tickets (host, policy_set, id, open, live, held)"
        " WHERE open = 1 AND live = 1 AND held IS NULL"
    ),
    "CREATE INDEX tickets_open ON tickets (host, id, open) WHERE open = 1",
    (
        "CREATE INDEX tickets_customer ON tickets (host, customer_key, id, open)"
        " WHERE open = 1 AND customer_key IS NOT NULL"
    ),
    (
        "CREATE INDEX tickets_organization ON tickets (host, organization_key, id, open)"
        " WHERE open = 1 AND organization_key IS NOT NULL"
    ),
    (
        "CREATE INDEX tickets_owner ON tickets (host, owner, open)"
        " WHERE open = 1 AND owner IS NOT NULL"
    ),
)

# In the order of the timeline on disk, so that a ticket's past is one range of pages.
_EVENTS = f"""
CREATE TABLE events ({_TIMELINE},
  vanished INTEGER NOT NULL,
  PRIMARY KEY (ticket_key, at_ms, seq, identity)
) STRICT, WITHOUT ROWID
"""
_OBSERVED = f"""
CREATE TABLE observed_events ({_TIMELINE},
  PRIMARY KEY (ticket_key, identity)
) STRICT, WITHOUT ROWID
"""
_AMENDMENTS = f"""
CREATE TABLE amendments ({_TIMELINE},
  PRIMARY KEY (ticket_key, identity)
) STRICT, WITHOUT ROWID
"""

# `body` is the whole instance as JSON; the columns beside it are what queries ask for.
_INSTANCES = """
CREATE TABLE instances (
  instance_key INTEGER PRIMARY KEY,
  ticket_key INTEGER NOT NULL REFERENCES tickets (ticket_key),
  clock TEXT NOT NULL,
  start_event TEXT NOT NULL,
  policy_set TEXT NOT NULL,
  finished INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  watched INTEGER NOT NULL,
  due_order INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (ticket_key, clock, start_event)
) STRICT
"""
_INSTANCES_OPEN = (
    "CREATE INDEX instances_open ON instances (due_order, instance_key) WHERE watched = 1"
)
# When a finished instance ended, for today's attainment.
_INSTANCES_ENDED = (
    "ALTER TABLE instances ADD COLUMN ended_at INTEGER",
    "UPDATE instances SET ended_at = json_extract(body, '$.stopped_at') WHERE finished = 1",
    (
        "CREATE INDEX instances_ended ON instances (ended_at, instance_key)"
        " WHERE ended_at IS NOT NULL"
    ),
)
_REVISIONS = """
CREATE TABLE instance_revisions (
  ticket_key INTEGER NOT NULL REFERENCES tickets (ticket_key),
  clock TEXT NOT NULL,
  start_event TEXT NOT NULL,
  revision INTEGER NOT NULL,
  policy_set TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (ticket_key, clock, start_event, revision)
) STRICT, WITHOUT ROWID
"""

_ACTIONS = """
CREATE TABLE actions (
  key TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  ticket_key INTEGER NOT NULL REFERENCES tickets (ticket_key),
  kind TEXT NOT NULL,
  clock TEXT,
  start_event TEXT,
  step TEXT,
  policy TEXT,
  due_at INTEGER NOT NULL,
  value TEXT NOT NULL,
  before TEXT NOT NULL,
  field TEXT,
  group_name TEXT,
  why TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN
    ('planned', 'claimed', 'done', 'failed', 'skipped', 'adopted', 'uncertain')),
  epoch INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  result TEXT,
  at INTEGER NOT NULL
) STRICT
"""
_ACTION_INDEXES = (
    "CREATE INDEX actions_ticket ON actions (ticket_key, due_at, key)",
    "CREATE INDEX actions_at ON actions (host, at, key)",
    "CREATE INDEX actions_status ON actions (host, status, at, key)",
    "CREATE INDEX actions_done ON actions (host, kind, at, status) WHERE status = 'done'",
    (
        "CREATE INDEX actions_assigned ON actions (host, group_name, value, at, kind, status)"
        " WHERE kind = 'set_owner' AND status = 'done'"
    ),
)

_POLICY_SETS = """
CREATE TABLE policy_sets (
  hash TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  closed TEXT NOT NULL,
  engine TEXT NOT NULL,
  priorities TEXT NOT NULL,
  saved_at INTEGER NOT NULL
) STRICT
"""
_ADOPTIONS = """
CREATE TABLE adoptions (
  adoption_no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  hash TEXT NOT NULL REFERENCES policy_sets (hash)
) STRICT
"""

_FLAGS = "CREATE TABLE flags (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"
_LEASE = """
CREATE TABLE lease (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  holder TEXT,
  epoch INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT
"""
_BOOKMARKS = """
CREATE TABLE bookmarks (
  host TEXT NOT NULL,
  feed TEXT NOT NULL,
  bookmark TEXT NOT NULL,
  PRIMARY KEY (host, feed)
) STRICT, WITHOUT ROWID
"""

# Payload and salt lie apart from the chain: erasing them leaves every digest and link in place.
_AUDIT = (
    """
CREATE TABLE audit_links (
  link_no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  hash BLOB NOT NULL UNIQUE
) STRICT
""",
    """
CREATE TABLE audit_entries (
  entry_no INTEGER PRIMARY KEY,
  link_no INTEGER NOT NULL REFERENCES audit_links (link_no),
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  host TEXT,
  ticket TEXT,
  digest BLOB NOT NULL
) STRICT
""",
    """
CREATE TABLE audit_payloads (
  entry_no INTEGER PRIMARY KEY REFERENCES audit_entries (entry_no),
  salt BLOB,
  payload TEXT
) STRICT
""",
    "CREATE INDEX audit_ticket ON audit_entries (ticket, entry_no) WHERE ticket IS NOT NULL",
)

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "0001_first_tables",
        (
            _FLAGS,
            _LEASE,
            _BOOKMARKS,
            _TICKETS,
            *_TICKET_INDEXES,
            _EVENTS,
            _OBSERVED,
            _AMENDMENTS,
            _INSTANCES,
            _INSTANCES_OPEN,
            _REVISIONS,
            _ACTIONS,
            *_ACTION_INDEXES,
            _POLICY_SETS,
            _ADOPTIONS,
            *_AUDIT,
        ),
    ),
    ("0002_instances_ended", _INSTANCES_ENDED),
    ("0003_views", CREATE_VIEWS),
    ("0004_standings", CREATE_STANDINGS),
    ("0005_seals", CREATE_SEALS),
    ("0006_erasures", CREATE_ERASURES),
    ("0007_marks", CREATE_MARKS),
)
"""(name, SQL statements) of every step, oldest first."""

SCHEMA_VERSION = len(STEPS)
"""What ``PRAGMA user_version`` of an up-to-date store says."""
