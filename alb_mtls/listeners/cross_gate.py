"""Whether listeners take clients of a newer generation with their cross certificate, asked before any client changes.

How long a chain an ALB verifies is documented nowhere. So clients whose keys live in memory ask each listener that
trusts the older generation now, beside a client of that generation, which shows what the listener trusts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography import x509

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import fields_of, find_listener, load_balancer_id, meaning_of
from alb_mtls.cross_resources import AskedListener
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.baseline import PROBE_SECONDS, Baseline, Probe, baseline
from alb_mtls.handshake.checks import ProbeRoute
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.handshake.meanings import TAKES_NO_CROSS
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.plans import leading_routes
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import valid_client
from alb_mtls.listeners.desired import without_host
from alb_mtls.listeners.proof_clients import client_names
from alb_mtls.listeners.reached import Reached, proof_targets, seconds_to_answer
from alb_mtls.pki.ca_chain import between
from alb_mtls.pki.chain_verification import rejections_under
from alb_mtls.pki.cross import Authority
from alb_mtls.pki.errors import PkiError

# Machines behind one address are set alike; a few connections show one that is not reached, or lags.
_CONNECTIONS = 3
_RETRIES = 2
# The handshakes of all listeners, with the time that the slowest of them may take to answer.
_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Two generations of the root CA, and what is to tie them.

    Attributes:
        older: that listeners trust.
        newer: that clients are to be of; None where its key is not at hand.
        cross: the newer one's key, signed by the older one.
        older_above: what stands above the older one, up to its root; nothing where it is the root.
        newer_above: the same of the newer one. The cross certificate certifies the last of them.
        older_generation: number of the older one.
        newer_generation: number of the newer one.
    """

    older: Authority
    newer: Authority | None
    cross: x509.Certificate
    older_above: Sequence[x509.Certificate] = ()
    newer_above: Sequence[x509.Certificate] = ()
    older_generation: int
    newer_generation: int

    @property
    def tried(self) -> str:
        """What is tried, for messages."""
        return f"with clients of generation {self.newer_generation} and their cross certificate"


def refuse_if_cross_is_rejected(
    asked: Sequence[AskedListener], crossing: Crossing, *, kube: KubeClient, alb: AlbClient, send: Probe = probe
) -> list[str]:
    """Ask each listener that trusts the older generation now, at every address.

    Args:
        asked: listeners of the stack.
        crossing: the two generations.
        kube: has their AlbConfigs.
        alb: shows what the ALB does.
        send: sends one request.

    Returns:
        A sentence for each listener that was not asked, for people: why, and what asks it instead.

    Raises:
        OperationFailed: a listener rejects such a client, or could not be asked although its proof makes handshakes;
            names all of them, and what to do.
        PkiError: no server would accept the client that the program can make.
        ClusterError, CloudError: the cluster or the ALB API did not answer.
    """
    not_asked, failed = [], []
    for one in asked:
        question = _Question(one, crossing, send)
        try:
            sentence = question.put(kube, alb)
        except HandshakeError as error:
            failed.append(f"{one.listener.label} could not be tried {crossing.tried}: {error}")
        except OperationFailed as error:
            failed.append(str(error))
        else:
            not_asked += [] if sentence is None else [sentence]
    if failed:
        raise OperationFailed(". ".join(failed))
    return not_asked


class _Question:
    def __init__(self, asked: AskedListener, crossing: Crossing, send: Probe) -> None:
        self._label, self._proof, self._listener = asked.listener.label, asked.proof, asked.listener
        self._crossing, self._send = crossing, send

    def put(self, kube: KubeClient, alb: AlbClient) -> str | None:
        """Return why the listener was not asked; None when it was, and accepts."""
        if self._proof.mode != "required":
            return self._not_asked(f"proof.mode is {self._proof.mode}, so nothing connects to it")
        albconfig = kube.albconfig(self._listener.alb_config)
        stands = meaning_of(fields_of(find_listener(albconfig, self._listener).element))
        alb_id = load_balancer_id(albconfig)
        shown = alb.listener(alb_id, port=self._listener.port, protocol=self._listener.protocol)
        if not stands.enabled or shown is None or not shown.ca_enabled:
            return self._not_asked(
                "it requests no client certificate now; the `pulumi up` that makes it request one tries it"
            )
        if self._crossing.newer is None:
            return self._not_asked(f"the key of generation {self._crossing.newer_generation} is not at hand")
        if not self._proof.host:
            raise OperationFailed(without_host(self._label))
        reached = Reached(address=alb.load_balancer(alb_id).dns_name)
        before = baseline(
            proof_targets(self._proof, self._listener, reached),
            needs_backend=False,
            deadline_seconds=seconds_to_answer(self._proof),
            send=self._send,
        )
        return self._answer(before, *self._clients(self._crossing.newer))

    def _clients(self, newer: Authority) -> tuple[ClientCredential, ClientCredential]:
        """Make a client of each generation, the newer one with all that it is to send."""
        crossing, now, names = self._crossing, datetime.now(UTC), client_names(self._proof.probe_names)
        older = [crossing.older.certificate, *crossing.older_above]
        made = partial(valid_client, now=now, names=names, life=_LIFE)
        control = made(older[0], crossing.older.key, above=crossing.older_above)
        leaf = made(newer.certificate, newer.key, above=crossing.newer_above, vouches=older)
        chain = [*leaf.chain, crossing.cross, *between(older)]
        problems = rejections_under(chain[0], chain[1:], older, now)
        if problems:
            sentence = (
                f"a client of generation {crossing.newer_generation} with its cross certificate would be "
                f"rejected: {'; '.join(problems)}; add a client to the configuration whose names both CAs permit"
            )
            raise PkiError(sentence)
        return control, ClientCredential(chain=chain, key=leaf.key)

    def _answer(self, before: Baseline, control: ClientCredential, crossed: ClientCredential) -> str | None:
        leading = leading_routes(before.routes)
        routes = [route for route in before.routes if route in leading]
        controls = {route: [self._ask(route, control) for _ in range(_CONNECTIONS)] for route in routes}
        results = [result for several in controls.values() for result in several]
        if all(result.rejected for result in results):
            return self._not_asked(
                f"it accepts no client of generation {self._crossing.older_generation}, and so trusts another CA now"
            )
        for route, several in controls.items():
            for result in several:
                if not _is_accepted(result):
                    raise OperationFailed(self._unclear(route, self._crossing.older_generation, result))
                if not (result.requested or result.resumed):
                    return self._not_asked(f"{route.label} requests no client certificate")
        for route in routes:
            for _ in range(_CONNECTIONS):
                result = self._ask(route, crossed)
                if _is_rejected(result):
                    raise OperationFailed(self._refused(route, result))
                if not _is_accepted(result):
                    raise OperationFailed(self._unclear(route, self._crossing.newer_generation, result))
        return None

    def _ask(self, route: ProbeRoute, client: ClientCredential) -> Observation:
        result = self._once(route, client)
        for _ in range(_RETRIES):
            # A network cuts as some listeners reject.
            if result.verdict not in {Verdict.UNREACHABLE, Verdict.REJECTED_BY_RESET}:
                break
            result = self._once(route, client)
        return result

    def _once(self, route: ProbeRoute, client: ClientCredential) -> Observation:
        return self._send(
            route.target, credential=client, tls=route.tls, http=route.http, deadline_seconds=PROBE_SECONDS
        )

    def _not_asked(self, why: str) -> str:
        return f"{self._label} was not tried {self._crossing.tried}: {why}"

    def _refused(self, route: ProbeRoute, result: Observation) -> str:
        return (
            f"{self._label}: {route.label} rejected a client of generation {self._crossing.newer_generation} with its "
            f"cross certificate ({result.summary}){TAKES_NO_CROSS}"
        )

    def _unclear(self, route: ProbeRoute, generation: int, result: Observation) -> str:
        remedy = (
            "set proof.path to a path that answers HTTP 200"
            if result.is_bad_request
            else "check the network between this machine and the ALB, and run the command again"
        )
        return (
            f"{self._label} could not be tried {self._crossing.tried}: {route.label} answered a client of generation "
            f"{generation} so: {result.summary}; {remedy}, or set proof.mode: api to go on without that"
        )


def _is_accepted(result: Observation) -> bool:
    return result.accepted and not result.may_be_rejection


def _is_rejected(result: Observation) -> bool:
    return result.rejected or result.may_be_rejection
