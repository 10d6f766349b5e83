"""What in CAS is ours: a repository of this deployment's name, and what nobody but this state can have made."""

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.output import Unknown

from alb_mtls.aliyun.cas_models import Repository
from alb_mtls.listeners.owned_in_cas import gone_from_cas, is_still_owned, sweep, unknown_repositories
from alb_mtls.listeners.repository_names import is_own_name
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.properties import from_props
from alb_mtls.resources import CasCertificateInputs, CasCertificateOutputs, CasRepositoryInputs
from components.providers import process
from components.providers.cas_certificate import CasCertificateProvider
from components.providers.cas_repository import CasRepositoryProvider
from tests.fakes.cas import Cas
from tests.helpers.certificates import make_root
from tests.helpers.provider_world import repository_inputs, uploaded_inputs

PEM = certificate_pem(make_root().certificate)


def checked(olds: dict[str, Any], **changes: Any) -> str:
    return str(CasRepositoryProvider().check(olds, repository_inputs(PEM, **changes)).inputs["name"])


def test_the_name_of_our_own_repository_is_that_of_the_deployment_and_stays_it() -> None:
    name = checked({})
    assert is_own_name(name, "ours")
    # For a replacement the engine checks once more, without the old inputs.
    assert checked({}) == name
    assert checked({}, deployment="deployment-2") != name
    assert checked({"name": name, "owned": True}, name="renamed") == name


def test_before_the_deployment_has_an_id_and_for_a_name_of_the_users_nothing_is_added() -> None:
    unknown = Unknown()  # type: ignore[no-untyped-call] # the SDK has no types here
    assert checked({}, deployment=unknown) == "ours"
    assert checked({}, owned=False) == "ours"


@pytest.mark.parametrize("in_this_process", [True, False])
def test_only_the_process_that_puts_a_repository_into_the_state_makes_it_without_a_long_look(
    monkeypatch: pytest.MonkeyPatch, *, in_this_process: bool
) -> None:
    found_new: list[bool] = []

    class Watched(Cas):
        def ensure_repository(self, name: str, *, is_new: bool = False) -> Repository:
            found_new.append(is_new)
            return super().ensure_repository(name)

    cas, name = Watched(), f"ours-{in_this_process}"
    monkeypatch.setattr(process, "session", lambda: SimpleNamespace(cas=lambda _: cas))
    if in_this_process:
        CasRepositoryProvider().create(repository_inputs(PEM, name=name))
    CasCertificateProvider().create(uploaded_inputs(PEM, repositoryName=name))
    assert found_new == [in_this_process]


def swept(cas: Any, name: str) -> list[str]:
    """Sweep, and return what was deleted."""
    deleted: list[str] = []

    def delete(identifier: str) -> bool:
        deleted.append(identifier)
        cas.delete_certificate(identifier)
        return True

    inputs = from_props(CasRepositoryInputs, repository_inputs(PEM, name=name))
    sweep(cas, inputs, delete=delete, show=lambda _: None)
    return deleted


def test_a_repository_that_is_listed_late_is_found_by_the_destroy_that_would_forget_its_name() -> None:
    cas = Cas()
    repository = cas.add_repository("ours-0a1b2c3d")
    held = cas.add(PEM, repository)
    looks = SimpleNamespace(left=2)

    class Late(Cas):
        def look_for_repository(self, name: str) -> Repository | None:
            looks.left = 0
            return super().look_for_repository(name)

        def repositories(self, name: str | None = None) -> list[Repository]:
            return [] if looks.left else super().repositories(name)

    late = Late(repositories_by_number=cas.repositories_by_number, certificates=cas.certificates)
    assert swept(late, "ours-0a1b2c3d") == [held]
    assert cas.repositories_by_number == {}


def test_a_repository_that_was_never_made_needs_no_sweep() -> None:
    assert swept(Cas(), "ours-0a1b2c3d") == []


def test_repositories_that_this_state_does_not_know_are_listed_with_what_lies_in_them() -> None:
    cas: Any = Cas()
    known, lost, empty = (cas.add_repository(f"ours-{number:08x}") for number in range(3))
    cas.add(PEM, known)
    left = cas.add(PEM, lost)
    for name in ("ours", "ours-1-00000001", "others-00000001", "team"):
        cas.add_repository(name)
    assert unknown_repositories(cas, stems=["ours"], known=known.name) == {lost: [left], empty: []}
    assert len(unknown_repositories(cas, stems=["ours"], known=None)) == 3
    assert unknown_repositories(cas, stems=[], known=known.name) == {}


@pytest.mark.parametrize(("there", "gone"), [(["a", "b"], []), (["a"], ["b"]), ([], ["a", "b"])])
def test_cas_says_which_cas_it_no_longer_has(there: list[str], gone: list[str]) -> None:
    cas: Any = Cas(certificates=dict.fromkeys(there, (0, PEM)))
    assert list(gone_from_cas(cas, ["a", "b"])) == gone


@pytest.mark.parametrize(
    ("changes", "lies_in", "ours"),
    [
        ({"generated": True, "repositoryOwned": False}, "theirs", True),
        ({"generated": False, "repositoryOwned": True}, "ours", True),
        ({"generated": False, "repositoryOwned": True}, "theirs", False),
        ({"generated": False, "repositoryOwned": False}, "ours", False),
    ],
)
def test_a_ca_is_still_ours_when_it_was_made_here_or_lies_in_a_repository_that_is_ours(
    changes: dict[str, Any], lies_in: str, *, ours: bool
) -> None:
    inputs = from_props(CasCertificateInputs, uploaded_inputs(PEM, **changes))
    held = CasCertificateOutputs(**vars(inputs), ca_identifier="ca-1", owned=True, fingerprint="f")
    cas: Any = Cas.of("ca-1", PEM, repository=lies_in)
    assert is_still_owned(cas, held, inputs) is ours
