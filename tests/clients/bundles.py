"""What each kind of client holds, in files as `python -m ops export` lays them out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from alb_mtls.handshake.probe_clients import probe_clients_of
from alb_mtls.pki.keys import PrivateKey
from alb_mtls.pki.subject import Subject
from ops.export import export_client
from ops.state import parse_state
from tests.helpers import stack_state
from tests.helpers.certificates import ClientCredential, make_client, make_root

NAME = "alice"
VALID, NONE = "valid", "none"
REFUSED = (NONE, "another CA", "another CA with our DN", "expired", "not yet valid", "wrong EKU")
"""Kinds of clients that no listener may accept; only `none` has no files."""

_OTHER_CA = Subject(country="SG", organization="elsewhere", common_name="another root")


def write_bundles(folder: Path, root: ClientCredential) -> dict[str, Path]:
    """Write the bundle of each kind that has one."""
    now = datetime.now(UTC)
    probes = probe_clients_of(root.certificate, root.key, now, life=timedelta(days=1))
    assert probes.expired
    assert probes.not_yet_valid
    assert probes.wrong_eku
    elsewhere, twin = make_root(subject=_OTHER_CA, now=now), make_root(now=now)
    ours, others, forged = (make_client(ca, now=now) for ca in (root, elsewhere, twin))
    return {
        VALID: _export(folder / "valid", root, [ours.certificate], ours.key),
        "another CA": _export(folder / "another", elsewhere, [others.certificate], others.key),
        "another CA with our DN": _export(folder / "another-same-dn", twin, [forged.certificate], forged.key),
        "expired": _export(folder / "expired", root, probes.expired.chain, probes.expired.key),
        "not yet valid": _export(folder / "not-yet-valid", root, probes.not_yet_valid.chain, probes.not_yet_valid.key),
        "wrong EKU": _export(folder / "wrong-eku", root, probes.wrong_eku.chain, probes.wrong_eku.key),
    }


def _export(folder: Path, issuer: ClientCredential, chain: Iterable[x509.Certificate], key: PrivateKey) -> Path:
    """Write a bundle by the exporter itself, from a state that holds this client."""
    leaf, *others = chain
    state = stack_state.exported(
        stack_state.root_ca(issuer),
        stack_state.client(ClientCredential(certificate=leaf, key=key), name=NAME, chain=tuple(others)),
    )
    export_client(parse_state(state, "stack test"), NAME, out=folder, password_file=None, legacy=False)
    return folder / NAME
