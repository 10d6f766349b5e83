"""A diff that the program's look serves: it reads nothing where all is well, and reads itself where it is not."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.program_look import CasLook, ProgramLook, judged_part
from alb_mtls.pki.encoding import certificate_pem
from components.providers import process
from components.providers.cas_certificate import CasCertificateProvider
from components.providers.cas_repository import CasRepositoryProvider
from components.providers.deployment import DeploymentProvider
from components.providers.issued_certificates import IssuedCertificatesProvider
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.albconfigs import LISTENER
from tests.helpers.certificates import make_root
from tests.helpers.loaded import loaded
from tests.helpers.provider_world import (
    Deployed,
    World,
    claim_inputs,
    repository_inputs,
    switch_inputs,
    uploaded_inputs,
)

PEM = certificate_pem(make_root().certificate)
Props = dict[str, Any]


def _look(world: World) -> ProgramLook:
    key, cas = LISTENER, world.cas
    repositories = [
        (one.name, {each.identifier: each.serial for each in cas.certificates_in(one)}) for one in cas.repositories()
    ]
    return ProgramLook(
        began=time(),
        kube_system_uid=world.cluster.kube_system_uid(),
        albconfigs={"alb": judged_part(world.cluster.albconfig("alb"))},
        listeners={key.output_key: world.alb.listener("alb", port=key.port, protocol=key.protocol)},
        cas=CasLook(
            endpoint=uploaded_inputs(PEM)["endpoint"],
            repositories=tuple(repositories),
            certificates={one: pem for one, (_, pem) in cas.certificates.items()},
        ),
    )


def _stack(**changes: Any) -> dict[str, tuple[Any, str, Props, Props]]:
    """Return provider, id, outputs and new inputs of each resource of a stack that is up."""
    repository, uploaded = repository_inputs(PEM), uploaded_inputs(PEM)
    held = dict(CasCertificateProvider().create(uploaded).outs or {})
    deployed = Deployed.up(caIdentifier=held["caIdentifier"], **changes)
    bound = {"caIdentifier": held["caIdentifier"], **changes}
    # How a listener is proven, and whether it is on, the claim is not given.
    of_both = {name: value for name, value in changes.items() if name in {"write", "identityHeaders"}}
    claim = claim_inputs(caIdentifiers=[held["caIdentifier"]], **of_both)
    return {
        "repository": (CasRepositoryProvider(), "ours", repository, repository),
        "certificate": (CasCertificateProvider(), held["caIdentifier"], held, uploaded),
        "claim": (ListenerClaimProvider(), "claim", deployed.claim, claim),
        "switch": (ListenerSwitchProvider(), "switch", deployed.switch, switch_inputs(deployed.claim, **bound)),
    }


@contextmanager
def _looked(look: ProgramLook | None, session: Callable[[], Any]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "look", lambda: look)
        patch.setattr(process, "session", session)
        yield


def _nobody() -> None:
    message = "something is read"
    raise AssertionError(message)


def _changes(of: tuple[Any, str, Props, Props]) -> bool:
    provider, id_, olds, news = of
    return bool(provider.diff(id_, olds, news).changes)


RESOURCES = ("repository", "certificate", "claim", "switch")


@pytest.mark.parametrize("changes", [{}, {"enabled": False}, {"mode": "off"}], ids=["on", "off", "not proven"])
def test_where_all_is_as_it_was_nothing_is_read(world: World, changes: Props) -> None:
    stack = _stack(**changes)
    with _looked(_look(world), _nobody):
        assert not any(_changes(stack[name]) for name in RESOURCES)


def test_a_listener_that_git_has_as_it_is_to_be_is_not_read_either(world: World) -> None:
    first = _stack(write="none")
    [bound] = world.cas.certificates
    world.cluster.recreate(caEnabled=True, caCertificates=[{"CertificateId": bound}])
    deployed = Deployed.up(caIdentifier=bound, write="none")
    of_switch = switch_inputs(deployed.claim, caIdentifier=bound, write="none")
    switch = (ListenerSwitchProvider(), "switch", deployed.switch, of_switch)
    with _looked(_look(world), _nobody):
        assert not _changes(switch)
        assert not _changes(first["certificate"])


@pytest.mark.parametrize("further", [{}, {"idleTimeout": 60}], ids=["nothing else", "a field of somebody else"])
def test_while_git_is_awaited_the_whole_listener_is_compared_with_what_is_to_be_committed(
    world: World, capsys: pytest.CaptureFixture[str], further: Props
) -> None:
    assert world.cluster.item is not None
    # Nothing but what a look has of it: its server certificate comes from an Ingress, and stands in the status.
    del _element(world)["certificates"]
    of_ingress = {"portAndProtocol": "443/HTTPS", "certificates": [{"certificateId": "of-an-ingress"}]}
    world.cluster.item["status"]["loadBalancer"]["listeners"] = [of_ingress]
    switch = _stack(write="none")["switch"]
    _element(world).update(further)
    capsys.readouterr()
    with _looked(_look(world), world.session):
        assert _changes(switch) is bool(further)
    assert ("what is to be committed to Git is another text" in capsys.readouterr().out) is bool(further)


@pytest.mark.parametrize("name", RESOURCES)
def test_without_a_look_and_with_an_empty_one_each_reads_itself(world: World, name: str) -> None:
    stack = _stack()
    for look in (None, ProgramLook()):
        with _looked(look, _nobody), pytest.raises(OperationFailed, match="something is read"):
            _changes(stack[name])
        with _looked(look, world.session):
            assert not _changes(stack[name])


def _element(world: World) -> Props:
    assert world.cluster.item is not None
    element: Props = world.cluster.item["spec"]["listeners"][0]
    return element


def _edit(world: World) -> None:
    _element(world)["caEnabled"] = False


def _lose_claim(world: World) -> None:
    world.cluster.lose_claim()


def _recreate(world: World) -> None:
    world.cluster.recreate()


def _differ_at_the_alb(world: World) -> None:
    world.alb.hides_headers = True


def _lose_ca(world: World) -> None:
    world.cas.certificates.clear()


def _copy_ca(world: World) -> None:
    world.cas.add(PEM, world.cas.ensure_repository("ours"))


def _twin(world: World) -> None:
    world.cas.add_repository("ours")


@pytest.mark.parametrize(
    ("happens", "name", "said"),
    [
        (_edit, "switch", "caEnabled was true and is false"),
        (_lose_claim, "switch", "lost the claim of this stack"),
        (_recreate, "claim", "was deleted and created again"),
        (_differ_at_the_alb, "switch", "but not on the ALB"),
        (_lose_ca, "certificate", "is gone from CAS"),
        (_copy_ca, "certificate", "unused; that copy is deleted"),
        (_twin, "repository", "2 repositories named ours"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_where_something_differs_it_is_read_again_and_reported_as_without_a_look(
    world: World, capsys: pytest.CaptureFixture[str], happens: Callable[[World], None], name: str, said: str
) -> None:
    stack = _stack(identityHeaders={"subjectDn": "x-subject"})
    happens(world)
    for look in (None, _look(world)):
        capsys.readouterr()
        with _looked(look, world.session):
            assert _changes(stack[name])
        assert said in capsys.readouterr().out


def test_what_has_been_put_right_since_the_look_is_not_repaired_once_more(world: World) -> None:
    stack = _stack()
    _element(world)["caEnabled"] = False
    look = _look(world)
    _element(world)["caEnabled"] = True
    with _looked(look, world.session):
        assert not _changes(stack["switch"])


def _checked(**inputs: Any) -> Props:
    return dict(DeploymentProvider().check({}, {"owner": "alb-mtls/test", "found": [], **inputs}).inputs)


def test_the_anchor_keeps_the_look_for_this_run_and_hands_it_to_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process._current, "_look", None)  # noqa: SLF001 - of this very process
    look = ProgramLook(kube_system_uid="uid", began=time())
    assert "look" not in _checked(look=look.to_text())
    assert process.look() == look
    _checked()
    assert process.look() is None


@pytest.mark.parametrize(("seconds", "counts"), [(9.0, True), (11.0, False), (-1.0, False)])
def test_a_look_counts_for_ten_seconds_from_its_first_read(
    seconds: float, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process._current, "_look", None)  # noqa: SLF001 - of this very process
    look = ProgramLook(kube_system_uid="uid", began=1_000.0)
    _checked(look=look.to_text())
    monkeypatch.setattr("components.providers.process.time", lambda: 1_000.0 + seconds)
    assert process.look() == (look if counts else None)


def test_a_run_that_changes_something_looks_itself_from_then_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process._current, "_look", None)  # noqa: SLF001 - of this very process
    stack = _stack()
    _checked(look=_look(world).to_text())
    for name in RESOURCES:
        assert not _changes(stack[name])
        assert process.look() is not None
    provider, id_, olds, news = stack["certificate"]
    provider.update(id_, olds, news)
    assert process.look() is None


def test_a_run_that_only_issues_certificates_keeps_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process._current, "_look", None)  # noqa: SLF001 - of this very process
    look = ProgramLook(kube_system_uid="uid", began=time())
    _checked(look=look.to_text())
    IssuedCertificatesProvider().create({"issuers": [], "clients": []})
    assert process.look() == look


def test_such_a_diff_loads_no_sdk_and_no_cryptography(world: World, tmp_path: Path) -> None:
    stack = _stack()
    calls = [(type(provider).__module__, type(provider).__name__, *of) for provider, *of in stack.values()]
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"calls": calls, "look": _look(world).to_text()}))
    assert loaded(_DIFFS.format(given=str(given), looks=True)) == set()


def test_one_that_reads_loads_them(world: World, tmp_path: Path) -> None:
    stack = _stack()
    calls = [(type(provider).__module__, type(provider).__name__, *of) for provider, *of in stack.values()]
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"calls": calls, "look": _look(world).to_text()}))
    assert {"tenacity", "urllib3"} <= loaded(_DIFFS.format(given=str(given), looks=False))


_DIFFS = """
import importlib, os
from components.providers import process
given = json.load(open({given!r}))
os.environ["KUBECONFIG"] = os.devnull
process.configure(lambda _: None)
if {looks}:
    process.know_look(given["look"])
for module, name, *of in given["calls"]:
    found = getattr(importlib.import_module(module), name)().diff(*of)
    assert not {looks} or not found.changes, name
"""
