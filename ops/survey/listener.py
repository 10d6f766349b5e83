"""The listener that a survey is given: claimed before anything is written, and given back as it was.

The survey holds it as a stack would, with a claim of its own, so every rule of claims counts: no stack touches it
meanwhile, what it was before stands in the cluster before the first change, and what somebody else changes is left.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace

from alb_mtls.aliyun.alb import AlbClient, Listener
from alb_mtls.cluster.claim import Claim, claim_text, read_claim
from alb_mtls.cluster.claim_errors import SURVEY_OWNER, ClaimLost
from alb_mtls.cluster.errors import AdmissionDenied, DryRunUnsupported, WebhookUnavailable
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import (
    CA_CERTIFICATES_POINTER,
    CA_ENABLED_POINTER,
    CERTIFICATE_ID,
    AlbConfig,
    Fields,
    fields_of,
    find_listener,
    load_balancer_id,
    meaning_of,
)
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Patch, listener_patch
from alb_mtls.listener_resources import ListenerClaimOutputs, ProofSettings
from alb_mtls.listeners.desired import alb_follows, is_among
from alb_mtls.listeners.refusal import edited, stopped_roll_back
from alb_mtls.listeners.restore import restore
from alb_mtls.listeners.situation import situation_of
from alb_mtls.listeners.verdict import Verdict, on_roll_back
from alb_mtls.resources import AlbApi
from ops.errors import OpsError

_PATCH_SECONDS = 60.0
_STOPPED = "the survey stopped, and wrote nothing over it"


class SurveyedListener:
    """One listener during one survey."""

    def __init__(
        self, *, kube: KubeClient, alb: AlbClient, albconfig: AlbConfig, claim: Claim, key: ListenerKey
    ) -> None:
        """Take a listener whose claim stands already; see `claimed`."""
        self.key = key
        self.alb_id = load_balancer_id(albconfig)
        self._kube = kube
        self._alb = alb
        self._claim = claim

    @classmethod
    def claimed(
        cls,
        *,
        kube: KubeClient,
        alb: AlbClient,
        albconfig: AlbConfig,
        key: ListenerKey,
        survey: str,
        repository: str,
    ) -> "SurveyedListener":
        """Write the claim, which says what the listener is now, and nothing else.

        Args:
            kube: the cluster.
            alb: shows what becomes of the listener.
            albconfig: as the person was shown it.
            key: which listener.
            survey: id, which becomes the deployment of the claim.
            repository: that the survey was given, for whoever puts back what a killed one left.

        Raises:
            OpsError: it has changed since.
            ClusterError: it could not be written.
        """
        before, uid = fields_of(find_listener(albconfig, key).element), albconfig["metadata"]["uid"]
        claim = Claim(
            owner=SURVEY_OWNER,
            deployment=survey,
            token=secrets.token_hex(8),
            attempt=secrets.token_hex(8),
            uid=uid,
            repository=repository,
            previous=before,
            written=before,
        )

        def build(now: AlbConfig) -> Patch | None:
            if read_claim(now, key) == claim:
                return None
            ref = find_listener(now, key)
            if claim_text(now, key) is not None or read_hold(now, key) is not None or fields_of(ref.element) != before:
                message = f"{key.label} has changed since it was looked at; nothing was written, run the command again"
                raise OpsError(message)
            return listener_patch(now, ref, claim=claim, fields=before)

        stands = guarded_patch(kube, key.alb_config, build, deadline_seconds=_PATCH_SECONDS, expect_uid=uid)
        return cls(kube=kube, alb=alb, albconfig=stands, claim=claim, key=key)

    @property
    def fields(self) -> Fields:
        """The two fields as the survey left them."""
        return self._claim.written

    def write(self, fields: Fields) -> None:
        """Write the two fields, unless somebody else has changed what the survey left.

        Raises:
            ClusterError: who did, or why it could not be written.
        """
        claim = replace(self._claim, attempt=secrets.token_hex(8), written=fields)

        def build(now: AlbConfig) -> Patch | None:
            ref = find_listener(now, self.key)
            there = situation_of(
                now, ref, deployment=claim.deployment, token=claim.token, ours=_added(self._claim), found=None
            )
            if there.claim == claim:
                return None
            if there.claim is None:
                raise ClaimLost(self.key)
            verdict = on_roll_back(there, attempt=self._claim.attempt, written=self._claim.written, engine_lives=True)
            if verdict is Verdict.EDITED:
                raise edited(there, now, self.key, remedy=_STOPPED)
            # Without an owner: that of the survey names no stack, which the sentence of a hold would choose.
            stopped = stopped_roll_back(verdict, there, now, self.key, written=self._claim.written, owner=None)
            if stopped is not None:
                raise stopped
            return listener_patch(now, ref, claim=claim, fields=fields)

        guarded_patch(self._kube, self.key.alb_config, build, deadline_seconds=_PATCH_SECONDS, expect_uid=claim.uid)
        self._claim = claim

    def tried(self, fields: Fields) -> str:
        """Return what becomes of a patch of the two fields that is tried and not stored, in the words of the schema.

        Raises:
            ClusterError: the cluster did not answer, or somebody else has changed the listener.
        """
        now = self._kube.albconfig(self.key.alb_config)
        claim = replace(self._claim, attempt=secrets.token_hex(8), written=fields)
        patch = listener_patch(now, find_listener(now, self.key), claim=claim, fields=fields)
        try:
            self._kube.try_patch_albconfig(self.key.alb_config, patch.operations)
        except AdmissionDenied:
            return "denied"
        except WebhookUnavailable:
            return "unanswered"
        except DryRunUnsupported:
            return "no-dry-run"
        return "passes"

    def shown(self) -> Listener:
        """Return the listener as the ALB API shows it.

        Raises:
            OpsError: the ALB has none.
        """
        found = self._alb.listener(self.alb_id, port=self.key.port, protocol=self.key.protocol)
        if found is None:
            message = f"ALB {self.alb_id} has no {self.key.label}; kubectl describe albconfig {self.key.alb_config}"
            raise OpsError(message)
        return found

    def require(self, fields: Fields, *, seconds: float) -> None:
        """Write the two fields, if they are others now, and wait until the ALB follows.

        Raises:
            DeadlinePassed: it does not.
        """
        if fields != self.fields:
            self.write(fields)
        goal = meaning_of(fields)
        self._alb.wait_for(
            self.alb_id,
            port=self.key.port,
            protocol=self.key.protocol,
            until=lambda one: alb_follows(
                one, enabled=goal.enabled, ca_identifiers=goal.identifiers, handshakes_follow=True
            ),
            describe="do what the survey wrote into the AlbConfig",
            deadline_seconds=seconds,
        )

    def label(self, name: str) -> str | None:
        """Return a label of the AlbConfig."""
        labels = self._kube.albconfig(self.key.alb_config)["metadata"].get("labels") or {}
        found = labels.get(name)
        return None if found is None else str(found)

    def follows(self) -> bool:
        """Say whether the ALB does by now what the survey wrote."""
        goal = meaning_of(self.fields)
        return alb_follows(self.shown(), enabled=goal.enabled, ca_identifiers=goal.identifiers, handshakes_follow=True)


def requesting(identifier: str) -> Fields:
    """Return the fields of a listener that requests client certificates of a CA."""
    return {CA_ENABLED_POINTER: True, CA_CERTIFICATES_POINTER: [{CERTIFICATE_ID: identifier}]}


def switched_off(identifier: str) -> Fields:
    """Return the fields of a listener that names a CA and requests nothing."""
    return {**requesting(identifier), CA_ENABLED_POINTER: False}


def put_back(
    *,
    kube: KubeClient,
    alb: AlbClient,
    api: AlbApi,
    claim: Claim,
    key: ListenerKey,
    seconds: float,
    show: Callable[[str], object],
) -> None:
    """Give a listener back as a survey found it, and remove the claim last.

    Args:
        kube: the cluster.
        alb: waited for.
        api: where that is.
        claim: of the survey, as it stands.
        key: which listener.
        seconds: how long the ALB may take for each step.
        show: takes sentences for people.

    Raises:
        OperationFailed, ClusterError, CloudError: as of `restore`.
    """
    restore(
        ListenerClaimOutputs(
            listener=key,
            owner=SURVEY_OWNER,
            deployment=claim.deployment,
            alb=api,
            proof=ProofSettings(mode="off", host=None, path="/", deadline_seconds=round(seconds), server_ca="insecure"),
            token=claim.token,
            uid=claim.uid,
            kube_system_uid="",
            cluster="",
            known=_added(claim),
        ),
        kube=kube,
        alb=alb,
        cas=None,
        show=show,
    )


def _added(claim: Claim) -> tuple[str, ...]:
    before = meaning_of(claim.previous).identifiers
    return tuple(one for one in meaning_of(claim.written).identifiers if not is_among(one, before))


def survey_claim(albconfig: AlbConfig, key: ListenerKey) -> Claim | None:
    """Return the claim of a survey on a listener; None when there is none, or it is of somebody else."""
    claim = read_claim(albconfig, key)
    return claim if claim is not None and claim.owner == SURVEY_OWNER else None
