"""A client's certificate: issued here with a key or for a CSR, or brought ready made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import pulumi

from alb_mtls.certificate_resources import RolloverStep
from alb_mtls.configuration.model import ClientSettings, Settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.imports import import_turn
from alb_mtls.pki.inventory import BroughtCertificate, CertificateRequest, Issuer
from components.printing import stop_at, warn
from components.providers.issued_certificates import IssuedCertificates
from components.providers.resource import input_props
from components.root_ca import RootCa
from components.stack_access import StackAccess

if TYPE_CHECKING:
    from alb_mtls.listeners.snapshot import ListenerSnapshot


def issued_certificates(
    settings: Settings,
    root_cas: Sequence[RootCa],
    snapshots: "Sequence[pulumi.Output[ListenerSnapshot]]" = (),
    *,
    after: Sequence[pulumi.Resource] = (),
) -> IssuedCertificates:
    """Register the one resource that issues, renews and remembers the certificates of all clients.

    It is registered without clients too: what it issued before stays in its inventory until it ends.

    Args:
        settings: whose clients; of those that bring their certificate ready made it is remembered.
        root_cas: by generation; the last one signs them, and one that cannot sign has no such clients.
        snapshots: of the listeners; during a rollover it is said who is rejected.
        after: what must be in the state before.
    """
    clients, root_ca = settings.clients, root_cas[-1]
    pem, key, key_file = root_ca.certificate_pem, root_ca.private_key_pem, root_ca.key_file
    trusted = next(one for one in root_cas if one.generation == settings.generations.trusted)
    ours = trusted.certificate_pem if trusted.source == "generated" else None
    if pem is not None and ours is not None and any(one.certificate_pem for one in clients):
        # Whoever depends on what is issued, as the upload of the CA does, waits for this too.
        generated = [one for one in root_cas if one.source == "generated" and one.certificate_pem is not None]
        check = partial(_refuse_rejected, settings, [one.generation for one in generated])
        accepted = pulumi.Output.all(*(one.certificate_pem for one in generated)).apply(check, run_with_unknowns=True)
        pem = pulumi.Output.all(pem, accepted).apply(lambda both: both[0])
    can_sign = pem is not None and (key is not None or key_file is not None)
    issuer = input_props(
        Issuer,
        generation=root_ca.generation,
        certificate_pem=pem,
        key_file=key_file,
        sent_pem=root_ca.sent_pem,
    )
    return IssuedCertificates(
        "client-certificates",
        pulumi.ResourceOptions(depends_on=list(after)),
        issuers=(issuer,) if can_sign else (),
        issuer_private_keys=None if key is None else {str(root_ca.generation): key},
        clients=tuple(_request(client) for client in settings.everybody if client.certificate_pem is None),
        kept=tuple(dict.fromkeys(name for fleet in settings.fleets for name in fleet.kept)),
        rollover=_rollover(settings, snapshots),
        brought=tuple(_brought(client.name, client.certificate_pem) for client in clients if client.certificate_pem),
    )


def _rollover(
    settings: Settings, snapshots: "Sequence[pulumi.Output[ListenerSnapshot]]"
) -> dict[str, pulumi.Input[Any]] | None:
    if len(settings.root_cas) == 1 and not settings.generations.given_up:
        return None
    listed = [one.generation for one in settings.root_cas]
    bound = pulumi.Output.all(*snapshots).apply(
        lambda found: sorted({each for one in found for each in one.may_trust(listed, settings.write_of(one.key))})
    )
    # Absent where it is not so, as in states of before there was a choice.
    of_git = any(one.write == "none" for one in settings.listeners) or None
    trusted = settings.generations.trusted
    return input_props(RolloverStep, trusted=trusted, bound=bound, enabled=settings.enabled, of_git=of_git)


def _refuse_rejected(settings: Settings, generations: Sequence[int], pems: Sequence[object]) -> bool:
    """Refuse clients that bring a certificate which the generated root that listeners will trust did not sign.

    In a preview a root is not known while it is not made, and then nobody can bring a certificate of it.

    Raises:
        pulumi.RunError: names by key those that would be rejected.
    """
    with import_turn:
        from alb_mtls.configuration.brought_clients import rejected_with_generated

    known, now = dict(zip(generations, pems, strict=True)), datetime.now(UTC)
    problems = list(rejected_with_generated(settings.clients, settings.generations.trusted, known, now))
    if problems and settings.enabled:
        # Without a preview the root was made a moment ago.
        raise stop_at(SettingsError(problems, touched="neither CAS nor a listener was touched"))
    for problem in problems:
        warn(problem)
    return not problems


def _brought(name: str, pem: str) -> BroughtCertificate:
    with import_turn:
        from alb_mtls.pki.issuing import brought_certificate

    return brought_certificate(name, pem)


def _request(client: ClientSettings) -> CertificateRequest:
    return CertificateRequest(
        name=client.name,
        subject=client.subject,
        sans=client.sans,
        key=None if client.csr_pem else client.key,
        csr_pem=client.csr_pem,
        validity=client.validity,
        renew_before=client.renew_before,
        rotate_key=client.rotate_key,
    )


@dataclass(frozen=True, kw_only=True)
class ClientCertificateArgs:
    """Who the client is, and where its certificate comes from.

    Attributes:
        issued: has the certificate of a client that does not bring its own.
        root_ca: goes into a Kubernetes Secret too.
        access: how the cluster is reached for a Kubernetes Secret.
    """

    settings: ClientSettings
    issued: IssuedCertificates
    root_ca: RootCa
    access: StackAccess


class ClientCertificate(pulumi.ComponentResource):
    """One client that the listener accepts.

    Attributes:
        name: of the client, as configured.
        has_key: its key is made here, and in the state.
    """

    def _register(self, name: str, args: ClientCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the client."""
        super().__init__("alb-mtls:index:ClientCertificate", name, {}, opts)
        self._args, settings = args, args.settings
        self.name = settings.name
        self.has_key = settings.certificate_pem is None and settings.csr_pem is None
        if settings.certificate_pem is not None:
            self.register_outputs({"certificatePem": settings.certificate_pem})
        # Else none: the inventory has them, and registering them would write the whole state once more.
        if settings.kubernetes_secret is not None and self.private_key_pem is not None:
            # Imported only when needed: pulumi-kubernetes costs half a second and a plugin.
            with import_turn:
                from components.kubernetes_secret import kubernetes_secret

            kubernetes_secret(
                name,
                secret=settings.kubernetes_secret,
                chain_pem=self.chain_pem,
                private_key_pem=self.private_key_pem,
                ca_pem=args.root_ca.certificate_pem,
                kubeconfig=args.access.kubeconfig,
                parent=self,
            )

    # By this name the SDK would find it on the call stack, and note all of that in the state: four fifths of what a
    # client takes there (docs/facts/pulumi.md, The state is written after each step).
    __init__ = _register

    @property
    def issued(self) -> IssuedCertificates | None:
        """What has its certificate; None when it brings its own."""
        return None if self._args.settings.certificate_pem is not None else self._args.issued

    # Made when somebody uses them: of thousands of outputs the SDK looks through all that are open at the end of each.
    @cached_property
    def certificate_pem(self) -> pulumi.Output[str]:
        """The client's own certificate."""
        return self._output("certificatePem")

    @cached_property
    def chain_pem(self) -> pulumi.Output[str]:
        """The certificate and whatever a client must send with it, in that order."""
        return self._output("chainPem")

    @cached_property
    def private_key_pem(self) -> pulumi.Output[str] | None:
        """The key, as a secret; None when the client keeps its key."""
        keys = self._args.issued.privateKeys
        return pulumi.Output.secret(keys.apply(lambda held: (held or {}).get(self.name, ""))) if self.has_key else None

    @cached_property
    def fingerprint(self) -> pulumi.Output[str]:
        """SHA-256 of the DER, lower-case hex."""
        return self._output("fingerprint")

    @cached_property
    def not_after(self) -> pulumi.Output[str]:
        """End of the certificate, ISO 8601."""
        return self._output("notAfter")

    def _output(self, name: str) -> pulumi.Output[str]:
        if self.issued is None:
            return pulumi.Output.from_input(self.values({})[name])
        return self.issued.certificates.apply(lambda held: self.values(_in_force(held))[name])

    def values(self, in_force: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
        """Return its certificate and what that says, empty texts while there is none.

        Args:
            in_force: the certificates that are issued here, by client.
        """
        brought = self._args.settings.certificate_pem
        if brought is None:
            return defaultdict(str, in_force.get(self.name, {}))
        with import_turn:
            from alb_mtls.pki.issuing import describe

        described = describe(brought)
        end = {"fingerprint": described.fingerprint, "notAfter": described.not_after}
        return {"certificatePem": brought, "chainPem": brought, **end}


def shown_certificates(clients: Sequence[ClientCertificate]) -> pulumi.Input[list[dict[str, str]]]:
    """Return name, fingerprint and end of each client's certificate, in one look at the inventory."""

    def shown(held: Sequence[Mapping[str, Any]] | None) -> list[dict[str, str]]:
        in_force = _in_force(held)
        found = [(client.name, client.values(in_force)) for client in clients]
        return [{"name": name, "fingerprint": one["fingerprint"], "notAfter": one["notAfter"]} for name, one in found]

    issued = next((client.issued for client in clients if client.issued is not None), None)
    return shown(()) if issued is None else issued.certificates.apply(shown)


def _in_force(held: Sequence[Mapping[str, Any]] | None) -> dict[str, Mapping[str, Any]]:
    return {one["client"]: one for one in held or () if one["status"] == "issued"}
