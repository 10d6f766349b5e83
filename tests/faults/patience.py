"""Waits so short that a fault which lasts, or a reply that never comes, can be met in every API in minutes."""

from functools import partial

import pytest
import urllib3

from alb_mtls.aliyun import alb, cas_repositories, sdk
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.cluster import kube_client, transport
from alb_mtls.listeners import attempt, dry_run, restore, standing_claim

ANSWER_SECONDS = 1.5
"""How long an answer is waited for: in the field 10 s by the cloud SDKs, and 20 s, or 35 s for a patch, by the
Kubernetes kube_client."""

GIVE_UP_SECONDS = 2.0
"""How long a failing call is repeated where the fault lasts: in the field 120 s in the cloud, 30 s in the cluster."""

_PATCH_SECONDS = 4.0
_LOOK_SECONDS = 0.3


def answer_soon(patch: pytest.MonkeyPatch) -> None:
    """Wait shorter for an answer, and for a repository that may not be listed yet."""
    patch.setattr(cas_repositories, "LOOK_SECONDS", _LOOK_SECONDS)
    patch.setattr(sdk, "_READ_TIMEOUT_MILLISECONDS", int(ANSWER_SECONDS * 1000))
    for name in ("_TIMEOUT", "_PATCH_TIMEOUT"):
        patch.setattr(transport, name, urllib3.Timeout(connect=4.0, read=ANSWER_SECONDS))


def give_up_soon(patch: pytest.MonkeyPatch) -> None:
    """Repeat shorter, too: only the deadlines differ from the field, not what is repeated and how."""
    for client in (alb, cas_repositories):
        patch.setattr(client, "RetryPolicy", partial(RetryPolicy, deadline_seconds=GIVE_UP_SECONDS))
    patch.setattr(kube_client, "_FAILING_SECONDS", GIVE_UP_SECONDS)
    for module in (attempt, restore, standing_claim):
        patch.setattr(module, "PATCH_SECONDS", _PATCH_SECONDS)
    patch.setattr(dry_run, "TRY_SECONDS", _PATCH_SECONDS)
