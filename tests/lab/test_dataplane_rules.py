"""What a listener does with a request that got in: rules, redirects, a backend that fails."""

from collections.abc import Iterator

import pytest

from lab.dataplane import Action, PathType, Route
from tests.helpers.data_plane import HOST, RunningDataPlane, running_data_plane
from tests.helpers.tls_clients import Answer, curl

OLD = Answer(status=200, body="old\n")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        yield started


@pytest.fixture
def plane(shared: RunningDataPlane) -> Iterator[RunningDataPlane]:
    """A data plane without listeners."""
    yield shared
    shared.behaviour.backend_works = True
    shared.behaviour.listeners_settle = True
    shared.delete_listeners()


def _ask(address: str, path: str = "/", *options: str, host: str = HOST) -> Answer:
    return curl(f"http://{address}{path}", "--header", f"Host: {host}", *options)


def test_a_host_with_a_rule_is_forwarded_and_others_are_answered_503(plane: RunningDataPlane) -> None:
    plane.route(Route(host=HOST), listeners=("80/HTTP",))
    address = plane.listener("HTTP", port=80)
    assert _ask(address) == OLD
    for other in ("other.example", "demo.alb.ingress.top.example", "127.0.0.1"):
        assert _ask(address, host=other).status == 503


def test_a_wildcard_host_stands_for_one_label(plane: RunningDataPlane) -> None:
    plane.route(Route(host="*.ingress.top"), listeners=("80/HTTP",))
    address = plane.listener("HTTP", port=80)
    assert _ask(address, host="alb.ingress.top") == OLD
    assert _ask(address, host="demo.alb.ingress.top").status == 503


def test_a_prefix_is_compared_by_path_elements_and_an_exact_path_is_for_itself_only(plane: RunningDataPlane) -> None:
    exact = Route(host=HOST, path="/cart", path_type=PathType.EXACT)
    plane.route(Route(host=HOST, path="/shop"), exact, listeners=("80/HTTP",))
    address = plane.listener("HTTP", port=80)
    statuses = {path: _ask(address, path).status for path in ("/shop", "/shop/a", "/shopping", "/", "/cart", "/cart/a")}
    assert statuses == {"/shop": 200, "/shop/a": 200, "/shopping": 503, "/": 503, "/cart": 200, "/cart/a": 503}


@pytest.mark.parametrize(("http2", "version"), [(True, "2"), (False, "1.1")])
def test_an_https_listener_offers_http2_unless_that_is_switched_off(
    plane: RunningDataPlane, http2: bool, version: str
) -> None:
    plane.route(Route(host=HOST), listeners=("443/HTTPS",))
    address = plane.listener("HTTPS", http2_enabled=http2)
    options = ("--insecure", "--output", "/dev/null", "--write-out", "%{http_version}\n%{http_code}")
    assert curl(f"https://{address}", "--header", f"Host: {HOST}", *options) == Answer(status=200, body=version)


def test_a_redirecting_rule_answers_308_to_https_with_path_and_query(plane: RunningDataPlane) -> None:
    plane.route(Route(host=HOST, action=Action.REDIRECT_TO_HTTPS), listeners=("80/HTTP",))
    options = ("--output", "/dev/null", "--write-out", "%{redirect_url}\n%{http_code}")
    answer = _ask(plane.listener("HTTP", port=80), "/a?b=c", *options)
    assert answer == Answer(status=308, body=f"https://{HOST}/a?b=c")


def test_a_backend_that_is_switched_off_is_answered_502(plane: RunningDataPlane) -> None:
    plane.route(Route(host=HOST), listeners=("80/HTTP",))
    plane.behaviour.backend_works = False
    assert _ask(plane.listener("HTTP", port=80)).status == 502


def test_a_listener_that_does_not_settle_serves_and_stays_in_configuring(plane: RunningDataPlane) -> None:
    plane.route(Route(host=HOST), listeners=("80/HTTP", "8080/HTTP"))
    address = plane.listener("HTTP", port=80)
    plane.behaviour.listeners_settle = False
    plane.start_listener("HTTP", port=8080)
    plane.wait_current()
    assert plane.status("8080/HTTP") == "Configuring"
    assert _ask(plane.address("8080/HTTP")) == OLD
    assert (_ask(address), plane.status("80/HTTP")) == (OLD, "Running")


def test_an_https_listener_announces_the_quic_listener_that_it_upgrades_to(plane: RunningDataPlane) -> None:
    plane.route(Route(host=HOST), listeners=("443/HTTPS", "443/QUIC"))
    port = plane.listener("QUIC").rpartition(":")[2]
    plain = plane.listener("HTTPS")
    assert "alt-svc" not in _headers(plain)
    quic = {"QuicUpgradeEnabled": True, "QuicListenerId": plane.listener_id("443/QUIC")}
    assert _headers(plane.listener("HTTPS", quic=quic))["alt-svc"] == f'h3=":{port}"; ma=2592000'


def _headers(address: str) -> dict[str, str]:
    options = ("--insecure", "--http1.1", "--header", f"Host: {HOST}", "--output", "/dev/null", "--dump-header", "-")
    lines = curl(f"https://{address}", *options).body.splitlines()
    return {name.lower(): value.strip() for name, found, value in (line.partition(":") for line in lines) if found}
