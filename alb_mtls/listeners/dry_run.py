"""Trying the patch of a listener before anything is done for it, so that permissions and webhooks decide as they will.

Nothing is stored. What a webhook would say of the true identifier of the CA, which exists only after it was uploaded,
cannot be found out so (docs/decisions/2026-11-27-a-patch-is-tried-before-the-upload.md).
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import AdmissionDenied, DryRunUnsupported, UnexpectedReply
from alb_mtls.cluster.guarded_patch import BuildPatch, guarded_patch
from alb_mtls.cluster.identity_headers import IdentityHeaders
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, Fields, ListenerRef, fields_of, find_listener, unit_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Operation, Patch, listener_patch, release_patch, switched_fields
from alb_mtls.listeners.header_keys import to_give_back
from alb_mtls.listeners.situation import Situation

PLACEHOLDER: Final = "1ed00000-0000-6000-8000-000000000000"
"""Stands for the identifier that an upload will give; of the form that UploadPCACert documents."""

TRY_SECONDS: Final = 30.0


def try_switch(
    kube: KubeClient,
    albconfig: AlbConfig,
    listener: ListenerKey,
    *,
    enabled: bool,
    identifier: str | None,
    owner: str,
    headers: IdentityHeaders | None = None,
) -> str:
    """Try the patch of a switch, in the shape that it will have.

    Args:
        kube: the cluster.
        albconfig: as it was just read.
        listener: in it, whoever holds it; that is judged elsewhere.
        enabled: whether it is to request client certificates.
        identifier: of its CA; None when that is not uploaded yet.
        owner: `<project>/<stack>`, for the claim.
        headers: identity headers that are to be switched on.

    Returns:
        Why it is not known whether the patch would pass; mostly nothing.

    Raises:
        AdmissionDenied, WebhookUnavailable, Forbidden: the patch would end so.
        ClusterError: the cluster did not answer.
    """

    def tries(albconfig: AlbConfig, *, with_fields: bool) -> str:
        def build(albconfig: AlbConfig) -> Patch:
            ref = find_listener(albconfig, listener)
            fields = fields_of(ref.element)
            if with_fields:
                fields = switched_fields(ref.element, ca_enabled=enabled, identifiers=[identifier or PLACEHOLDER])
                fields = {**fields, **({} if headers is None else headers.fields)}
            claim = _claim(albconfig, ref, owner=owner, fields=fields)
            return listener_patch(albconfig, ref, claim=claim, fields=fields)

        return _try(kube, albconfig, build)

    try:
        return tries(albconfig, with_fields=True)
    except AdmissionDenied as error:
        if PLACEHOLDER not in error.text:
            raise
        # The true identifier may well please it. Many quote the whole object, whatever the reason: a claim alone,
        # which has no identifier, is denied then too.
        tries(albconfig, with_fields=False)
        return f"{PLACEHOLDER} stood for the CA, which is not uploaded yet, and {error}"


def try_restore(
    kube: KubeClient,
    albconfig: AlbConfig,
    listener: ListenerKey,
    *,
    look: Callable[[AlbConfig], tuple[ListenerRef, Situation]],
    before: Fields,
) -> None:
    """Try what a restore leaves in the end, before its first patch: what stops its last one stops it half-way else.

    Args:
        kube: the cluster.
        albconfig: as it was just read.
        listener: that is given back.
        look: shows it in an AlbConfig.
        before: what its fields will be.

    Raises:
        AdmissionDenied, WebhookUnavailable, Forbidden: a patch would end so.
        ClusterError: the cluster did not answer.
    """

    def build(albconfig: AlbConfig) -> Patch:
        ref, there = look(albconfig)
        if there.claim is None:
            claim = _claim(albconfig, ref, owner="", fields=unit_of(before))
            return listener_patch(albconfig, ref, claim=claim, fields={**unit_of(before), **to_give_back(there)})
        return release_patch(albconfig, listener, ref, fields={**unit_of(before), **to_give_back(there)})

    _try(kube, albconfig, build)


class _DryRuns:
    """A cluster in which a patch is tried, and never done."""

    def __init__(self, kube: KubeClient, albconfig: AlbConfig) -> None:
        self._kube = kube
        self._just_read: AlbConfig | None = albconfig

    def albconfig(self, name: str) -> AlbConfig:
        found, self._just_read = self._just_read, None
        return found or self._kube.albconfig(name)

    def patch_albconfig(self, name: str, operations: list[Operation]) -> AlbConfig:
        return self._kube.try_patch_albconfig(name, operations)


def _try(kube: KubeClient, albconfig: AlbConfig, build: BuildPatch) -> str:
    name, uid = albconfig["metadata"]["name"], albconfig["metadata"]["uid"]
    try:
        guarded_patch(_DryRuns(kube, albconfig), name, build, deadline_seconds=TRY_SECONDS, expect_uid=uid)
    except (DryRunUnsupported, UnexpectedReply) as error:
        # A patch itself may pass, and says what is wrong when it does not.
        return str(error)
    return ""


def _claim(albconfig: AlbConfig, ref: ListenerRef, *, owner: str, fields: Fields) -> Claim:
    held, attempt = read_claim(albconfig, ref.key), secrets.token_hex(8)
    if held is not None:
        return replace(held, attempt=attempt, written=fields)
    return Claim(
        owner=owner,
        deployment=secrets.token_hex(8),
        token=secrets.token_hex(16),
        attempt=attempt,
        uid=albconfig["metadata"]["uid"],
        previous=fields_of(ref.element),
        written=fields,
    )
