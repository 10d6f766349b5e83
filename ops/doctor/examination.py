"""The whole examination, from what is nearest to what is farthest away."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.plugins import without_plugin
from alb_mtls.session import Session
from ops.configuration import Configuration, parse_configuration, project_of
from ops.doctor.around import look_around
from ops.doctor.cloud import examine_cas, examine_credentials
from ops.doctor.cluster import examine_cluster, examine_events
from ops.doctor.controller import examine_controller
from ops.doctor.declared_types import refused_by_pulumi
from ops.doctor.diagnosis import Health, Line, fine, note, once, problem, stopping, unknown
from ops.doctor.engine import examine_engine
from ops.doctor.leaving import examine_leaving
from ops.doctor.left_behind import Known, examine_claims, examine_repositories
from ops.doctor.listeners import DNS, examine_listeners, host_lines, region_lines, standing_lines
from ops.doctor.passphrase import examine_passphrase
from ops.doctor.permissions import examine_permissions
from ops.doctor.preflight import run_preflight
from ops.doctor.production import TOPIC as PRODUCTION
from ops.doctor.production import review
from ops.doctor.state_store import examine_stack_in_store, examine_state_store
from ops.doctor.surroundings import examine_surroundings
from ops.errors import EmptyStack, NoSuchStack, OpsError, WrongConfiguration
from ops.settings import printed_of, settings_of_printed
from ops.stack import StackSource, name_of_stack, printed_configuration, read_state, session_of, stack_file
from ops.state import StackState

# How a stack file marks a value that only the secrets provider can read.
_ENCRYPTED = "secure:"


def examine(
    source: StackSource, now: datetime, looking_at: Callable[[str], None], *, production: bool = False
) -> Iterator[Line]:
    """Yield a line for everything that an `up` needs; what several of its parts fail by is one problem.

    Args:
        source: the stack; one that was never deployed, or is not there yet, is examined by its configuration alone.
        now: aware, in UTC.
        looking_at: takes what is looked at next.
        production: look at the demands of production too.
    """
    yield from once(_examine(source, now, looking_at, production=production))


def _examine(
    source: StackSource, now: datetime, looking_at: Callable[[str], None], *, production: bool
) -> Iterator[Line]:
    looking_at("the Pulumi CLI")
    yield from examine_surroundings()
    yield from examine_engine()
    yield from examine_state_store()
    looking_at("configuration and state of the stack")
    try:
        printed = printed_configuration(source)
        project = project_of(printed)
    except NoSuchStack as error:
        yield stopping("stack", str(error))
        yield from _by_its_file(source, now, looking_at, production=production)
        return
    except OpsError as error:
        # Everything else is found by it.
        yield stopping("stack", str(error))
        return
    state, knows_state = None, True
    try:
        state = read_state(source)
    except EmptyStack as error:
        yield note("stack", str(error))
        yield from examine_passphrase(stack_file(_name(source) or "", source.config_file))
    except OpsError as error:
        knows_state = False
        yield stopping("stack", str(error))
    else:
        yield from _stack(state)
    known = Known(project=project, stack=_name(source) if state is None else state.stack, state=state)
    yield from examine_stack_in_store(project, known.stack)
    yield from examine_configuration(printed, known, now, looking_at, knows_state=knows_state)
    if production:
        yield from _production(printed, known, stack_file(known.stack or "", source.config_file), now)


def _by_its_file(
    source: StackSource, now: datetime, looking_at: Callable[[str], None], *, production: bool
) -> Iterator[Line]:
    """Examine a stack that is not there yet, where its stack file is."""
    file = stack_file(source.stack or "", source.config_file)
    try:
        text = file.read_text("utf-8")
        printed = printed_of(text)
        project = project_of(printed)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError, OpsError):
        return
    if _ENCRYPTED in text:
        yield unknown("configuration", f"{file} has encrypted values, which can be read when the stack is there")
        return
    yield note("configuration", f"it was read from {file}, without Pulumi")
    known = Known(project=project, stack=source.stack, state=None)
    yield from examine_configuration(printed, known, now, looking_at)
    if production:
        yield from _production(printed, known, file, now)


def _production(printed: Mapping[str, Any], known: Known, file: Path, now: datetime) -> Iterator[Line]:
    try:
        settings = settings_of_printed(printed, known.stack or "", now)
    except WrongConfiguration:
        yield unknown(PRODUCTION, "it is compared with the demands of production once an up takes the configuration")
        return
    yield from review(settings, look_around(settings, printed, file, os.environ), now)


def examine_configuration(
    printed: Mapping[str, Any],
    known: Known,
    now: datetime,
    looking_at: Callable[[str], None] = lambda _: None,
    *,
    knows_state: bool = True,
) -> Iterator[Line]:
    """Yield a line for everything in configuration, cluster and cloud that an `up` needs.

    Args:
        printed: the configuration of a stack that may not be there yet, as `pulumi config --json` prints it.
        known: of its state.
        now: aware, in UTC.
        looking_at: takes what is looked at next.
        knows_state: False when there is a state that cannot be read.
    """
    configuration, settings = parse_configuration(printed, os.environ), None
    try:
        # Only a default depends on the name of the stack.
        settings = settings_of_printed(printed, known.stack or "", now)
    except WrongConfiguration as error:
        for one in error.problems:
            yield stopping("configuration", one)
    else:
        refused = [stopping("configuration", one) for one in refused_by_pulumi(printed, configuration.project)]
        yield from refused or [fine("configuration", "an up takes it, and can read the files that it names")]
        for warning in settings.warnings:
            yield note("configuration", warning)
        if plugin := without_plugin(settings.clients, os.environ, Path.cwd()):
            yield stopping("Pulumi plugin", plugin)
    with closing(session_of(configuration)) as session:
        examination = _Examination(configuration=configuration, settings=settings, known=known, session=session)
        yield from once(examination.examine(now, looking_at, knows_state=knows_state))


def _lacks_address(line: Line, name: str | None) -> bool:
    return name is not None and line.stops_up and f"{name} has no address (" in line.found


def _name(source: StackSource) -> str | None:
    try:
        return name_of_stack(source)
    except OpsError:
        # What stops the CLI has had a line of its own.
        return None


def _stack(state: StackState) -> Iterator[Line]:
    yield fine("stack", f"stack {state.project}/{state.stack} can be read, its secrets included")
    for name in state.pending:
        yield problem("stack", f"the last operation on {name} was interrupted", "run `pulumi up`")


@dataclass(frozen=True, kw_only=True)
class _Examination:
    """What cluster and cloud are examined with; without `settings` the configuration is one that an `up` refuses."""

    configuration: Configuration
    settings: Settings | None
    known: Known
    session: Session

    def examine(self, now: datetime, looking_at: Callable[[str], None], *, knows_state: bool) -> Iterator[Line]:
        """Yield the lines."""
        configuration, session, known = self.configuration, self.session, self.known
        # Content, when the cluster is named by id, stands in the state alone.
        claims = [one.claim for one in known.state.listeners] if known.state else []
        kubeconfig = next((claim.kubeconfig for claim in claims if claim.kubeconfig), None)
        kube = session.kube(kubeconfig)
        looking_at("the cluster")
        answers = False
        if configuration.by_cluster_id and kubeconfig is None:
            found = "the cluster is named by clusterId, and its kubeconfig is in the state only after the first up"
            yield unknown("cluster", found, "run `pulumi preview`, which gets it from ACK")
        else:
            answers = yield from examine_cluster(kube)
        if answers:
            yield from examine_controller(kube)
            yield from examine_permissions(session.kube_access(kubeconfig))
            # Whose claim stops an up, the preflight says.
            for line in examine_claims(kube, known, configuration):
                stops = line.health is Health.PROBLEM
                yield replace(line, health=Health.NOTE, stops_up=False) if stops and self.settings else line
            yield from examine_events(kube, list(dict.fromkeys(one.alb_config for one in configuration.listeners)), now)
        looking_at("Certificate Management Service (CAS)")
        yield from examine_credentials(session)
        yield from examine_cas(configuration, self.settings, known.state, session)
        yield from examine_repositories(known, configuration, session, kube.albconfigs if answers else list)
        looking_at("the listeners")
        if self.settings is None or not answers:
            yield from examine_listeners(configuration, session, kubeconfig=kubeconfig, cluster_answers=answers)
            return
        preflight = run_preflight(
            self.settings,
            session,
            kubeconfig,
            state=known.state,
            knows_state=knows_state,
            now=now,
        )
        yield from preflight.lines
        if known.state is not None:
            yield from examine_leaving(self.settings, known.state, kube)
        for listener, snapshot in zip(self.settings.listeners, preflight.snapshots, strict=True):
            yield from region_lines(snapshot, self.settings.alb)
            for line in standing_lines(snapshot, listener.connect_to):
                # A name without an address stops the proof, and the preflight has then named it already.
                if line.topic != DNS or not any(_lacks_address(one, snapshot.address) for one in preflight.lines):
                    yield line
            yield from host_lines(snapshot, self.settings.proof)
