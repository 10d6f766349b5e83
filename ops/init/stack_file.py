"""The text of a new stack file: each choice with the reason for it, as the Pulumi CLI would write it itself. Pure.

The CLI writes the file again with `pulumi stack init` and `pulumi config set`: it keeps comments, moves those between
two keys to the level of the keys, and makes a text of a boolean. What stands here is what it leaves as it is.
"""

import textwrap
from collections.abc import Iterator, Mapping

from alb_mtls.cluster.owner_habits import page_of
from alb_mtls.configuration.accepted import PLACEHOLDER_REASON, acceptable_codes
from ops.init.draft import ChosenListener, Client, Draft, RootCa
from ops.init.yaml_text import comment, flow_list, scalar

CLIENT_LIFE = "90d"
RENEWED_BEFORE = "30d"
_WIDTH = 110
_MOST_ACCEPTED = 5
_INDENT = "  "


def text_of(draft: Draft) -> str:
    """Return the file."""
    sections = (
        _head(draft),
        _switch(draft),
        _cluster(draft),
        _cloud(draft),
        _listeners(draft),
        _bypasses(draft),
        _root_ca(draft),
        _clients(draft),
        _proof(draft),
    )
    return "".join(f"{line}\n" for section in sections for line in section)


def _head(draft: Draft) -> Iterator[str]:
    yield comment(
        f"Stack {draft.stack}, written by `python -m ops init` on {draft.written}: it holds no secret, commit it."
    )
    yield comment("Every key: docs/reference/configuration.md. Relative paths begin at the folder of Pulumi.yaml.")
    yield "config:"


def _switch(draft: Draft) -> Iterator[str]:
    yield from _explained(
        "false: up uploads the CA, makes the certificates and claims the listeners, and rejects no client. When every "
        "client has its certificate: pulumi config set enabled true, then pulumi preview names who would be rejected."
    )
    yield f'{_INDENT}{draft.project}:enabled: "false"'


def _cluster(draft: Draft) -> Iterator[str]:
    if draft.cluster_id is not None:
        yield from _explained(
            "The ACK cluster: its kubeconfig is fetched with pulumi-alicloud and kept in the state, encrypted."
        )
        yield f"{_INDENT}{draft.project}:clusterId: {scalar(draft.cluster_id)}"
        return
    if draft.kubeconfig is None:
        yield from _explained(
            "The cluster, by its context. The kubeconfig is that of KUBECONFIG, or ~/.kube/config; "
            "kubernetes:kubeconfig names another file."
        )
    else:
        yield from _explained("The cluster, by kubeconfig and context.")
        yield f"{_INDENT}kubernetes:kubeconfig: {scalar(draft.kubeconfig)}"
    yield f"{_INDENT}kubernetes:context: {scalar(draft.context or '')}"


def _cloud(draft: Draft) -> Iterator[str]:
    if draft.profile is not None:
        yield from _explained("The profile of `aliyun configure` that holds the credential.")
        yield f"{_INDENT}alicloud:profile: {scalar(draft.profile)}"
    if draft.region:
        yield from _explained(f"The region of the ALB: {draft.region_source}.")
        yield f"{_INDENT}alicloud:region: {scalar(draft.region)}"
    if draft.alb_endpoint is not None:
        yield from _explained("Where the ALB API answers, in the place of that of the region.")
        yield f"{_INDENT}{draft.project}:alb:"
        yield f"{_INDENT}  endpoint: {scalar(draft.alb_endpoint)}"
    yield from _explained(f"The site of CAS, which follows the account and not the region: {draft.cas_source}.")
    yield f"{_INDENT}{draft.project}:cas:"
    yield f"{_INDENT}  endpoint: {scalar(draft.cas_endpoint)}"


def _listeners(draft: Draft) -> Iterator[str]:
    yield from _explained(
        "The listeners that are to request client certificates. hosts: those that share the listener today, all of "
        "whose clients need a certificate; another host on it stops an up, until it is added here."
    )
    yield f"{_INDENT}{draft.project}:listeners:"
    for one in draft.listeners:
        yield from _listener(one)


def _listener(one: ChosenListener) -> Iterator[str]:
    yield f"{_INDENT}  - albConfig: {scalar(one.key.alb_config)}"
    inner = f"{_INDENT}    "
    yield f"{inner}port: {one.key.port}"
    if one.owner is not None:
        reason = f"{one.owner.text} has this AlbConfig: {page_of(one.owner)}"
        yield f"{inner}write: none {comment(reason)}"
    if one.take_over is not None:
        yield f"{inner}# takeOver: {scalar(one.take_over)} # to take the listener from whom it is now"
    if len(one.connect_to) == 1:
        yield f"{inner}connectTo: {scalar(one.connect_to[0])}"
    elif one.connect_to:
        yield f"{inner}connectTo: {flow_list(one.connect_to)}"
    if one.hosts:
        yield f"{inner}hosts:"
        yield from (f"{inner}  - {scalar(host)}" for host in one.hosts)


def _bypasses(draft: Draft) -> Iterator[str]:
    yield from _explained(
        "What a bypass does to an up with enabled: true, a way past the listener: fail stops it before anything is "
        "touched, warn lets it go on."
    )
    yield f"{_INDENT}{draft.project}:onBypass: {draft.on_bypass}"
    found = list(dict.fromkeys((one.code, one.subject) for one in draft.bypasses if one.code in acceptable_codes()))
    if not found:
        return
    yield from _explained(
        f"Bypasses found when this file was written: {len(found)}; close each. Or accept one until a day, with a "
        "reason, by taking the # of its lines away."
    )
    yield f"{_INDENT}# {draft.project}:accept:"
    for code, subject in found[:_MOST_ACCEPTED]:
        yield f"{_INDENT}#   - code: {code}"
        yield f"{_INDENT}#     subject: {scalar(subject)}"
        yield f'{_INDENT}#     until: "{draft.accepted_until}"'
        yield f"{_INDENT}#     reason: {scalar(PLACEHOLDER_REASON)}"


def _root_ca(draft: Draft) -> Iterator[str]:
    root: RootCa = draft.root_ca
    yield from _explained("The CA that signs the clients. protect: Pulumi does not delete it.")
    yield f"{_INDENT}{draft.project}:rootCa:"
    inner = f"{_INDENT}  "
    if root.certificate_file is not None:
        yield f"{inner}source: imported # its key stays in a file, and out of the state"
        yield f"{inner}certificateFile: {scalar(root.certificate_file)}"
        if root.key_file is not None:
            yield f"{inner}keyFile: {scalar(root.key_file)} # never committed; needed where up runs"
    else:
        yield f"{inner}source: generated # its key is kept in the state, encrypted; imported keeps it out of there"
        yield f"{inner}subject:"
        yield from _members(root.subject or {}, f"{inner}  ")
    yield f"{inner}protect: true"


def _members(values: Mapping[str, str], indent: str) -> Iterator[str]:
    yield from (f"{indent}{key}: {scalar(value)}" for key, value in values.items())


def _clients(draft: Draft) -> Iterator[str]:
    yield from _explained(
        f"Who gets a certificate, for {CLIENT_LIFE}: an up in the last {RENEWED_BEFORE} renews it. With csrFile the "
        "private key stays with the client; without, it is made here and kept in the state, encrypted."
    )
    if not draft.clients:
        yield comment("  - {name: device-7, csrFile: csr/device-7.pem, validity: 90d, renewBefore: 30d}", _INDENT)
        yield f"{_INDENT}{draft.project}:clients: []"
        return
    yield f"{_INDENT}{draft.project}:clients:"
    for one in draft.clients:
        yield from _client(one)


def _client(one: Client) -> Iterator[str]:
    inner = f"{_INDENT}    "
    yield f"{_INDENT}  - name: {scalar(one.name)}"
    if one.certificate_file is not None:
        yield f"{inner}certificateFile: {scalar(one.certificate_file)}"
        return
    if one.csr_file is not None:
        yield f"{inner}csrFile: {scalar(one.csr_file)}"
    yield f"{inner}validity: {CLIENT_LIFE}"
    yield f"{inner}renewBefore: {RENEWED_BEFORE}"


def _proof(draft: Draft) -> Iterator[str]:
    if draft.proof_host is None and draft.server_ca is None:
        return
    if draft.proof_host is not None:
        yield from _explained(
            "What an up probes the listeners with, before and after it changes them: a host of yours whose backend "
            "answers at path. serverCa: who signed the server certificate, where this machine does not trust it."
        )
    yield f"{_INDENT}{draft.project}:proof:"
    if draft.proof_host is not None:
        yield f"{_INDENT}  host: {scalar(draft.proof_host)}"
        yield f"{_INDENT}  path: /"
    if draft.server_ca is not None:
        yield f"{_INDENT}  serverCa: {scalar(draft.server_ca)}"


def _explained(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False):
        yield comment(line, _INDENT)
