"""A swap with imported and purchased generations of the root CA: what is shown, and what is named as not shown."""

from pathlib import Path
from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.proof import ONLY_REJECTIONS
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import ClientCredential, make_client
from tests.helpers.generations import CROSS, NEWER, OLDER, asked_with, following, trusting, trusts
from tests.helpers.handshakes import NOW
from tests.helpers.provider_world import Deployed, World

PURCHASED: dict[str, Any] = {"caCertificatePem": None, "caPrivateKeyPem": None, "abandoned": [1.0]}
NOT_SHOWN = "that clients of {}, which was bound before, are rejected was not shown: its key is not at hand"


def of_imported(number: int, *, key_file: Path | None) -> dict[str, Any]:
    """Return the inputs of a switch to one of two generations of which the other was imported."""
    inputs = trusts(number, keys=False)
    if key_file is not None:
        inputs["otherGenerations"][0]["keyFile"] = str(key_file)
    return inputs


def written(folder: Path, client: ClientCredential) -> dict[str, Any]:
    """Return a client as `proof.client`."""
    certificate, key = client.write(folder, "proof")
    return {"clientCertificateFile": str(certificate), "clientKeyFile": str(key)}


def test_the_key_file_of_an_imported_former_generation_is_used_while_it_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key_file = tmp_path / "older.key"
    for there in (True, False):
        listener = following(world, monkeypatch)
        deployed = Deployed.up(**trusts(1))
        listener.requests.clear()
        if there:
            key_file.write_text(private_key_pem(OLDER.key))
        switch = deployed.up_again(**of_imported(2, key_file=key_file)).switch
        assert switch["proven"]
        assert bool(asked_with(listener, OLDER, sent=1)) is there
        assert switch["proofNote"] == ("" if there else NOT_SHOWN.format("generation 1 (CA ca-first)"))
        key_file.unlink(missing_ok=True)
        deployed.destroy()


def test_an_imported_new_generation_without_its_key_is_proven_by_the_client_of_the_settings_without_its_cross(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = make_client(NEWER, now=NOW)
    files = written(tmp_path, ClientCredential(certificate=client.certificate, key=client.key, chain=(CROSS,)))
    listener = following(world, monkeypatch)
    deployed = Deployed.up(**trusts(1))
    listener.requests.clear()
    switch = deployed.up_again(**trusts(2, keys=False, caPrivateKeyPem=None, **files)).switch
    assert switch["proven"]
    alone = [one for one in listener.requests if one.credential and one.credential.chain == [client.certificate]]
    assert len(alone) > 50
    # With the cross certificate the former CA vouches for it too.
    late = following(world, monkeypatch, **{"ca-second": trusting(OLDER)})
    deployed = deployed.up_again(**trusts(1))
    with pytest.raises(OperationFailed, match="rejected a client with a valid certificate"):
        deployed.up_again(**trusts(2, keys=False, caPrivateKeyPem=None, **files))
    assert late.requests


def test_a_swap_to_a_purchased_ca_shows_that_the_former_generation_is_rejected(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for files, proven in ((written(tmp_path, make_client(NEWER, now=NOW)), True), ({}, False)):
        listener = following(world, monkeypatch)
        deployed = Deployed.up(**trusts(1, cross=False))
        listener.requests.clear()
        switch = deployed.up_again(**trusts(2, cross=False, **PURCHASED, **files)).switch
        assert (switch["proven"], switch["proofNote"]) == (proven, "" if proven else ONLY_REJECTIONS)
        assert asked_with(listener, OLDER, sent=1)
        deployed.destroy()


def test_a_listener_that_goes_on_to_trust_the_former_generation_beside_a_purchased_ca_is_put_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    following(world, monkeypatch, **{"ca-second": trusting(OLDER, NEWER)})
    deployed = Deployed.up(**trusts(1, cross=False))
    with pytest.raises(OperationFailed, match=r"of another generation of our CA .*was put back as it was$"):
        deployed.up_again(**trusts(2, cross=False, **PURCHASED))


def test_a_swap_from_a_purchased_ca_names_it_as_not_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    following(world, monkeypatch)
    deployed = Deployed.up(**trusts(1, **PURCHASED, otherGenerations=[]))
    switch = deployed.up_again(**trusts(2, otherGenerations=[])).switch
    assert switch["proven"]
    assert switch["proofNote"] == NOT_SHOWN.format("CA ca-first")
