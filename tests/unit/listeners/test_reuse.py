"""When what an AlbConfig says has no effect, because its ALB was there before or another AlbConfig has it."""

from typing import Any

import pytest

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.cluster.reuse import named_by, sharing
from alb_mtls.listeners.reuse import is_done, is_in_doubt, shared, without_effect
from tests.fakes.alb import listener_on_alb
from tests.helpers.albconfigs import LISTENER, albconfig, http, https

REUSES = {"id": "alb-1"}


def _config(*listeners: Any, name: str = "alb", config: dict[str, Any] | None = None) -> dict[str, Any]:
    found = albconfig(*(listeners or (https(),)), name=name)
    found["spec"]["config"] = REUSES if config is None else config
    return found


def _shown(
    port: int = 443,
    protocol: str = "HTTPS",
    *,
    description: str | None = "made in the console",
    identifiers: tuple[str, ...] = (),
) -> Listener:
    fields = {} if description is None else {"description": description}
    enabled = bool(identifiers)
    return listener_on_alb(port=port, protocol=protocol, enabled=enabled, identifiers=identifiers, fields=fields)


def test_a_listener_that_was_on_a_reused_alb_stops_with_both_ways_out_and_what_the_second_one_costs() -> None:
    on_alb = [_shown(), _shown(81, "HTTP"), _shown(80, "HTTP", description="ingress-auto-listener-80")]
    why = without_effect(_config(https(), http()), LISTENER, on_alb)
    assert why is not None
    assert "443/HTTPS was not made by the controller (description 'made in the console'" in why
    assert "delete 443/HTTPS from the ALB" in why
    assert "add `spec.config.listenerForceOverride: true`; that also deletes 81/HTTP, which the AlbConfig" in why
    alone = without_effect(_config(), LISTENER, [_shown()])
    assert alone is not None
    assert alone.endswith("add `spec.config.listenerForceOverride: true`")


def test_another_listener_that_was_there_keeps_the_controller_from_all_of_them() -> None:
    on_alb = [_shown(description="ingress-auto-listener-443"), _shown(80, "HTTP")]
    why = without_effect(_config(https(), http()), LISTENER, on_alb)
    assert why is not None
    assert "its listener 80/HTTP was not made by the controller" in why
    assert without_effect(_config(https()), LISTENER, on_alb) is None


@pytest.mark.parametrize(
    ("config", "description"),
    [
        (REUSES, "ingress-auto-listener-443"),
        ({**REUSES, "listenerForceOverride": True}, "made in the console"),
        ({**REUSES, "forceOverride": True}, "made in the console"),
        ({"name": "alb"}, "made in the console"),
        # What the ALB API does not tell.
        (REUSES, None),
    ],
)
def test_a_listener_that_the_controller_changes_stops_nobody(config: dict[str, Any], description: str | None) -> None:
    assert without_effect(_config(config=config), LISTENER, [_shown(description=description)]) is None


def test_a_listener_that_is_not_there_yet_is_made_by_the_controller() -> None:
    assert without_effect(_config(), LISTENER, []) is None


@pytest.mark.parametrize("value", ["true", 1, None, False])
def test_an_override_that_is_no_true_is_none(value: Any) -> None:
    assert without_effect(_config(config={**REUSES, "listenerForceOverride": value}), LISTENER, [_shown()]) is not None


@pytest.mark.parametrize(("says", "doubt"), [("shop", True), ("another", False), (None, False)])
def test_a_description_that_the_albconfig_has_too_may_be_of_a_listener_that_the_controller_made(
    says: str | None,
    doubt: bool,
) -> None:
    found = _config(https(**({} if says is None else {"description": says})))
    assert is_in_doubt(found, [_shown(description="shop")]) == doubt


def test_a_listener_that_requests_certificates_as_its_albconfig_says_has_been_reached() -> None:
    on = _config(https(caEnabled=True, caCertificates=[{"CertificateId": "ca-1"}]))
    assert is_done(on, LISTENER, [_shown(identifiers=("ca-1",))])
    assert not is_done(on, LISTENER, [_shown(identifiers=("ca-2",))])
    assert not is_done(on, LISTENER, [_shown()])
    assert not is_done(_config(), LISTENER, [_shown()])


def test_albconfigs_share_an_alb_by_status_or_by_what_they_reuse() -> None:
    made = albconfig(https())
    second = _config(name="second", config={"id": "alb-of-alb"})
    second["status"] = {}
    third = albconfig(https(), name="third")
    assert named_by(second) == {"alb-of-alb"}
    assert sharing(made, [made, second, third]) == ["second"]
    assert sharing(second, [made, second, third]) == ["alb"]
    assert sharing(third, [made, second, third]) == []
    text = shared("second", named_by(second), ["alb"])
    assert text is not None
    assert text.startswith("ALB alb-of-alb is named by AlbConfig second and by alb too (spec.config.id)")
    assert shared("third", named_by(third), []) is None
