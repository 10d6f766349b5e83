"""Questions that only CAS answers: nothing but the repository is touched."""

from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.certificates import serial_number
from alb_mtls.aliyun.errors import CloudError, InUse, RequestRejected
from alb_mtls.pki.encoding import certificate_pem
from ops.survey.survey import Answer, NotAnswered, Survey

_LONGEST_SECONDS = 60.0
_EVERY_SECONDS = 0.2
_GONE_SECONDS = 10.0


def quota(survey: Survey) -> Answer:
    """Read the quota of the repositories; how much of it is used is nobody's concern."""
    return {"total": survey.cas.quota().total}


def repository_listed(survey: Survey) -> Answer:
    """Create a repository and measure until it is listed; it goes again."""
    name = survey.name("repository")
    begun = survey.clock()
    # Waits until it is listed: nothing can be uploaded to it before.
    created = survey.cas.ensure_repository(name, is_new=True)
    seconds = survey.clock() - begun
    survey.cas.delete_repository(created.instance_id)
    return {"seconds": round(seconds, 1)}


def filled_repository(survey: Survey) -> Answer:
    """Create a repository, upload a CA into it, and try to delete the repository with the CA in it."""
    created = survey.cas.ensure_repository(survey.name("repository"), is_new=True)
    pem = survey.authorities.new("filled").pem
    identifier = survey.cas.upload_ca(pem=pem, repository=created, name=survey.name("filled"))
    survey.made[identifier] = pem
    survey.cas.wait_until_described(identifier, pem, _LONGEST_SECONDS)
    try:
        survey.cas.delete_repository(created.instance_id)
    except (InUse, RequestRejected) as error:
        survey.delete(identifier)
        survey.cas.delete_repository(created.instance_id)
        return {"outcome": "rejected", "code": error.code}
    survey.delete(identifier)
    return {"outcome": "deleted", "code": None}


def certificate_shown(survey: Survey) -> Answer:
    """Upload the first CA and measure until the listing and the description show it."""
    pem = survey.authorities.first.pem
    if survey.bound is not None:
        message = "the CA of this survey was uploaded before this question"
        raise NotAnswered(message)
    survey.bound = survey.cas.upload_ca(pem=pem, repository=survey.repository, name=survey.name("ca"))
    survey.made[survey.bound] = pem
    begun = survey.clock()

    def is_shown() -> bool:
        return survey.bound in _listed(survey.cas, survey.repository) and survey.cas.describe(survey.bound) is not None

    if not survey.holds_within(is_shown, _LONGEST_SECONDS, every=_EVERY_SECONDS):
        message = f"CAS did not show an uploaded certificate within {_LONGEST_SECONDS:.0f} s"
        raise NotAnswered(message)
    return {"seconds": round(survey.clock() - begun, 1)}


def serial_number_written(survey: Survey) -> Answer:
    """Compare the serial number in the listing with that of the CA."""
    identifier, serial = survey.uploaded(), serial_number(survey.authorities.first.pem)
    text = _listed(survey.cas, survey.repository).get(identifier)
    if not text:
        return {"written": "missing"}
    if text.isdecimal() and int(text) == serial:
        return {"written": "decimal"}
    try:
        return {"written": "hexadecimal" if int(text, 16) == serial else "other"}
    except ValueError:
        return {"written": "other"}


def same_certificate_again(survey: Survey) -> Answer:
    """Upload the same certificate a second time; a second entry is deleted again."""
    first = survey.uploaded()
    try:
        again = survey.try_upload(survey.authorities.first.pem, "copy")
    except RequestRejected as error:
        return {"outcome": "rejected", "code": error.code}
    if again == first:
        return {"outcome": "same-identifier", "code": None}
    survey.delete(again)
    return {"outcome": "new-identifier", "code": None}


def same_name_again(survey: Survey) -> Answer:
    """Upload another CA under the name of the first, which names nothing in any listing; it is deleted again."""
    first = survey.uploaded()
    try:
        taken = survey.try_upload(survey.authorities.new("named").pem, "ca")
    except RequestRejected as error:
        return {"outcome": "rejected", "code": error.code}
    survey.delete(taken)
    if taken == first:
        survey.bound = None
        message = "CAS gave the other CA the identifier of the first"
        raise NotAnswered(message)
    return {"outcome": "taken", "code": None}


def leaf_upload(survey: Survey) -> Answer:
    """Upload the certificate of a client, which is no CA; what was taken is deleted again."""
    client = survey.authorities.named_client()
    try:
        taken = survey.try_upload(certificate_pem(client), "leaf")
    except RequestRejected as error:
        return {"outcome": "rejected", "code": error.code}
    survey.delete(taken)
    return {"outcome": "taken", "code": None}


def bound_ca_deletion(survey: Survey) -> Answer:
    """Delete the survey's own CA while its listener is bound to it; if CAS does so, upload it again and bind that."""
    survey.require_on()
    identifier = survey.uploaded()
    try:
        survey.cas.delete_certificate(identifier)
    except CloudError as error:
        if not isinstance(error, InUse | RequestRejected):
            raise
        return {"outcome": "rejected", "code": error.code}
    if not survey.holds_within(lambda: survey.cas.describe(identifier) is None, _GONE_SECONDS):
        # It is still bound, and nothing is known of it: the next question goes on with it.
        message = f"CAS answered that the CA is deleted, and still shows it after {_GONE_SECONDS:.0f} s"
        raise NotAnswered(message)
    survey.made.pop(identifier, None)
    survey.bound = None
    survey.require_on()
    return {"outcome": "deleted", "code": None}


def _listed(cas: CasClient, repository: Repository) -> dict[str, str | None]:
    return {one.identifier: one.serial for one in cas.certificates_in(repository)}
