"""What a hold is, and what is not taken for one."""

import pytest

from alb_mtls.cluster.claim_errors import ListenerHeld
from alb_mtls.cluster.hold import NO_REASON, read_hold, reason_of
from tests.helpers.albconfigs import LISTENER, albconfig, https

KEY = "alb-mtls/hold.443.https"


def test_the_key_is_frozen() -> None:
    assert LISTENER.hold_annotation == KEY


def test_a_listener_with_the_annotation_is_held_for_its_reason() -> None:
    held = albconfig(https(), annotations={KEY: "customers are locked out, ticket 4711"})

    assert read_hold(held, LISTENER) == "customers are locked out, ticket 4711"


@pytest.mark.parametrize(
    "annotations",
    [None, {}, {"alb-mtls/hold.8443.https": "x"}, {"alb-mtls/hold.443.quic": "x"}, {"alb-mtls/claim.443.https": "{}"}],
)
def test_a_listener_without_its_annotation_is_not_held(annotations: dict[str, str] | None) -> None:
    assert read_hold(albconfig(https(), annotations=annotations), LISTENER) is None


@pytest.mark.parametrize("key", ["alb-mtls/hold.443.HTTPS", "ALB-MTLS/Hold.443.https"])
def test_an_annotation_that_is_spelled_otherwise_holds_it_too(key: str) -> None:
    assert read_hold(albconfig(https(), annotations={key: "ticket 4711"}), LISTENER) == "ticket 4711"


@pytest.mark.parametrize("reason", ["", " \n ", "\u202e"])
def test_an_annotation_without_a_reason_holds_it_too(reason: str) -> None:
    assert read_hold(albconfig(https(), annotations={KEY: reason}), LISTENER) == NO_REASON


def test_a_reason_reaches_people_in_one_line_and_without_control_characters() -> None:
    held = albconfig(https(), annotations={KEY: "a\x1b[2Jb\u202ec\r\nd\u2028e"})

    assert read_hold(held, LISTENER) == "a [2Jbc d e"


def test_a_reason_of_another_script_stays_as_it_is() -> None:
    assert reason_of("客户被锁定, réouvrir") == "客户被锁定, réouvrir"


def test_a_reason_without_end_is_cut() -> None:
    assert len(reason_of("x" * 10_000)) == 300


def test_the_refusal_names_listener_reason_and_way_out() -> None:
    text = str(ListenerHeld(LISTENER, "ticket 4711"))

    assert "listener 443/HTTPS of AlbConfig alb is held: ticket 4711" in text
    assert text.endswith("python -m ops resume alb/443")


def test_the_refusal_of_a_run_names_its_stack_since_another_may_be_selected() -> None:
    text = str(ListenerHeld(LISTENER, "ticket 4711", owner="alb-mtls/prod"))

    assert text.endswith("python -m ops resume alb/443 --stack prod")
