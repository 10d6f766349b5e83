"""What in CAS is this stack's: which repository and certificates it made, and what a lost reply left beside them.

CAS knows no owner, names are not unique, and nothing but content tells two uploads apart
(docs/facts/alibaba-cloud.md, CAS API). So a repository is ours by its name, which comes from a random id, a certificate
by that repository, or because its key was generated in this state: nobody else can have uploaded that. An imported CA
in a repository that the user named may be shared by several stacks, and stays.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.cas_models import Repository
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.repository_names import is_own_name
from alb_mtls.resources import CasCertificateInputs, CasCertificateOutputs, CasRepositoryInputs

_SETTLES_SECONDS: Final = 60.0


def upload_once(cas: CasClient, inputs: CasCertificateInputs, *, is_new: bool = False) -> tuple[str, bool]:
    """Take the same certificate if the repository holds it already, else upload it; wait until CAS shows it.

    There is no client token, so looking first is what makes a repetition harmless.

    Args:
        cas: the site.
        inputs: of the certificate.
        is_new: it is this process that has put the repository into the state, so that nobody has made it before.

    Returns:
        its identifier, and whether it is ours.

    Raises:
        OperationFailed: the user's repository is not there.
        CloudError: CAS does not answer, or does not show the certificate within a minute.
    """
    pem = inputs.certificate_pem
    repository = _repository_for(cas, inputs, is_new=is_new)
    found = cas.find_certificates(pem, repository)
    identifier = found[0] if found else cas.upload_ca(pem=pem, repository=repository, name=inputs.certificate_name)
    cas.wait_until_described(identifier, pem, _SETTLES_SECONDS)
    # CAS may have given back one that lies elsewhere, and then it is somebody else's.
    inside = bool(found) or _lies_in(cas, identifier, [repository])
    return identifier, inputs.generated or (inside and inputs.repository_owned)


def is_still_owned(cas: CasClient, held: CasCertificateOutputs, inputs: CasCertificateInputs) -> bool:
    """Say whether a certificate is ours by now: whoever has the repository, has the imported CAs in it."""
    return inputs.generated or (
        inputs.repository_owned and _lies_in(cas, held.ca_identifier, cas.repositories(inputs.repository_name))
    )


def is_held(cas: CasClient, ca_identifier: str, pem: str) -> bool:
    """Say whether CAS has this certificate under this identifier; identifiers are never given twice."""
    return why_lost(cas, ca_identifier, pem) is None


def why_lost(cas: CasClient, ca_identifier: str, pem: str) -> str | None:
    """Return what became of a certificate, as the end of a sentence; None while CAS holds it."""
    held = cas.describe(ca_identifier)
    if held is None:
        return "is gone from CAS"
    return None if same_certificate(held.pem, pem) else "is another certificate in CAS by now"


def spare_copies(
    cas: Callable[[], CasClient], ca_identifier: str, inputs: CasCertificateInputs, *, is_in_use: Callable[[str], bool]
) -> list[str]:
    """Return what else this stack has in CAS of the same certificate, when nothing uses it.

    An upload whose effect shows only after it was looked for in vain is sent again.

    Args:
        cas: gives the client of the site, which is not always needed.
        ca_identifier: of the one that is kept.
        inputs: of the certificate. Of somebody else's repository only a generated CA counts.
        is_in_use: says of an identifier whether a listener or a claim has it.
    """
    if not (inputs.repository_owned or inputs.generated):
        return []
    site = cas()
    repositories = site.repositories(inputs.repository_name)
    found = [site.find_certificates(inputs.certificate_pem, one, besides=ca_identifier) for one in repositories]
    return [copy for each in found for copy in each if not is_in_use(copy)]


def require_repository(cas: CasClient, inputs: CasRepositoryInputs) -> None:
    """Refuse a repository that the user named and that is not there; ours is made by the first upload.

    Raises:
        OperationFailed: names it, and the site.
    """
    if cas.find_repository(inputs.name) is None and not inputs.owned:
        raise OperationFailed(without_repository(inputs.name, inputs.endpoint))


def without_repository(name: str, endpoint: str) -> str:
    """Return the sentence that refuses a repository that the user named and that is not there."""
    return (
        f"CAS has no repository {name!r} (cas.repository) at {endpoint}; create it in the Certificate Management "
        "Service with data source 'Upload CA Certificates', or leave cas.repository empty"
    )


def twins(cas: CasClient, name: str) -> list[Repository]:
    """Return the repositories of our name when a lost reply left more than one."""
    found = cas.repositories(name)
    return found if len(found) > 1 else []


def delete_empty_twins(cas: CasClient, name: str) -> None:
    """Delete empty repositories of our name beside the one in use; of empty ones alone the oldest stays."""
    found = twins(cas, name)
    used = [twin for twin in found if cas.certificates_in(twin)] or found[:1]
    for twin in found:
        if twin not in used:
            cas.delete_repository(twin.instance_id)


def sweep(
    cas: CasClient, inputs: CasRepositoryInputs, *, delete: Callable[[str], bool], show: Callable[[str], object]
) -> None:
    """Delete the repository if it is ours, with whatever is in it; of the user's only what this stack generated.

    One that is not listed is looked for, since a new one is listed late: nobody knows its name after this.

    Args:
        cas: the site.
        inputs: of the repository.
        delete: deletes a certificate; returns False when it was left alone, because something uses it.
        show: takes a sentence for people when a repository stays, because certificates in it do.
    """
    if not inputs.owned:
        repository = cas.find_repository(inputs.name)
        found = [cas.find_certificates(pem, repository) for pem in inputs.generated] if repository else []
        for identifier in (one for each in found for one in each):
            delete(identifier)
        return
    ours = cas.repositories(inputs.name)
    if not ours and cas.look_for_repository(inputs.name) is not None:
        ours = cas.repositories(inputs.name)
    for repository in ours:
        held = [certificate.identifier for certificate in cas.certificates_in(repository)]
        left = [identifier for identifier in held if not delete(identifier)]
        if left:
            show(
                f"CAS repository {inputs.name} was not deleted, because it still holds CA certificate "
                f"{', '.join(left)}; if the repository is still there after `pulumi destroy`, delete it in CAS"
            )
        else:
            cas.delete_repository(repository.instance_id)


def unknown_repositories(cas: CasClient, *, stems: Collection[str], known: str | None) -> dict[Repository, list[str]]:
    """Return the repositories that stacks of this name once drew and that this state does not know, with their CAs.

    A lost state leaves them behind. Another deployment of the same name may still use one, so that a person decides.

    Args:
        cas: the site.
        stems: what the names of the stack's own repositories begin with.
        known: name of the repository in the state; None without a state.
    """
    return {
        one: [each.identifier for each in cas.certificates_in(one)]
        for one in cas.repositories()
        if one.name != known and any(is_own_name(one.name, stem) for stem in stems)
    }


def gone_from_cas(cas: CasClient, identifiers: Iterable[str]) -> Iterator[str]:
    """Yield the CAs that CAS no longer has: a listener that requests certificates of one breaks its AlbConfig."""
    return (one for one in identifiers if cas.describe(one) is None)


def _repository_for(cas: CasClient, inputs: CasCertificateInputs, *, is_new: bool) -> Repository:
    if inputs.repository_owned:
        return cas.ensure_repository(inputs.repository_name, is_new=is_new)
    found = cas.find_repository(inputs.repository_name)
    if found is None:
        sentence = (
            f"CAS no longer has the repository {inputs.repository_name!r} (cas.repository); create it again, or leave "
            "cas.repository empty"
        )
        raise OperationFailed(sentence)
    return found


def _lies_in(cas: CasClient, ca_identifier: str, repositories: list[Repository]) -> bool:
    return any(one.identifier == ca_identifier for each in repositories for one in cas.certificates_in(each))


def refuse_lost_ca(
    listener: ListenerKey, identifiers: tuple[str, ...], cas: CasClient | None, show: Callable[[str], object]
) -> None:
    """Stop before binding a CA that is not there: the controller would fail on the whole AlbConfig.

    Raises:
        OperationFailed: names it; nothing was changed.
        CloudError: CAS did not answer.
    """
    if cas is None:
        if identifiers:
            # Only CAS knows, and with a purchased root it need not be configured.
            show(
                f"{listener.label} requests client certificates of CA {', '.join(identifiers)} again; "
                "cas.endpoint is not set, so it is not known whether that CA is still in CAS: if it is not, the "
                "controller fails on the whole AlbConfig, and its events show that (kubectl describe albconfig "
                f"{listener.alb_config})"
            )
        return
    for identifier in gone_from_cas(cas, identifiers):
        sentence = (
            f"{listener.label} requested client certificates of CA {identifier} before, but that CA is no longer "
            "in CAS; nothing was changed. Upload the CA again, or edit the claim's `previous` in the annotation of "
            "the AlbConfig"
        )
        raise OperationFailed(sentence)
