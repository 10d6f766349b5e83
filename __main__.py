"""HTTPS mutual authentication for an ALB Ingress, in five steps from a root CA to a listener that enforces it."""

from functools import partial

import pulumi

from components.ack_kubeconfig import ack_kubeconfig
from components.albconfig_patch import AlbConfigPatch, AlbConfigPatchArgs
from components.client_certificate import ClientCertificate, ClientCertificateArgs, issued_certificates
from components.client_fleet import ClientFleet, ClientFleetArgs
from components.generations import anchor_of, root_cas_of
from components.outputs import outputs
from components.preflight.listeners import report_listeners
from components.preflight.report import report_early_ends
from components.preflight.rollover_plan import report_rollover_plan
from components.preflight.schedule import schedule_preflight
from components.settings import load_settings
from components.stack_access import StackAccess
from components.uploaded_ca import UploadedCa, UploadedCaArgs, repository_of

settings = load_settings()
kubeconfig = ack_kubeconfig(settings)
snapshots, found = schedule_preflight(settings, kubeconfig)  # outputs; stops or warns before anything is written
anchor = anchor_of(settings, found)  # below everything else; refuses others' listeners
access = StackAccess.of(settings, anchor, kubeconfig)

# 1. The root CA in each generation that is listed; the listeners will trust one of them.
root_cas = root_cas_of(settings, snapshots, access, after=[anchor])

# 2. A certificate for each client, signed by the newest, before any listener requests one.
issued = issued_certificates(settings, root_cas, snapshots, after=[anchor])
of_issuer = partial(ClientCertificateArgs, issued=issued, root_ca=root_cas[-1], access=access)
clients = [ClientCertificate(f"client-{c.name}", of_issuer(settings=c)) for c in settings.clients]
fleets = [ClientFleet(f"fleet-{f.name}", ClientFleetArgs(settings=f, issued=issued)) for f in settings.fleets]
report_early_ends(settings, root_cas[-1].not_after)
report_rollover_plan(settings, root_cas)

# 3. Each root CA in the Certificate Management Service (CAS), where a listener can refer to it.
repository = repository_of(access, root_cas=root_cas, after=[issued, *clients])
into_cas = partial(UploadedCaArgs, repository=repository, access=access)
uploads = [UploadedCa(f"uploaded-ca-{ca.generation}", into_cas(root_ca=ca)) for ca in root_cas]

# 4. Each listener: claimed, patched, proven, or put back. `enabled: false` only stops it from checking clients.
with_uploads = partial(AlbConfigPatchArgs, generations=settings.generations, uploads=uploads, access=access)
of_listener = partial(with_uploads, enabled=settings.enabled, proof=settings.proof)
patches = [
    AlbConfigPatch(one.key.resource_name, of_listener(listener=one, snapshot=snapshot))
    for one, snapshot in zip(settings.listeners, snapshots, strict=True)
]

# 5. What was proven; what to paste and to watch.
report_listeners(settings, snapshots, patches, anchor.deployment)
for name, value in outputs(settings, snapshots, clients, fleets, patches).items():
    pulumi.export(name, value)
