"""Zammad in the words of its administrators."""

from __future__ import annotations

from slaplugin.hosts.guide import Guide

GUIDE = Guide(
    kind="zammad",
    title="Zammad",
    address="https://helpdesk.example.org",
    access="either",
    credential="make a new token with the permission ticket.agent and set token or token_file",
    admin="a token with admin.object (fields) or admin.overview (overviews)",
    vip="flag",
    vip_ways=(
        "flag",
        "organization=NAME",
        "group=NAME",
        "tag=NAME",
        "field=NAME=VALUE",
        "none",
    ),
    groups="groups",
    group_rights="full access to these groups",
    overviews=True,
)
