"""A patch that a webhook or a policy of the cluster does not let through: in its words, whatever status it chose.

The messages are those of kube-apiserver 1.36.3.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.cluster import kube_client as client_module
from alb_mtls.cluster.admission import refusal_in
from alb_mtls.cluster.errors import (
    AdmissionDenied,
    ClusterError,
    DryRunUnsupported,
    Forbidden,
    PatchConflict,
    ReplyLost,
    UnexpectedReply,
    WebhookUnavailable,
)
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from tests.helpers.answering_server import Reply, answering, json_reply

WEBHOOK = "valbconfig.alb.alibabacloud.com"
DENIED = f'admission webhook "{WEBHOOK}" denied the request: no change on Fridays'
POLICY = (
    """albconfigs.alibabacloud.com "alb" is forbidden: ValidatingAdmissionPolicy 'frozen' with binding 'all' denied """
)
FAILED = f'Internal error occurred: failed calling webhook "{WEBHOOK}": failed to call webhook: '
NO_DRY_RUN = f'admission webhook "{WEBHOOK}" does not support dry run'


def _patching(message: str, status: int, *, patch: Callable[[KubeClient], Any] | None = None) -> tuple[Exception, int]:
    """Return what a patch ends with, and how many requests it took."""
    requests = 0

    def answer(_: str) -> Reply:
        nonlocal requests
        requests += 1
        return json_reply({"kind": "Status", "message": message, "code": status}, status)

    with answering(answer) as server:
        kubeconfig = json.dumps(
            {
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": f"http://{server.address}"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                "users": [{"name": "u", "user": {}}],
            }
        )
        client = KubeClient(KubeAccess(kubeconfig=kubeconfig, context=None))
        with pytest.raises(ClusterError) as caught:
            (patch or _patch)(client)
        client.close()
    return caught.value, requests


def _patch(client: KubeClient) -> object:
    return client.patch_albconfig("alb", [{"op": "test"}])


def _dry_run(client: KubeClient) -> object:
    return client.try_patch_albconfig("alb", [{"op": "test"}])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
def test_a_denial_is_one_whatever_its_status_and_is_not_repeated(status: int) -> None:
    error, requests = _patching(DENIED, status)
    assert isinstance(error, AdmissionDenied)
    assert (error.text, error.may_pass, requests) == ("no change on Fridays", False, 1)
    sentence = "denied the patch of AlbConfig alb, and nothing of it was done: no change on Fridays"
    assert str(error).startswith(f"admission webhook {WEBHOOK} {sentence}")
    for word in ("grant", "credentials", "does not exist", "expired"):
        assert word not in str(error)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_denial_with_the_status_of_a_trouble_may_pass(status: int) -> None:
    error, requests = _patching(DENIED, status)
    assert isinstance(error, AdmissionDenied)
    assert (error.may_pass, requests) == (True, 1)


@pytest.mark.parametrize("status", [403, 422])
def test_a_denial_by_a_policy_names_the_policy_and_is_no_conflict(status: int) -> None:
    error, _ = _patching(f"{POLICY}request: frozen on Fridays", status)
    assert isinstance(error, AdmissionDenied)
    assert str(error).startswith("ValidatingAdmissionPolicy 'frozen' denied the patch of AlbConfig alb")
    assert error.text == "frozen on Fridays"


@pytest.mark.parametrize("words", [" without explanation", ": ", ":  \n\t"])
def test_a_denial_without_explanation_says_so(words: str) -> None:
    error, _ = _patching(f'admission webhook "{WEBHOOK}" denied the request{words}', 403)
    assert isinstance(error, AdmissionDenied)
    assert "nothing of it was done: without explanation." in str(error)


@pytest.mark.parametrize(
    ("message", "status", "expected"),
    [
        ("the server rejected our request due to an error in our request", 422, PatchConflict),
        ('Operation cannot be fulfilled on albconfigs "alb": the object has been modified', 409, PatchConflict),
        (f'User "deployer" cannot patch resource "albconfigs": {DENIED}', 403, Forbidden),
    ],
)
def test_what_only_looks_like_a_denial_stays_what_it_is(message: str, status: int, expected: type[Exception]) -> None:
    assert isinstance(_patching(message, status)[0], expected)


def test_a_denial_that_speaks_of_a_permission_is_still_no_missing_permission() -> None:
    text = 'User "deployer" cannot patch resource "albconfigs" in API group "alibabacloud.com"'
    error, _ = _patching(f'admission webhook "{WEBHOOK}" denied the request: {text}', 403)
    assert isinstance(error, AdmissionDenied)
    assert text in str(error)


@pytest.mark.parametrize(
    "reason",
    [
        'Post "https://10.0.0.1:443/validate?timeout=10s": context deadline exceeded',
        'Post "https://w.kube-system.svc:443/validate?timeout=10s": no endpoints available for service "w"',
        'Post "https://127.0.0.1:1/x?timeout=2s": tls: failed to verify certificate: x509: certificate has expired',
        "the server could not find the requested resource",
    ],
)
def test_a_webhook_that_does_not_answer_is_named_with_the_reason_and_had_no_effect(reason: str) -> None:
    error, requests = _patching(FAILED + reason, 500)
    assert isinstance(error, WebhookUnavailable)
    assert f"since admission webhook {WEBHOOK} does not answer it: failed to call webhook: {reason}" in str(error)
    assert "run the command again" in str(error)
    assert requests == 1


def test_any_other_server_error_leaves_open_whether_the_patch_was_applied() -> None:
    assert isinstance(_patching("Internal error occurred: etcdserver: request timed out", 500)[0], ReplyLost)


@pytest.mark.parametrize("message", [NO_DRY_RUN, "the dryRun alpha feature is disabled"])
def test_who_does_no_dry_runs_has_not_denied_anything(message: str) -> None:
    assert isinstance(_patching(message, 400, patch=_dry_run)[0], DryRunUnsupported)


def test_a_dry_run_is_denied_as_the_patch_is() -> None:
    assert isinstance(_patching(DENIED, 403, patch=_dry_run)[0], AdmissionDenied)


@pytest.mark.parametrize("text", ["dry runs are not supported", "I do no dry-run", "dryRun=All is refused"])
def test_a_webhook_that_denies_dry_runs_has_not_denied_the_patch_but_may_do_so_in_the_same_words(text: str) -> None:
    message = f'admission webhook "{WEBHOOK}" denied the request: {text}'
    unsupported, _ = _patching(message, 400, patch=_dry_run)
    assert isinstance(unsupported, DryRunUnsupported)
    assert text in str(unsupported)
    assert isinstance(_patching(message, 400)[0], AdmissionDenied)


@pytest.mark.parametrize("quote", ['{"dryRun":true}', r"{\"dryRun\": true}"])
def test_a_denial_that_quotes_its_request_is_not_about_dry_runs(quote: str) -> None:
    message = f'admission webhook "{WEBHOOK}" denied the request: no change on Fridays: {quote}'
    assert isinstance(_patching(message, 403, patch=_dry_run)[0], AdmissionDenied)


def test_a_silent_webhook_is_named_in_a_dry_run_too_whatever_its_address_is_called() -> None:
    message = f'{FAILED}Post "https://10.0.0.1:443/dry-run?timeout=10s": context deadline exceeded'
    assert isinstance(_patching(message, 500, patch=_dry_run)[0], WebhookUnavailable)


def test_any_other_bad_request_is_no_word_about_dry_runs() -> None:
    assert isinstance(_patching("the body is no JSON patch", 400, patch=_dry_run)[0], UnexpectedReply)


def test_a_dry_run_is_repeated_after_a_lost_reply_since_it_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_FAILING_SECONDS", 0.5)
    assert _patching("etcdserver: request timed out", 500, patch=_dry_run)[1] > 1
    assert _patching("etcdserver: request timed out", 500)[1] == 1


def test_the_words_of_a_webhook_are_cleaned_and_cut() -> None:
    text = "line one\nline two \x1b[31m\u202e" + "x" * 10_000
    found = refusal_in(f'admission webhook "{WEBHOOK}" denied the request: {text}')
    assert found is not None
    assert found.text.startswith("line one line two [31mxxx")
    words = "x" * 400
    for sentence in (
        str(AdmissionDenied("alb", by="w", text=found.text)),
        str(WebhookUnavailable("alb", by="w", text=found.text)),
    ):
        assert words in sentence
        assert len(sentence) < 1000


def test_a_long_text_about_nothing_is_read_quickly() -> None:
    started = time.monotonic()
    assert refusal_in("dry run " * 500_000) is None
    assert time.monotonic() - started < 1
