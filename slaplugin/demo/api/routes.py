"""Which endpoint answers which method and path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from slaplugin.demo.api import articles, people, reference, tickets
from slaplugin.demo.api.call import Answer, Call

Endpoint: TypeAlias = Callable[[Call], Answer]

_KINDS = ("overviews", "slas", "calendars", "triggers")

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/users/me", people.me),
    ("GET POST", "/users/search", people.user_search),
    ("GET", "/users", people.users),
    ("GET", "/users/{id}", people.user),
    ("PUT", "/users/{id}", people.update_user),
    ("POST", "/user_access_token", people.create_token),
    ("GET POST", "/organizations/search", people.organization_search),
    ("GET", "/organizations", people.organizations),
    ("GET", "/organizations/{id}", people.organization),
    ("PUT", "/organizations/{id}", people.update_organization),
    ("GET", "/groups", people.groups),
    ("GET", "/groups/{id}", people.group),
    ("GET", "/roles", people.roles),
    ("GET", "/ticket_states", reference.states),
    ("GET", "/ticket_priorities", reference.priorities),
    ("GET", "/version", reference.version),
    ("GET", "/settings", reference.settings),
    ("GET", "/object_manager_attributes", reference.attribute_list),
    ("POST", "/object_manager_attributes", reference.attribute_create),
    ("POST", "/object_manager_attributes_execute_migrations", reference.attribute_migrate),
    ("GET POST", "/tickets/search", tickets.find),
    ("GET", "/tickets", tickets.index),
    ("POST", "/tickets", tickets.create),
    ("GET", "/tickets/{id}", tickets.show),
    ("PUT", "/tickets/{id}", tickets.update),
    ("DELETE", "/tickets/{id}", tickets.destroy),
    ("GET", "/ticket_history/{id}", tickets.show_history),
    ("PUT", "/ticket_merge/{id}/{number}", tickets.merge_tickets),
    ("GET", "/links", tickets.list_links),
    ("POST", "/links/add", tickets.add_link),
    ("DELETE", "/links/remove", tickets.remove_link),
    ("GET", "/ticket_articles/by_ticket/{id}", articles.by_ticket),
    ("POST", "/ticket_articles", articles.create),
    ("GET", "/ticket_articles/{id}", articles.show),
    ("PUT", "/ticket_articles/{id}", articles.update),
    ("DELETE", "/ticket_articles/{id}", articles.destroy),
    ("GET", "/tags", articles.list_tags),
    ("POST", "/tags/add", articles.add_tag),
    ("DELETE", "/tags/remove", articles.remove_tag),
    ("GET", "/tag_list", articles.tag_list),
    ("GET", "/tag_search", articles.tag_search),
)


def _of_kind(kind: str, endpoint: Endpoint) -> Endpoint:
    return lambda call: endpoint(replace(call, path={**call.path, "kind": kind}))


for _kind in _KINDS:
    ROUTES += tuple(
        (method, path, _of_kind(_kind, endpoint))
        for method, path, endpoint in (
            ("GET", f"/{_kind}", reference.record_list),
            ("POST", f"/{_kind}", reference.record_create),
            ("GET", f"/{_kind}/{{id:int}}", reference.record_show),
            ("PUT", f"/{_kind}/{{id:int}}", reference.record_update),
            ("DELETE", f"/{_kind}/{{id:int}}", reference.record_delete),
        )
    )
