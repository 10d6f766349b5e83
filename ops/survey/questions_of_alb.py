"""Questions about the listener: what the ALB API shows of a change, and when handshakes notice it."""

import re

from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.aliyun.errors import InUse, RequestRejected
from alb_mtls.cluster.listener import CA_ENABLED_POINTER
from alb_mtls.listeners.dry_run import PLACEHOLDER
from ops.survey.listener import requesting
from ops.survey.survey import Answer, NotAnswered, Survey

_BATCH = 25
_LOOK_SECONDS = 0.25
_REST_SECONDS = 3.0
_ZONES = {".aliyuncsslbintl.com": "international", ".aliyuncs.com": "china"}
# May be that of the account.
_NUMBER = re.compile(r"\d{6,}")
HASH_LABEL = "alb.ingress.kubernetes.io/hash"


def dns_zone(survey: Survey) -> Answer:
    """Say in which zone the DNS name of the load balancer is."""
    name = survey.dns_name.lower().removesuffix(".")
    return {"zone": next((zone for end, zone in _ZONES.items() if name.endswith(end)), "other")}


def webhook(survey: Survey) -> Answer:
    """Try two patches without storing them: one that switches the listener on, and one that no controller can read."""
    return {
        "dry_run": survey.listener.tried(requesting(PLACEHOLDER)),
        "wrong_type": survey.listener.tried({**requesting(PLACEHOLDER), CA_ENABLED_POINTER: "true"}),
    }


def switch_times(survey: Survey) -> Answer:
    """Switch the listener on, and measure until the ALB, the first and all handshakes have followed."""
    survey.require_off()
    # The ALB shows that it is off before it has taken the CA, and takes no other change until then.
    survey.sleep(_REST_SECONDS)
    survey.listener.write(requesting(survey.uploaded()))
    begun = survey.clock()
    running: float | None = None
    first: float | None = None
    while running is None or first is None:
        if survey.clock() - begun > survey.patience:
            message = f"ALB and listener did not follow a switch within {survey.patience:.0f} s"
            raise NotAnswered(message)
        if first is None and survey.prober.ask(None).rejected:
            first = survey.clock() - begun
        if running is None and survey.listener.follows():
            running = survey.clock() - begun
        # The ALB API answers ten calls a second, and two make one look.
        survey.sleep(_LOOK_SECONDS)
    clean, wrong = _until_clean(survey, begun)
    survey.switch_seconds = max(running, first, clean)
    return {
        "alb_seconds": round(running, 2),
        "first_seconds": round(first, 2),
        "clean_seconds": round(max(clean, first), 2),
        "connections": survey.connections,
        "wrong_after_running": wrong,
    }


def _until_clean(survey: Survey, begun: float) -> tuple[float, int]:
    """Return when the last connection was answered by the former rules, and how many of them were."""
    clean, last, wrong = 0, 0.0, 0
    while clean < survey.connections:
        if survey.clock() - begun > survey.patience:
            message = f"connections are still answered by the former rules after {survey.patience:.0f} s"
            raise NotAnswered(message)
        answers = survey.prober.ask_all(min(_BATCH, survey.connections - clean))
        accepted = sum(one.accepted for one in answers)
        clean = 0 if accepted else clean + sum(one.rejected for one in answers)
        if accepted:
            wrong, last = wrong + accepted, survey.clock() - begun
    return last, wrong


def identifier_form(survey: Survey) -> Answer:
    """Compare the identifier of the CA that the ALB API shows with the one that CAS gave."""
    survey.require_on()
    given = survey.uploaded()
    shown = next(iter(survey.listener.shown().ca_identifiers), None)
    if shown is None:
        return {"form": "not-named", "suffix": ""}
    if shown == given:
        return {"form": "same", "suffix": ""}
    if shown.startswith(given):
        return {"form": "suffix", "suffix": _NUMBER.sub(lambda found: "0" * len(found[0]), shown.removeprefix(given))}
    return {"form": "other", "suffix": ""}


def switched_off(survey: Survey) -> Answer:
    """Switch the listener off with its CA still in the AlbConfig; look whether the ALB shows it, and CAS keeps it."""
    survey.require_on()
    if not survey.listener.shown().ca_identifiers:
        message = "the ALB API names no CA of a listener that is on either"
        raise NotAnswered(message)
    survey.require_off()
    given = survey.uploaded()

    def lets_go() -> bool:
        return not any(same_identifier(one, given) for one in survey.listener.shown().ca_identifiers)

    shows = not survey.holds_within(lets_go, survey.follow_seconds)
    try:
        survey.delete(given)
    except (InUse, RequestRejected):
        return {"shows_ca": shows, "holds_ca": True}
    survey.bound = None
    survey.require_off()
    return {"shows_ca": shows, "holds_ca": False}


def absent_field(survey: Survey) -> Answer:
    """Remove caEnabled from a listener that is on, and see whether it goes off; it is switched off afterwards."""
    survey.require_on()
    fields = {name: value for name, value in survey.listener.fields.items() if name != CA_ENABLED_POINTER}
    survey.listener.write(fields)
    went_off = survey.holds_within(lambda: not survey.listener.shown().ca_enabled, survey.long_seconds)
    survey.require_off()
    return {"outcome": "off" if went_off else "unchanged"}


def hash_label(survey: Survey) -> Answer:
    """Look whether the controller writes another hash into its label once it has followed a change of the claim."""
    if survey.is_stuck or not max(survey.switch_seconds, survey.follow_seconds):
        # Of a controller whose pace nobody knows, no label yet says nothing.
        survey.require_on()
    before = survey.listener.label(HASH_LABEL)
    survey.listener.write(survey.listener.fields)
    written = survey.holds_within(lambda: survey.listener.label(HASH_LABEL) not in {None, before}, survey.long_seconds)
    return {"written": written}
