"""From the options of `init` to a draft of the stack file: cluster and cloud are asked first, a person for the rest."""

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from alb_mtls.addresses import is_dns_name, is_host
from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.aliyun.endpoints import EndpointError, alb_endpoint
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.hosts import host_of_proof
from alb_mtls.cluster.kubeconfig_files import paths_of
from alb_mtls.cluster.owners import owners_of
from alb_mtls.configuration.targets import REGION_VARIABLES
from alb_mtls.listeners.edition import refused_edition
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.listing import listing
from alb_mtls.resources import DOCUMENTED_EDITIONS
from alb_mtls.session import Session
from ops.findings import distinct
from ops.init.candidates import Candidate, candidates_in, usable
from ops.init.certificates import choose_clients, choose_root_ca
from ops.init.cloud import Found, NoSuchAlb, choose_region, choose_site, load_balancer_of
from ops.init.cluster import choose_context, look_at
from ops.init.draft import ChosenListener, Draft
from ops.init.listeners import EditionRefused, choose_listeners, connections_of, require_listener
from ops.init.options import Options
from ops.init.questions import Questions, Unusable
from ops.init.server_ca import choose_server_ca
from ops.init.warnings import snapshots_of, taken_by, warnings_of
from ops.stack import session_with

_ON_BYPASS = ("fail", "warn")
_ACCEPTED_FOR = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the stack works, and what was found there."""

    cluster: str
    region: Found
    site: Found
    chosen: tuple[Candidate, ...]
    snapshots: tuple[ListenerSnapshot, ...]


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """A draft, and what a person should know before it is used, one sentence each.

    Attributes:
        cluster: how the cluster was reached, for people.
    """

    draft: Draft
    cluster: str
    warnings: tuple[str, ...]


def draft_of(options: Options, questions: Questions, *, project: str, stack: str, now: datetime) -> Drafted | None:
    """Return the draft; None when something is missing or wrong, which the questions remembers.

    Args:
        options: as they were given.
        questions: asks a person, where there is one.
        project: name of the project.
        stack: name of the stack.
        now: aware, in UTC.

    Raises:
        ClusterError, CloudError, OpsError: what must be known cannot be found out, or nothing can be switched.
    """
    _refuse_bad_endpoint(questions, options.alb_endpoint)
    context = _context(questions, options)
    place = _place(options, questions, context) if context is not None and not questions.lacking else None
    host = _proof_host(questions, place.chosen, options.proof_host) if place else None
    connect_to = connections_of(questions, place.chosen, options.connect_to) if place else {}
    server_ca = None
    if place is not None and not questions.lacking:
        server_ca = choose_server_ca(questions, place.snapshots, connect_to, host, options.server_ca)
    bypasses = distinct(one for snapshot in (place.snapshots if place else ()) for one in snapshot.bypasses)
    on_bypass = _on_bypass(questions, bypasses, options.on_bypass)
    root_ca = choose_root_ca(
        questions,
        source=options.root_ca,
        certificate_file=options.certificate_file,
        key_file=options.key_file,
        subject=options.subject,
    )
    clients = choose_clients(questions, options.clients)
    if questions.lacking or place is None or root_ca is None or on_bypass is None:
        return None
    by_key = {one.key: one for one in place.snapshots}
    draft = Draft(
        project=project,
        stack=stack,
        written=f"{now:%Y-%m-%d}",
        profile=options.profile,
        kubeconfig=options.kubeconfig,
        context=context,
        cluster_id=options.cluster_id,
        region=place.region.value,
        region_source=place.region.source,
        cas_endpoint=place.site.value,
        cas_source=place.site.source,
        alb_endpoint=options.alb_endpoint,
        root_ca=root_ca,
        clients=clients,
        listeners=tuple(
            ChosenListener(
                key=one.key,
                hosts=one.host_names,
                connect_to=connect_to.get(one.key, ()),
                take_over=taken_by(by_key[one.key]),
                owner=next((owner for owner in owners_of(one.albconfig) if owner.syncs), None),
            )
            for one in place.chosen
        ),
        proof_host=host,
        server_ca=server_ca,
        on_bypass=on_bypass,
        accepted_until=f"{now + _ACCEPTED_FOR:%Y-%m-%d}",
        bypasses=bypasses,
    )
    return Drafted(draft=draft, cluster=place.cluster, warnings=warnings_of(draft, place.snapshots))


def _context(questions: Questions, options: Options) -> str | None:
    if options.kubeconfig is not None and not paths_of(options.kubeconfig):
        questions.refuse(
            "--kubeconfig",
            "is no path but the content of a kubeconfig, whose keys no stack file may hold; give its file",
        )
        return None
    return choose_context(questions, options.kubeconfig, options.context)


def _place(options: Options, questions: Questions, context: str) -> _Place | None:
    access = {
        "kubernetes:kubeconfig": options.kubeconfig,
        "kubernetes:context": context,
        "alicloud:profile": options.profile,
    }
    with closing(session_with(access.get)) as session:
        return _found_in(session, options, questions)


def _found_in(session: Session, options: Options, questions: Questions) -> _Place | None:
    kube = session.kube(None)
    found = look_at(kube)
    if questions.terminal:
        questions.say(f"cluster: {kube.where()}")
    candidates = candidates_in(found)
    require_listener(candidates)
    near = [one for one in usable(candidates) if options.alb_config in {None, one.key.alb_config}]
    named = [one for one in near if one.name in options.listeners and one.dns_name]
    environment = next(filter(None, map(os.environ.get, REGION_VARIABLES)), None)
    region = choose_region(
        questions,
        named or [one for one in near if one.dns_name] or candidates,
        options.region,
        environment,
        needed=options.alb_endpoint is None,
    )
    if region is None:
        return None

    @cache
    def alb_of(alb_id: str | None) -> LoadBalancer:
        one = next(one for one in candidates if one.alb_id == alb_id)
        return load_balancer_of(session, one, options.alb_endpoint, region.value)

    def refused(one: Candidate) -> str | None:
        try:
            why = refused_edition(alb_of(one.alb_id), DOCUMENTED_EDITIONS)
        except NoSuchAlb as error:
            why = str(error)
        return None if why is None else f"cannot be used: {why}"

    if questions.terminal and not options.listeners:
        _show(questions, near, refused, lambda one: alb_of(one.alb_id).edition)
    chosen = choose_listeners(
        questions, candidates, alb_config=options.alb_config, given=options.listeners, edition_refused=refused
    )
    site = choose_site(questions, session, options.cas_endpoint, chosen)
    if not chosen or not site.value:
        return None
    snapshots = snapshots_of(session, chosen, endpoint=options.alb_endpoint, region=region.value)
    return _Place(cluster=kube.where(), region=region, site=site, chosen=chosen, snapshots=snapshots)


def _show(
    questions: Questions,
    candidates: Sequence[Candidate],
    refused: EditionRefused,
    edition: Callable[[Candidate], str],
) -> None:
    questions.say("listeners of the cluster that may request client certificates:")
    for one in candidates:
        why = refused(one)
        of_alb = why if why is not None else f"edition {edition(one)}"
        questions.say(f"- {one.name}: {listing(one.host_names) or 'no host'} ({of_alb})")


def _proof_host(questions: Questions, chosen: Sequence[Candidate], given: str | None) -> str | None:
    common = set.intersection(*(set(one.host_names) for one in chosen)) if chosen else set()
    hosts = [one for listener in chosen for one in listener.hosts if one.host in common]
    suggested = host_of_proof(hosts, claimed=None)
    names = sorted({one.host for one in hosts if is_dns_name(one.host)})
    if given is None and len(names) == 1:
        return names[0]
    if given is None and not names and len(chosen) > 1:
        # Each is probed with a host of its own.
        return None
    namespaces = {one.namespace for one in hosts}
    is_certain = suggested is not None and (questions.terminal or len(namespaces) == 1)
    return questions.value(
        "--proof-host",
        f"Host that a proof probes, of {listing(names) or 'none that an Ingress names'}",
        given=given,
        default=suggested.host if suggested is not None and is_certain else None,
        missing=(
            f"Ingresses of {listing(sorted(namespaces))} share the listener; choose the host that a proof probes, of "
            f"{listing(names)}"
            if names
            else "no Ingress rule on the listener names a host; give the one that a proof probes"
        ),
        check=_host,
    )


def _host(text: str) -> str:
    if not is_host(text):
        message = f"{text!r} is no host name"
        raise Unusable(message)
    return text


def _on_bypass(questions: Questions, bypasses: Sequence[Finding], given: str | None) -> str | None:

    def known(text: str) -> str:
        if text not in _ON_BYPASS:
            message = f"must be {' or '.join(_ON_BYPASS)}"
            raise Unusable(message)
        return text

    return questions.value(
        "--on-bypass",
        "While this is so, an up with enabled: true shall stop (fail) or warn (warn)",
        given=given if given or bypasses else "fail",
        default="fail",
        missing="",
        check=known,
        hint="Found: " + "; ".join(f"{one.subject}: {one.evidence} ({one.code})" for one in bypasses),
    )


def _refuse_bad_endpoint(questions: Questions, given: str | None) -> None:
    if given is None:
        return
    try:
        alb_endpoint(given, "")
    except EndpointError as error:
        questions.refuse("--alb-endpoint", str(error))
