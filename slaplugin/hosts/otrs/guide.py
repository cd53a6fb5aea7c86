"""OTRS, Znuny and OTOBO in the words of their administrators."""

from __future__ import annotations

from slaplugin.hosts.guide import Guide, WebService
from slaplugin.hosts.otrs.routes import DEFAULT_WEBSERVICE, definition, hook_definition

GUIDE = Guide(
    kind="otrs",
    title="OTRS 6, Znuny or OTOBO",
    address="https://helpdesk.example.org/otobo (or /otrs, /znuny)",
    access="password",
    credential=(
        "check user and password; the account must be a valid agent "
        "(Admin > Agents), since this family has no tokens"
    ),
    admin="",
    vip="none",
    vip_ways=("organization=CUSTOMER ID", "group=QUEUE", "field=DYNAMICFIELD=VALUE", "none"),
    groups="queues",
    group_rights="ro and move_into on their groups",
    local_times=True,
    fields={"tags": "SLATags", "due": "SLADueAt"},
    settings=(
        "[states]                 # what a state of yours means; the types of the host are known",
        '"waiting for supplier" = "waiting_other"',
    ),
    web_service=WebService(
        file=f"{DEFAULT_WEBSERVICE}.yml",
        definition=definition,
        hook=hook_definition,
        name=DEFAULT_WEBSERVICE,
        steps=(
            (
                "Admin > Web Services > Add Web Service > Import Web Service: {file} (without the "
                "field Name the file's name counts; it must be {name})"
            ),
            (
                "or on the console: bin/otrs.Console.pl (Znuny 7: znuny., OTOBO: otobo.) "
                "Admin::WebService::Add --name {name} --source-path {file}"
            ),
        ),
    ),
)
