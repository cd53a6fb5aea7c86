"""TicketCreate and TicketUpdate: checked first, then carried out step by step (facts 9)."""

from __future__ import annotations

from typing import Any

from .access import Access, Caller, FaultError, Params, RefusalError
from .acts import NewTicket
from .catalog import ROOT
from .checks import Checks, Plan, allowed, structured
from .model import Ticket
from .people import Desk


class Writes:
    """The writing operations of one desk."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._acts = desk.acts
        self._access = access

    # ------------------------------------------------------------------ TicketUpdate

    def update(self, params: Params, broken: frozenset[str]) -> dict[str, Any]:
        caller = self._access.writer("TicketUpdate", params)
        ticket, shown_id = self._addressed(caller, params)
        plan = self._update_plan(params, caller, ticket)
        try:
            article = self._carry_out(ticket, plan, caller, broken)
        finally:
            self._acts.settle(ticket)
        answer = {"TicketID": shown_id, "TicketNumber": ticket.number}
        return answer | ({} if article is None else {"ArticleID": article})

    def _addressed(self, caller: Caller, params: Params) -> tuple[Ticket, Any]:
        """A ticket number in the body decides, not the id of the route."""
        number, key = params.get("TicketNumber"), params.get("TicketID")
        if not number and not key:
            message = "TicketID or TicketNumber is required!"
            raise RefusalError("TicketUpdate", "MissingParameter", message)
        if number:
            found = [one for one in self._acts.tickets.values() if one.number == str(number)]
            key = found[0].id if found else ""
        ticket = self._access.readable(caller, key)
        if ticket is None:
            message = "User does not have access to the ticket!"
            raise RefusalError("TicketUpdate", "AccessDenied", message)
        return ticket, key

    def _update_plan(self, params: Params, caller: Caller, ticket: Ticket) -> Plan:
        checks = Checks("TicketUpdate", self._desk.catalog, self._desk.clock)
        plan = Plan()
        if "Ticket" in params:
            wanted = structured("TicketUpdate", params, "Ticket")
            plan.attributes = checks.attributes(wanted, ticket)
            plan.pending_until = checks.pending_until(wanted)
        if "Article" in params:
            sender = caller.agent.name if caller.agent else ""
            plan.draft = checks.draft(params["Article"], caller, {"From": sender})
        if "DynamicField" in params:
            plan.fields = checks.fields(params["DynamicField"])
        allowed(
            "TicketUpdate",
            plan,
            lambda right: self._access.may(caller, ticket, right),
            self._desk.catalog,
        )
        checks.needs_pending_time(plan)
        return plan

    def _carry_out(self, ticket: Ticket, plan: Plan, caller: Caller, broken: frozenset[str]) -> Any:
        """One step after the other; what is done stays done when a later one fails."""
        wanted, by, acts = plan.attributes, caller.id, self._acts
        if "Title" in wanted:
            acts.set_title(ticket, wanted["Title"], by)
        if "Queue" in wanted:
            self._move(ticket, wanted["Queue"], caller)
        if "Lock" in wanted:
            acts.set_lock(ticket, self._desk.catalog.locks[wanted["Lock"]], by)
        if "Type" in wanted:
            acts.set_type(ticket, wanted["Type"], by)
        if "State" in wanted:
            self._change_state(ticket, wanted["State"], plan.pending_until, by)
        self._change_people_and_terms(ticket, wanted, by)
        article = self._add_article(ticket, plan, by, broken)
        self._set_fields(ticket, plan, by, broken)
        return article

    def _move(self, ticket: Ticket, queue: int, caller: Caller) -> None:
        group = self._desk.catalog.queues[queue].group
        if caller.agent and not caller.agent.may("move_into", group):
            raise FaultError(
                "Ticket queue could not be updated, please contact system administrator!"
            )
        self._acts.set_queue(ticket, queue, caller.id)

    def _change_state(self, ticket: Ticket, state: int, pending_until: int | None, by: int) -> None:
        """From the API: unlock before closing, pending time before the pending state."""
        kind = self._desk.catalog.states[state].type
        if kind == "closed" and state != ticket.state:
            self._acts.set_lock(ticket, "unlock", by)
        if kind.startswith("pending") and pending_until is not None:
            self._acts.set_pending(ticket, pending_until, by)
        self._acts.set_state(ticket, state, by)

    def _change_people_and_terms(self, ticket: Ticket, wanted: dict[str, Any], by: int) -> None:
        acts = self._acts
        if "Service" in wanted:
            acts.set_service(ticket, wanted["Service"], by)
        if "SLA" in wanted:
            acts.set_sla(ticket, wanted["SLA"], by)
        if "CustomerUser" in wanted or "CustomerID" in wanted:
            login = wanted.get("CustomerUser", ticket.customer_user)
            known = self._desk.catalog.customers.get(login)
            company = wanted.get("CustomerID") or (known.company if known else ticket.customer)
            acts.set_customer(ticket, company, login, by)
        if "Priority" in wanted:
            acts.set_priority(ticket, wanted["Priority"], by)
        if "Owner" in wanted:
            acts.set_owner(ticket, wanted["Owner"], by)
        if "Responsible" in wanted:
            acts.set_responsible(ticket, wanted["Responsible"], by)

    def _add_article(self, ticket: Ticket, plan: Plan, by: int, broken: frozenset[str]) -> Any:
        """The article's id: text for a customer's, a number for any other."""
        if plan.draft is None:
            return None
        if "article" in broken:
            raise FaultError(
                "Article could not be created, please contact the system administrator"
            )
        article = self._acts.add_article(ticket, plan.draft, by)
        return str(article.id) if article.sender == "customer" else article.id

    def _set_fields(self, ticket: Ticket, plan: Plan, by: int, broken: frozenset[str]) -> None:
        for name, values in plan.fields:
            if "dynamic_field_value" in broken:
                raise FaultError(
                    f"Dynamic Field {name} could not be set, please contact the system "
                    "administrator"
                )
            self._acts.set_field(ticket, name, values, by)

    # ------------------------------------------------------------------ TicketCreate

    def create(self, params: Params, broken: frozenset[str]) -> dict[str, Any]:
        caller = self._access.writer("TicketCreate", params)
        checks = Checks("TicketCreate", self._desk.catalog, self._desk.clock)
        for name in ("Ticket", "Article"):
            if not isinstance(params.get(name), dict) or not params[name]:
                raise checks.missing(f"{name} parameter is missing or not valid!")
        new, plan = self._create_plan(params, caller, checks)
        ticket = self._acts.create(new, caller.id)
        article = self._fill(ticket, plan, caller, broken)
        self._acts.settle(ticket)
        return {"TicketID": str(ticket.id), "TicketNumber": ticket.number, "ArticleID": article}

    def _create_plan(
        self, params: Params, caller: Caller, checks: Checks
    ) -> tuple[NewTicket, Plan]:
        wanted = params["Ticket"]
        found = checks.attributes(wanted, None)
        self._required(found, checks)
        queue = self._desk.catalog.queues[found["Queue"]]
        if caller.agent and not caller.agent.may("create", queue.group):
            raise RefusalError("TicketCreate", "AccessDenied", "Can not create tickets!")
        plan = Plan(found, checks.pending_until(wanted))
        customer = self._desk.catalog.customers[found["CustomerUser"]]
        customers_own = params["Article"].get("SenderType") == "customer"
        defaults = {"From": customer.address if customers_own else caller.display, "To": queue.name}
        plan.draft = checks.draft(params["Article"], caller, defaults)
        if "DynamicField" in params:
            plan.fields = checks.fields(params["DynamicField"])
        checks.needs_pending_time(plan)
        new = NewTicket(
            found["Title"],
            found["Queue"],
            found["State"],
            found["Priority"],
            found["Type"],
            customer,
            found.get("Service"),
            found.get("SLA"),
        )
        return new, plan

    @staticmethod
    def _required(found: dict[str, Any], checks: Checks) -> None:
        for name in ("Title", "CustomerUser"):
            if not found.get(name):
                raise checks.missing(f"Ticket->{name} parameter is missing!")
        for name in ("Queue", "State", "Priority"):
            if name not in found:
                raise checks.missing(f"Ticket->{name}ID or Ticket->{name} parameter is required!")
        if "Type" not in found:
            raise checks.missing(
                "Ticket->TypeID or Ticket->Type parameter is required by sysconfig option!"
            )

    def _fill(self, ticket: Ticket, plan: Plan, caller: Caller, broken: frozenset[str]) -> Any:
        """Fields, article and its automatic answer, then owner, responsible and lock."""
        acts, by, wanted = self._acts, caller.id, plan.attributes
        if plan.pending_until and self._waits(ticket):
            acts.set_pending(ticket, plan.pending_until, by)
        self._set_fields(ticket, plan, by, broken)
        article = self._add_article(ticket, plan, by, broken)
        if plan.draft is not None and plan.draft.sender == "customer":
            acts.auto_reply(ticket, ticket.articles[-1], by)
        owner = wanted.get("Owner", by)
        if owner != ROOT:
            acts.set_owner(ticket, owner, by)
        if "Responsible" in wanted:
            acts.set_responsible(ticket, wanted["Responsible"], by)
        if "Lock" in wanted:
            acts.set_lock(ticket, self._desk.catalog.locks[wanted["Lock"]], by)
        return article

    def _waits(self, ticket: Ticket) -> bool:
        return self._desk.catalog.states[ticket.state].type.startswith("pending")
