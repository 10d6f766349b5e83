"""Looking at one stack for a report: what `status`, `verify`, `inventory` and `doctor` look at, each thing once."""

import hashlib
import platform
import ssl
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from alb_mtls.aliyun.endpoints import EndpointError
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.pki.errors import PkiError
from alb_mtls.session import Session
from alb_mtls.version import VERSION
from ops.configuration import Configuration
from ops.doctor.controller import examine_controller
from ops.doctor.diagnosis import Line, tried
from ops.doctor.permissions import examine_permissions
from ops.errors import OpsError
from ops.inventory import Entry, inventory_of
from ops.report.certificates import signers_of
from ops.stack import StackSource, cli_version, read_configuration, read_state, session_of, stack_file
from ops.state import StackState
from ops.status import Status, status_of
from ops.verify import Verification, Verifier

# As their packages are called, and as people know them.
_PACKAGES: Final = {"pulumi": "Pulumi SDK", "kubernetes": "Kubernetes client"}


@dataclass(frozen=True, kw_only=True)
class Digest:
    """The configuration file, as whoever has it can compare it.

    Attributes:
        sha256: of its octets, lower-case hexadecimal; None where there is no such file.
    """

    file: str
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found of one stack.

    Attributes:
        name: `<project>/<stack>`, or how the stack was named where it could not be read.
        now: when it was looked at.
        failure: why nothing of it is known; None where its state could be read. Then all that follows is there.
        verification: None where nothing was proven now.
        entries: every certificate that the stack knows of.
        signers: who can sign clients, a sentence for each generation of the root CA.
        permissions: what the user of the kubeconfig may do.
        controller: what is visible of the ALB Ingress Controller.
        versions: by name, of all that took part.
    """

    name: str
    now: datetime
    failure: str | None = None
    status: Status | None = None
    verification: Verification | None = None
    entries: tuple[Entry, ...] = ()
    signers: tuple[str, ...] = ()
    permissions: tuple[Line, ...] = ()
    controller: tuple[Line, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    digest: Digest | None = None


def look_at(source: StackSource, *, now: datetime, prove: bool) -> Looked:
    """Look at a stack; what stops the look is its `failure`.

    Args:
        source: which one.
        now: aware, in UTC.
        prove: prove every listener by handshakes now, as `verify` does.
    """
    try:
        with ThreadPoolExecutor() as pool:
            # Each is a process of the CLI, which takes as long as all else together.
            versions = pool.submit(lambda: tuple(_versions()))
            configuration = pool.submit(read_configuration, source)
            state = read_state(source)
            return _looked(pool, state, configuration.result(), source, versions, now=now, prove=prove)
    except (OpsError, ClusterError, CloudError, EndpointError, HandshakeError, PkiError) as error:
        return Looked(name=source.stack or "that is selected", now=now, failure=str(error), versions=tuple(_versions()))


def _looked(
    pool: ThreadPoolExecutor,
    state: StackState,
    configuration: Configuration,
    source: StackSource,
    versions: "Future[tuple[tuple[str, str], ...]]",
    *,
    now: datetime,
    prove: bool,
) -> Looked:
    kubeconfig = next((one.claim.kubeconfig for one in state.listeners if one.claim.kubeconfig), None)
    with closing(session_of(configuration)) as session:
        permissions = pool.submit(lambda: tuple(_permissions(session, kubeconfig)))
        controller = pool.submit(lambda: tuple(_controller(session, kubeconfig)))
        try:
            status = status_of(
                state,
                session,
                within=None,
                now=now,
                accepted=configuration.accepted,
                enabled=configuration.enabled,
            )
            verification = _verified(status, state, configuration, session) if prove else None
        finally:
            # The session is theirs too.
            wait([permissions, controller])
    return Looked(
        name=f"{state.project}/{state.stack}",
        now=now,
        status=status,
        verification=verification,
        entries=tuple(inventory_of(state, now)),
        signers=signers_of(state),
        permissions=permissions.result(),
        controller=controller.result(),
        versions=versions.result(),
        digest=_digest(stack_file(state.stack, source.config_file)),
    )


def _verified(status: Status, state: StackState, configuration: Configuration, session: Session) -> Verification:
    """Prove the listeners as they were just looked at, and look at none again."""
    verifier = Verifier(state, configuration, session.passphrase_of, now=status.now)
    return Verification(
        project=state.project,
        stack=state.stack,
        now=status.now,
        listeners=tuple(map(verifier.verified, status.listeners)),
        entries=configuration.accepted,
    )


def _permissions(session: Session, kubeconfig: str | None) -> Iterator[Line]:
    yield from tried("permissions", lambda: examine_permissions(session.kube_access(kubeconfig)))


def _controller(session: Session, kubeconfig: str | None) -> Iterator[Line]:
    yield from tried("controller", lambda: examine_controller(session.kube(kubeconfig)))


def _versions() -> Iterator[tuple[str, str]]:
    yield "alb-mtls", VERSION
    try:
        yield "Pulumi CLI", cli_version()
    except OpsError as error:
        yield "Pulumi CLI", f"not known: {error}"
    for package, name in _PACKAGES.items():
        try:
            yield name, version(package)
        except PackageNotFoundError:
            yield name, "not installed"
    yield "Python", platform.python_version()
    yield "TLS library of Python", ssl.OPENSSL_VERSION


def _digest(file: Path) -> Digest:
    try:
        return Digest(file=str(file), sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    except OSError:
        return Digest(file=str(file), sha256=None)
