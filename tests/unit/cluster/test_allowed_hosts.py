"""Which hosts `hosts` of a listener allows there, compared as an Ingress compares them."""

import pytest

from alb_mtls.cluster.allowed_hosts import not_there, refusal_of, unexpected, unexpected_hosts
from alb_mtls.cluster.hosts import ListenerHost, hosts_on_listener
from tests.helpers.albconfigs import LISTENER, Object
from tests.helpers.ingresses import ingress, ingress_class


def on_listener(*ingresses: Object) -> list[ListenerHost]:
    return hosts_on_listener(LISTENER, ingresses=ingresses, ingress_classes=[ingress_class()])


def names(*ingresses: Object, allowed: list[str]) -> list[str]:
    return [one.host for one in unexpected(on_listener(*ingresses), allowed)]


def sentence(*ingresses: Object) -> str:
    """Return why a listener that allows a.example alone must not request certificates."""
    return str(refusal_of(LISTENER, on_listener(*ingresses), ["a.example"]))


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("a.example", ["a.example"]),
        ("A.Example", ["a.example"]),
        ("a.example", ["b.example", "*.example"]),
        ("*.example", ["*.example"]),
        (None, ["*"]),
    ],
)
def test_a_host_that_is_named_or_that_a_wildcard_takes_is_allowed(host: str | None, allowed: list[str]) -> None:
    assert names(ingress(host), allowed=allowed) == []


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("b.example", ["a.example"]),
        ("b.a.example", ["*.example", "a.example"]),
        ("example", ["*.example"]),
        ("*.example", ["a.example"]),
        ("*.a.example", ["*.example"]),
        ("a.example", ["*"]),
        (None, ["a.example", "*.example"]),
    ],
)
def test_another_host_is_not_and_no_wildcard_takes_more_than_one_label(host: str | None, allowed: list[str]) -> None:
    assert names(ingress(host), allowed=allowed) == [host or "*"]


def test_a_default_backend_is_a_host_of_its_own_and_named_as_such() -> None:
    one = ingress("a.example")
    one["spec"]["defaultBackend"] = {"service": {"name": "demo", "port": {"number": 80}}}
    assert (
        "the defaultBackend of Ingress default/https-ingress, which takes every other host (*), is on it"
        in sentence(one)
    )
    assert "a rule without a host (*) of Ingress default/https-ingress is on it" in sentence(ingress(None))
    assert refusal_of(LISTENER, on_listener(one), ["a.example", "*"]) is None


def test_the_sentence_names_host_and_ingress_and_both_ways_on() -> None:
    assert sentence(ingress("b.example", namespace="team", name="web")) == (
        "listener 443/HTTPS of AlbConfig alb: host b.example of Ingress team/web is on it, and `hosts` of the listener "
        "does not allow that; requests for it without a client certificate are rejected while it requests "
        "certificates; add it to `hosts` of the listener in the stack file, or take it off the listener (listen-ports "
        "and spec.tls of the Ingress)"
    )


def test_many_hosts_are_one_sentence_and_one_finding() -> None:
    ingresses = [ingress(f"h{number}.example", name=f"i{number}") for number in range(7)]
    finding = unexpected_hosts(LISTENER, on_listener(*ingresses))
    assert "host h4.example of Ingress default/i4 and 2 more are on it" in sentence(*ingresses)
    assert "host h4.example of Ingress default/i4 and 2 more are on it" in finding.evidence
    assert (finding.code, finding.subject) == ("UNEXPECTED_HOST", LISTENER.label)


def test_what_is_allowed_and_not_there_is_named_and_what_a_wildcard_is_needed_for_is_not() -> None:
    there = on_listener(ingress("a.example"), ingress("b.test"))
    assert not_there(there, ["*.example", "b.test", "c.test", "*"]) == ["c.test", "*"]
