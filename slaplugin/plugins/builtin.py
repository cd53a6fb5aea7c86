"""What ships with the product, registered through the same door as everybody's plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from slaplugin.hookspecs import HostFactory, HostSetup, hookimpl

if TYPE_CHECKING:
    from slaplugin.app.ports import Host
    from slaplugin.hosts.config import HostConfig


class Zammad:
    """Brings the host ``zammad``; its HTTP client is imported when a host is first built."""

    @hookimpl
    def slaplugin_hosts(self) -> Mapping[str, HostFactory]:
        """The Zammad adapter."""
        return {"zammad": _zammad}


def _zammad(setup: HostSetup) -> Host:
    from slaplugin.hosts.zammad import make_host

    return make_host(host_config(setup))


def host_config(setup: HostSetup) -> HostConfig:
    """The setup in the words of the built-in adapters, secrets wrapped."""
    from slaplugin.hosts.config import HostConfig, Limits, Secret, StateMeaning, Timing

    return HostConfig(
        url=setup.url,
        name=setup.name,
        token=Secret(setup.token) if setup.token else None,
        user=setup.user,
        password=Secret(setup.password) if setup.password else None,
        verify=setup.verify_tls,
        overlap=setup.overlap,
        states={name: StateMeaning(one.kind, one.closes) for name, one in setup.states.items()},
        priorities=setup.priorities,
        bots=setup.bots,
        timezone=setup.timezone,
        tags_field=setup.tags_field,
        own_fields=setup.own_fields,
        routes=setup.routes,
        limits=Limits(deadline=float(setup.retry)),
        timing=Timing(now=setup.now),
        told=setup.told,
        pace=setup.pace,
    )


class Otrs:
    """Brings the host ``otrs``: OTRS 6, Znuny and OTOBO over the Generic Interface."""

    @hookimpl
    def slaplugin_hosts(self) -> Mapping[str, HostFactory]:
        """The adapter of the OTRS family."""
        return {"otrs": _otrs}


class RequestTracker:
    """Brings the host ``rt``: Request Tracker 5 over REST 2."""

    @hookimpl
    def slaplugin_hosts(self) -> Mapping[str, HostFactory]:
        """The Request Tracker adapter."""
        return {"rt": _rt}


def _otrs(setup: HostSetup) -> Host:
    from slaplugin.hosts.otrs import make_host

    return make_host(host_config(setup))


def _rt(setup: HostSetup) -> Host:
    from slaplugin.hosts.rt import make_host

    return make_host(host_config(setup))


BUILTINS: Mapping[str, object] = {"otrs": Otrs(), "rt": RequestTracker(), "zammad": Zammad()}
