"""Putting a listener back as an attempt found it; the claim goes last and alone.

Every patch of a field leaves a claim that no earlier patch has left, or the controller, which compares the hash of
spec and annotations with its label, may drop the event (docs/facts/alibaba-cloud.md). Once the ALB has followed, a
patch removes only the claim, if there was none before: nothing depends on that one being noticed.
"""

from dataclasses import dataclass, field, replace

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.aliyun.errors import CloudError, DeadlinePassed
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.claim_errors import ClaimLost, ListenerEdited, ListenerHeld
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.field_managers import named_writer
from alb_mtls.cluster.identity_headers import HeaderFields, header_fields_of, recorded, same_key
from alb_mtls.cluster.listener import AlbConfig, Fields, load_balancer_id, meaning_of, unit_of
from alb_mtls.cluster.patch import Patch, listener_patch, release_patch, steps_back
from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.handshake.baseline import Baseline
from alb_mtls.listeners import header_keys
from alb_mtls.listeners.attempt import Attempt, Ground
from alb_mtls.listeners.desired import alb_follows, is_among
from alb_mtls.listeners.owned_in_cas import gone_from_cas
from alb_mtls.listeners.proof_run import ProofPlan
from alb_mtls.listeners.refusal import stopped_roll_back
from alb_mtls.listeners.situation import Situation
from alb_mtls.progress import begins


def roll_back(
    ground: Ground, attempt: Attempt, reason: str, *, plan: ProofPlan | None, baseline: Baseline | None
) -> str:
    """Put listener and claim back as they were before the attempt; return the sentence to fail with.

    Whatever goes wrong here, the sentence begins with the reason for which it was done.
    """
    label = ground.inputs.listener.label
    reason = reason.rstrip(".")
    back = _RollBack(ground, attempt)
    begins(f"{label} is put back: {reason}")
    try:
        unchecked = back.run()
        if unchecked:
            return f"{reason}. {unchecked}"
        back.failed, back.remedy = "AlbConfig and ALB are as before, but the listener does not behave so: ", ""
        put_back = f"{label} was put back as it was"
        to, is_swapped = attempt.bound_before, attempt.is_swap
        if plan and baseline and not plan.prove_rolled_back(baseline, to=to, is_swapped=is_swapped).proven:
            put_back += (
                "; handshakes have shown only that clients without a certificate are rejected again, since no "
                "client of the CA on it is at hand"
            )
    except (ListenerEdited, ListenerHeld, ClaimLost) as error:
        if isinstance(error, ListenerEdited) and error.by in reason:
            # Who it was, and what stands, was the reason.
            return f"{reason}. {label} was not put back: what stands there is left as it is"
        return f"{reason}. {label} was not put back: {error}"
    except Exception as error:  # noqa: BLE001 - it must not take the place of the reason
        sentence = user_message(error)
        return f"{reason}. {back.failed}{sentence}{'' if sentence.endswith(back.remedy.lstrip('; ')) else back.remedy}"
    return f"{reason}. {put_back}"


@dataclass
class _RollBack:
    """How far it has come.

    Attributes:
        failed: what is to be said when the next thing fails, before its sentence.
        remedy: and after it.
    """

    ground: Ground
    attempt: Attempt
    failed: str = ""
    remedy: str = "; run the command again"
    # What the last patch made of keys of headers.
    _headers: HeaderFields = field(default_factory=dict)

    def run(self) -> str:
        """Put everything back; return what is not known, which is mostly nothing."""
        label = self.ground.inputs.listener.label
        self.failed = f"Putting {label} back failed as well: "
        self._refuse_lost_ca()
        written, steps = self.attempt.claim.written, steps_back(self.attempt.claim.written, self.attempt.before)
        for step in steps:
            is_last = step is steps[-1]
            albconfig = self._patch(step, written, is_last=is_last)
            written = step
            if not is_last:
                self.failed = (
                    f"In the AlbConfig {label} is switched off, and not yet as it was before, since the ALB does not "
                    "follow: "
                )
            else:
                self.failed = "The AlbConfig is as before, but the ALB does not follow: "
                self.remedy = "" if self._keeps_claim else "; the claim stays until it does: run the command again"
            unknown = self._wait(albconfig, step, is_last=is_last)
            if unknown:
                return unknown
            if not is_last:
                self.failed = f"In the AlbConfig {label} is switched off, and not yet as it was before: "
        if not self._keeps_claim:
            self.failed = "AlbConfig and ALB are as before, but the claim of this stack stays: "
            self.remedy = "; run the command again"
            self._release()
        return ""

    @property
    def _keeps_claim(self) -> bool:
        """Say whether a claim stood there before, of whatever deployment: it comes back."""
        return self.attempt.claim_before is not None

    def _patch(self, fields: Fields, written: Fields, *, is_last: bool) -> AlbConfig:
        """Write one step over what was written before."""
        sent: list[Claim] = []

        def build(albconfig: AlbConfig) -> Patch | None:
            ref, there = self.ground.situation(albconfig)
            if there.claim in sent:
                # It had its effect although the reply was lost.
                return None
            verdict = self.ground.on_roll_back(there, self.attempt, written=written)
            stopped = stopped_roll_back(
                verdict, there, albconfig, ref.key, written=written, owner=self.ground.inputs.owner
            )
            if stopped is not None:
                raise stopped
            self._headers = self._headers_back(there)
            claim = self._claim(there, fields, is_last=is_last)
            if self._changed_since(there):
                # This write takes the whole listener over in managedFields.
                claim = replace(claim, editor=named_writer(albconfig) or claim.editor)
            sent.append(claim)
            return listener_patch(albconfig, ref, claim=sent[-1], fields={**fields, **self._headers})

        return self.ground.patch(build, self.attempt.claim.uid)

    def _headers_back(self, there: Situation) -> HeaderFields:
        attempt = self.attempt
        return header_keys.undone(there, wrote=attempt.headers, element_before=attempt.element_before)

    def _claim(self, there: Situation, fields: Fields, *, is_last: bool) -> Claim:
        ours, before = self.attempt.claim, self.attempt.claim_before
        if before is None or not is_last:
            # Keys of headers are as they were with the first step; what the claim before says of them counts again.
            written, previous = ({}, {}) if before is None else (before.written, before.previous)
            return replace(
                ours,
                written={**fields, **header_keys.header_part(written)},
                previous={**unit_of(ours.previous), **header_keys.header_part(previous)},
            )
        headers = header_keys.edit_in(self._found(there, before), before)
        # Not its attempt: a process that outlived the CLI of an earlier run would find its own, and write on.
        is_edited = headers is not None or meaning_of(fields) != meaning_of(before.written)
        editor = self.attempt.editor if is_edited else None
        edit = self._edit_of(before, fields, headers)
        return replace(before, attempt=ours.attempt, edit=edit, editor=editor)

    def _changed_since(self, there: Situation) -> list[str]:
        """Return the keys that somebody changed since the attempt: as it wrote they are not, nor put back yet."""
        found, stands = header_fields_of(self.attempt.element_before), there.headers
        keys = header_keys.changed_since(there, self.attempt.headers)
        return [one for one in keys if not same_key(stands.get(one), found.get(one))]

    def _found(self, there: Situation, before: Claim) -> HeaderFields:
        """Return the keys as the attempt found them: what somebody changed since, no `up` has announced."""
        since = self._changed_since(there)
        found = recorded({**there.headers, **self._headers})
        kept = {one: value for one, value in found.items() if one not in since}
        return {**kept, **{one: before.written[one] for one in since if one in before.written}}

    def _edit_of(self, before: Claim, fields: Fields, headers: HeaderFields | None) -> Fields | None:
        """Return the edit that the next `up` may write over, as this one did: one since a run that ended well.

        Not one since a run that did not, nor one that another deployment has to judge, whose claim this was.
        """
        last, stands = self.ground.last, meaning_of(fields)
        if stands == meaning_of(before.written) and headers is None:
            return None
        is_announced = before.edit is not None and stands == meaning_of(before.edit)
        if not is_announced and (last is None or last.attempt != before.attempt):
            return None
        return {**fields, **(headers or {})}

    def _wait(self, albconfig: AlbConfig, fields: Fields, *, is_last: bool) -> str:
        inputs, goal = self.ground.inputs, meaning_of(fields)
        # A list that is empty before it is absent must have been noticed: absent may be taken for unchanged.
        left = [
            one for one in meaning_of(self.attempt.claim.written).identifiers if not is_among(one, goal.identifiers)
        ]

        last: Listener | None = None

        def follows(shown: Listener, *, whatever_ca: bool = False) -> bool:
            return alb_follows(
                shown,
                enabled=goal.enabled,
                ca_identifiers=goal.identifiers,
                lets_go_of=left,
                handshakes_follow=whatever_ca,
            ) and header_keys.alb_shows(shown, self._headers)

        def until(shown: Listener) -> bool:
            nonlocal last
            last = shown
            return follows(shown)

        try:
            self.ground.alb.wait_for(
                load_balancer_id(albconfig),
                port=inputs.listener.port,
                protocol=inputs.listener.protocol,
                until=until,
                describe="go back to what it was before",
                deadline_seconds=inputs.proof.deadline_seconds,
            )
        except DeadlinePassed:
            if last is None or not last.hides_ca or not follows(last, whatever_ca=True):
                raise
            return self._not_known("the ALB API does not name the CA of which it requests certificates")
        except (CloudError, ClusterError) as error:
            if inputs.proof.mode != "off" or isinstance(error, ClusterError):
                self._say_that_the_alb_was_not_asked(is_last=is_last)
                raise
            return self._not_known(user_message(error))
        return ""

    def _not_known(self, why: str) -> str:
        stays = "" if self._keeps_claim else ", so the claim of this stack stays"
        return (
            f"{self.ground.inputs.listener.label} was put back in the AlbConfig; whether the ALB has followed is not "
            f"known ({why}){stays}: look at the listener in the ALB console, and run the command again"
        )

    def _say_that_the_alb_was_not_asked(self, *, is_last: bool) -> None:
        if is_last:
            stands = "The AlbConfig is as before. Whether"
        else:
            stands = f"In the AlbConfig {self.ground.inputs.listener.label} is switched off, and not yet as it was"
            stands += " before, so the claim of this stack stays. Whether"
        self.failed = (
            f"{stands} the ALB has followed, or is still as this run had set it, is not known, since the ALB API "
            "could not be called: "
        )
        stays = "" if self._keeps_claim or not is_last else " the claim of this stack stays:"
        self.remedy = f";{stays} look at the listener in the ALB console, and run the command again"

    def _release(self) -> None:
        def build(albconfig: AlbConfig) -> Patch | None:
            ref, there = self.ground.situation(albconfig)
            if there.claim is None:
                return None
            verdict = self.ground.on_roll_back(there, self.attempt, written=self.attempt.before)
            stopped = stopped_roll_back(
                verdict, there, albconfig, ref.key, written=self.attempt.before, owner=self.ground.inputs.owner
            )
            if stopped is not None:
                raise stopped
            return release_patch(albconfig, ref.key, ref)

        self.ground.patch(build, self.attempt.claim.uid)

    def _refuse_lost_ca(self) -> None:
        """Leave the listener requesting certificates of our CA, when the CA that it was taken from is gone."""
        before, cas = meaning_of(self.attempt.before), self.ground.cas
        if cas is None or not before.enabled:
            return
        others = [one for one in before.identifiers if not is_among(one, self.ground.ours)]
        for identifier in gone_from_cas(cas, others):
            sentence = (
                f"CA {identifier}, of which it requested client certificates before, is no longer in CAS; the "
                f"listener is left with CA {self.ground.inputs.ca_identifier}"
            )
            raise OperationFailed(sentence)
