"""What only the cloud knows of a new stack: that the region is right, the edition of the ALB, the site of CAS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.aliyun.endpoints import CAS_SITES, EndpointError, cas_endpoint, is_region, region_in
from alb_mtls.aliyun.errors import CloudError, NoCredential, NotFound, RetriesExhausted, Unreachable
from alb_mtls.cluster.listener import object_in, objects_in
from alb_mtls.session import Session
from ops.errors import OpsError
from ops.init.candidates import Candidate
from ops.init.questions import Questions, Unusable

_BY_SUFFIX = {"-cn-hangzhou": "china", "-ap-southeast-1": "international"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value, and for people how it is known."""

    value: str
    source: str


class NoSuchAlb(OpsError):  # noqa: N818 - named after what was found; the base class says that it is an error
    """The region, or the account, has no ALB of that id."""


def choose_region(
    questions: Questions, candidates: Iterable[Candidate], given: str | None, environment: str | None, *, needed: bool
) -> Found | None:
    """Return the region of the ALBs; None when it is missing, which is remembered.

    Args:
        questions: asks, where no DNS name shows it.
        candidates: whose ALBs are meant.
        given: with a flag.
        environment: of a variable that pulumi-alicloud reads.
        needed: the ALB API is found by it.
    """
    names = sorted({one.dns_name for one in candidates if one.dns_name})
    regions = {region: name for name in names if (region := region_in(name))}
    if given is None and len(regions) == 1:
        [(region, name)] = regions.items()
        return Found(value=region, source=f"it stands in {name}, the DNS name of an ALB of this cluster")

    if given is None and not regions and not needed:
        return Found(value="", source="")

    def checked(text: str) -> str:
        if not is_region(text):
            message = f"{text!r} is no region; it looks like cn-hangzhou or ap-southeast-1"
            raise Unusable(message)
        return text

    several = f"the ALBs of these listeners are in {', '.join(sorted(regions))}, and a stack is for one region"
    none = "no DNS name of an ALB shows the region; give it, such as cn-hangzhou"
    value = questions.value(
        "--region",
        "Region of the ALB, such as cn-hangzhou",
        given=given,
        default=None if regions else environment,
        missing=several if regions else none,
        check=checked,
    )
    return None if value is None else Found(value=value, source="as it was given")


def load_balancer_of(session: Session, one: Candidate, endpoint: str | None, region: str) -> LoadBalancer:
    """Return the ALB of a listener, which shows that the region and the account are right.

    Raises:
        NoSuchAlb: one of them is not.
        CloudError: the ALB API does not answer.
    """
    try:
        return session.alb(endpoint, region).load_balancer(one.alb_id or "")
    except NotFound:
        where = endpoint or f"region {region}"
        message = (
            f"{where} has no ALB {one.alb_id}, which AlbConfig {one.key.alb_config} names, for the account of this "
            "credential: use a credential of the account that owns the cluster, or give --region"
        )
        raise NoSuchAlb(message) from None


def choose_site(questions: Questions, session: Session, given: str | None, chosen: Iterable[Candidate]) -> Found:
    """Return the CAS site of the account; an empty one when it is missing, which is remembered.

    The site follows the account, and nothing shows which it is but the answer to this credential.

    Args:
        questions: asks, where both sites answer.
        session: reaches them.
        given: a site, host or URL.
        chosen: listeners, whose server certificates hint at the site.

    Raises:
        OpsError: no site answers.
        CloudError: the one that was given does not.
    """
    if given is not None:
        try:
            cas_endpoint(given)
        except EndpointError as error:
            questions.refuse("--cas-endpoint", str(error))
            return Found(value="", source="")
        session.cas(given).repositories()
        return Found(value=given, source="given, and it answers to this credential")
    answers = {site: _answer_of(session, site) for site in CAS_SITES}
    accepted = [site for site, error in answers.items() if error is None]
    if not accepted:
        raise OpsError(_no_site(answers))
    if len(accepted) == 1:
        [(other, answer)] = [(site, one) for site, one in answers.items() if one is not None]
        does = "did not answer" if isinstance(answer, Unreachable | RetriesExhausted) else "does not"
        return Found(value=accepted[0], source=f"it accepts this credential, and {other} {does}")
    hint = _hint(chosen)

    def known(text: str) -> str:
        if text not in CAS_SITES:
            message = f"give {' or '.join(CAS_SITES)}"
            raise Unusable(message)
        return text

    suggestion = "" if hint is None else f"; the server certificates of the listeners are of {hint}"
    value = questions.value(
        "--cas-endpoint",
        f"Both sites of CAS accept this credential{suggestion}. Site of the account",
        given=None,
        default=hint if questions.terminal else None,
        missing=f"both sites of CAS accept this credential{suggestion}; give {' or '.join(CAS_SITES)}",
        check=known,
    )
    return Found(value=value or "", source="as it was given; both sites accept this credential")


def _answer_of(session: Session, site: str) -> CloudError | None:
    try:
        session.cas(site).repositories()
    except NoCredential:
        # No site could tell.
        raise
    except CloudError as error:
        return error
    return None


def _no_site(answers: Mapping[str, CloudError | None]) -> str:
    given = "; ".join(f"{site}: {str(answer).rstrip('.')}" for site, answer in answers.items())
    return (
        f"no site of CAS has accepted this credential, so it is not known which is the account's ({given}); put right "
        "what the sentence of your site says, or give --cas-endpoint"
    )


def _hint(chosen: Iterable[Candidate]) -> str | None:
    """Return the site that the certificates of the listeners come from, by how the controller names them."""
    identifiers = [
        str(entry.get("certificateId") or entry.get("CertificateId") or "")
        for one in chosen
        for listener in objects_in(
            object_in(object_in(one.albconfig.get("status")).get("loadBalancer")).get("listeners")
        )
        if listener.get("portAndProtocol") == one.key.text
        for entry in objects_in(listener.get("certificates"))
    ]
    sites = {site for text in identifiers for suffix, site in _BY_SUFFIX.items() if text.endswith(suffix)}
    return sites.pop() if len(sites) == 1 else None
