"""The built-in helpdesks, built from a setup as plugins get it."""

from __future__ import annotations

from slaplugin.hookspecs import HostSetup, StateMeaning
from slaplugin.plugins.builtin import host_config

SETUP = HostSetup(
    name="desk",
    url="https://desk.example.org",
    token="s3cret-token",
    user="anna",
    password="s3cret-password",
    verify_tls="/etc/ca.pem",
    states={"parked": StateMeaning("waiting_customer", closes=True)},
    priorities={"4 emergency": "urgent"},
    bots=frozenset({"robot"}),
    overlap=7,
    retry=5,
    now=lambda: 42,
)


def test_everything_of_the_setup_reaches_the_adapter() -> None:
    config = host_config(SETUP)
    assert (config.name, config.url, config.user) == ("desk", "https://desk.example.org", "anna")
    assert config.token is not None
    assert config.password is not None
    assert config.token.reveal() == "s3cret-token"
    assert config.password.reveal() == "s3cret-password"
    assert config.verify == "/etc/ca.pem"
    parked = config.states["parked"]
    assert (parked.kind, parked.closes) == ("waiting_customer", True)
    assert config.priorities == {"4 emergency": "urgent"}
    assert config.bots == {"robot"}
    assert (config.overlap, config.limits.deadline) == (7, 5.0)
    assert config.timing.now is not None
    assert config.timing.now() == 42


def test_secrets_are_in_no_picture() -> None:
    assert "s3cret" not in repr(SETUP) + repr(host_config(SETUP))
