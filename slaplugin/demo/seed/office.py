"""The company of the demo: groups, agents, customers, custom fields, access tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slaplugin.demo import attributes, auth, people
from slaplugin.demo.desk import document
from slaplugin.demo.people import NewUser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slaplugin.demo.desk import Desk

BOT_LOGIN = "sla-bot"
ADMIN_LOGIN = "admin@desk.example"
ADMIN_PASSWORD = "demo-admin"  # noqa: S105 - an invented account on loopback
GROUPS = {
    "Support": "First line for everything that comes in",
    "Billing": "Invoices, contracts, refunds",
    "VIP Desk": "Key accounts",
    "2nd Level": "Faults that need an engineer",
    "Escalations": "Whatever is late or loud",
}
_WORK = ("read", "create", "change", "overview")
# login, first name, last name, groups with full access (in the others they may work, not own)
AGENTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("mila.hart", "Mila", "Hart", ("Support", "2nd Level")),
    ("joel.okafor", "Joel", "Okafor", ("Support", "VIP Desk")),
    ("sana.iqbal", "Sana", "Iqbal", ("Support", "Billing")),
    ("pavel.dusek", "Pavel", "Dušek", ("2nd Level", "Escalations")),
    ("greta.lind", "Greta", "Lind", ("VIP Desk", "Escalations", "Support")),
    ("tomas.reyes", "Tomás", "Reyes", ("Billing", "Support")),
)
TRAINEE = ("lena.fox", "Lena", "Fox", "Support")
"""Reads tickets of one group and nothing else."""
# name, contract level, mail domain
ORGANIZATIONS: tuple[tuple[str, str, str], ...] = (
    ("Hollerbach Logistics", "vip", "hollerbach.example"),
    ("Nordwell Clinics", "vip", "nordwell.example"),
    ("Castellan Hotels", "vip", "castellan.example"),
    ("Brightmoor Schools", "gold", "brightmoor.example"),
    ("Kestrel Outdoor", "gold", "kestrel.example"),
    ("Amberline Foods", "gold", "amberline.example"),
    ("Dunmore & Finch", "basic", "dunmore.example"),
    ("Pinecrest Dental", "basic", "pinecrest.example"),
    ("Solway Print", "basic", "solway.example"),
    ("Lumen Studio", "basic", "lumen.example"),
    ("Rivertown Council", "basic", "rivertown.example"),
    ("Oakhurst Garage", "basic", "oakhurst.example"),
)
# organization index, first name, last name, VIP person
CUSTOMERS: tuple[tuple[int, str, str, bool], ...] = (
    (0, "Ines", "Hollerbach", True),
    (0, "Ravi", "Menon", False),
    (0, "Clara", "Stein", False),
    (0, "Owen", "Pryce", False),
    (1, "Helena", "Voss", True),
    (1, "Marcus", "Adeyemi", False),
    (1, "Yara", "Haddad", False),
    (1, "Piet", "de Graaf", False),
    (2, "Lorenzo", "Castellan", True),
    (2, "Freya", "Olsen", False),
    (2, "Dana", "Kovač", False),
    (3, "Simon", "Abara", False),
    (3, "Agnes", "Molloy", False),
    (3, "Ilya", "Petrenko", False),
    (3, "Rosa", "Dominguez", False),
    (4, "Noah", "Lindqvist", False),
    (4, "Tara", "Singh", True),
    (4, "Felix", "Baum", False),
    (5, "Marta", "Gruber", False),
    (5, "Hugo", "Lambert", False),
    (5, "Leila", "Farouk", False),
    (5, "Jun", "Takeda", False),
    (6, "Arthur", "Finch", False),
    (6, "Nora", "Dunmore", False),
    (6, "Kofi", "Boateng", False),
    (7, "Elsa", "Wren", False),
    (7, "Paul", "Keane", False),
    (7, "Bianca", "Rossi", False),
    (8, "Gavin", "Solway", False),
    (8, "Mei", "Lin", False),
    (8, "Stefan", "Holt", False),
    (9, "Uma", "Lumen", False),
    (9, "Jack", "O'Dell", False),
    (9, "Vera", "Sokolova", False),
    (10, "Doris", "Campbell", False),
    (10, "Ahmed", "Nasser", False),
    (10, "Lucy", "Bright", False),
    (11, "Ben", "Oakhurst", False),
    (11, "Carla", "Mendes", False),
    (11, "Theo", "Janssen", False),
)
PRODUCTS = {
    "router": "Router",
    "switch": "Switch",
    "cloud_backup": "Cloud Backup",
    "phone_system": "Phone System",
    "other": "Other",
}
# name, minutes to first response, between updates and to the solution, priorities
SLAS: tuple[tuple[str, tuple[int, int, int], tuple[str, ...]], ...] = (
    ("High", (30, 120, 240), ("3 high",)),
    ("Standard", (120, 480, 1440), ("1 low", "2 normal")),
)
_SLA_STATES = {
    "none": "None",
    "ok": "OK",
    "at_risk": "At risk",
    "paused": "Paused",
    "overdue": "Overdue",
}
_CONTRACTS = {"basic": "Basic", "gold": "Gold", "vip": "VIP"}


@dataclass(frozen=True, slots=True)
class Tokens:
    """Access tokens of the demo: the bot's with `ticket.agent`, the administrator's with `admin`.

    They are the same in each run; the server listens on loopback and holds invented data only.
    """

    bot: str = "demo-token-of-the-sla-bot"
    admin: str = "demo-token-of-the-administrator"


def furnish(desk: Desk, *, sla_fields: bool = True) -> Tokens:
    """Create the company in a fresh helpdesk; its access tokens.

    `sla_fields` False leaves out the fields that slaplugin writes, as before `doctor --fix`.
    """
    with desk.db.transaction():
        known = desk.db.value("SELECT count(*) FROM tokens WHERE value = ?", (Tokens().bot,))
        if known:
            return Tokens()
        _add_fields(desk, sla_fields=sla_fields)
        groups = {name: people.add_group(desk, name, note) for name, note in GROUPS.items()}
        tokens = _add_machines(desk, groups)
        _add_agents(desk, groups)
        _add_customers(desk)
        _add_slas(desk)
    return tokens


def _add_fields(desk: Desk, *, sla_fields: bool) -> None:
    product = _select(PRODUCTS, "")
    _field(desk, "product", "Product", product)
    contract = _select(_CONTRACTS, "basic") | {"object": "Organization"}
    _field(desk, "contract_level", "Contract level", contract)
    if sla_fields:
        _field(desk, "sla_due_at", "SLA due", _DATETIME)
        _field(desk, "sla_state", "SLA state", _select(_SLA_STATES, ""))
        _field(desk, "sla_policy", "SLA policy", _text(120))
        _field(desk, "sla_summary", "SLA summary", _text(250))
    attributes.migrate(desk)


_DATETIME = {
    "data_type": "datetime",
    "data_option": {"future": True, "past": True, "diff": None, "null": True},
}


def _select(options: Mapping[str, str], default: str) -> dict[str, Any]:
    option = {
        "options": dict(options),
        "default": default,
        "nulloption": True,
        "relation": "",
        "maxlength": 255,
        "null": True,
    }
    return {"data_type": "select", "data_option": option}


def _text(length: int) -> dict[str, Any]:
    option = {
        "type": "text",
        "maxlength": length,
        "default": "",
        "null": True,
        "linktemplate": "",
    }
    return {"data_type": "input", "data_option": option}


def _field(desk: Desk, name: str, label: str, kind: Mapping[str, Any]) -> None:
    shown = {"ticket.agent": {"shown": True, "required": False}}
    screens = {"create_middle": shown, "edit": shown}
    sent = {"object": "Ticket", "name": name, "display": label, "screens": screens, **kind}
    attributes.create(desk, sent, 1)


def _add_machines(desk: Desk, groups: Mapping[str, int]) -> Tokens:
    tokens = Tokens()
    everywhere = dict.fromkeys(groups.values(), ("full",))
    names = ("SLA", "Bot", "sla-bot@desk.example")
    bot = people.add_user(desk, NewUser(BOT_LOGIN, *names, ("Agent",), access=everywhere))
    auth.create_token(desk, bot, ["ticket.agent"], label="slaplugin", value=tokens.bot)
    # The administrator may change tickets but own none: nobody should be assigned to her.
    new = NewUser(
        ADMIN_LOGIN,
        "Ada",
        "Minton",
        ADMIN_LOGIN,
        ("Agent", "Admin"),
        password=ADMIN_PASSWORD,
        access=dict.fromkeys(groups.values(), _WORK),
    )
    admin = people.add_user(desk, new)
    auth.create_token(desk, admin, ["ticket.agent", "admin"], label="setup", value=tokens.admin)
    return tokens


def _add_agents(desk: Desk, groups: Mapping[str, int]) -> None:
    for login, first, last, full in AGENTS:
        access = {
            group_id: ("full",) if name in full else _WORK for name, group_id in groups.items()
        }
        _add_agent(desk, (login, first, last), access)
    *who, group = TRAINEE
    _add_agent(desk, (who[0], who[1], who[2]), {groups[group]: ("read", "overview")})


def _add_agent(
    desk: Desk, who: tuple[str, str, str], access: Mapping[int, tuple[str, ...]]
) -> None:
    login, first, last = who
    email = f"{login}@desk.example"
    people.add_user(desk, NewUser(login, first, last, email, ("Agent",), access=access))


def _add_customers(desk: Desk) -> None:
    ids = [
        people.add_organization(desk, name, {"contract_level": level})
        for name, level, _ in ORGANIZATIONS
    ]
    for index, first, last, vip in CUSTOMERS:
        email = customer_mail(index, first)
        people.add_user(
            desk,
            NewUser(
                email,
                first,
                last,
                email,
                ("Customer",),
                organization_id=ids[index],
                vip=vip,
            ),
        )


def _add_slas(desk: Desk) -> None:
    """The company's SLAs in Zammad, on the calendar that is there; the demo acts on none."""
    calendar = desk.db.value("SELECT min(id) FROM settings_records WHERE kind = 'calendars'")
    priorities = {
        row["name"]: str(row["id"]) for row in desk.db.all("SELECT * FROM ticket_priorities")
    }
    stamps = {"created_by_id": 1, "updated_by_id": 1, "created_at": desk.now()}
    for name, minutes, names in SLAS:
        first, update, solution = minutes
        wanted = [priorities[each] for each in names]
        sla = {
            "calendar_id": calendar,
            "name": name,
            "first_response_time": first,
            "response_time": None,
            "update_time": update,
            "solution_time": solution,
            "condition": {"ticket.priority_id": {"operator": "is", "value": wanted}},
            "data": None,
        }
        content = {"kind": "slas", "content": document(sla), "updated_at": desk.now()}
        desk.db.insert("settings_records", content | stamps)


def customer_mail(organization: int, first: str) -> str:
    """The mail address, which is also the login, of a customer of the demo."""
    return f"{first.lower()}@{ORGANIZATIONS[organization][2]}"
