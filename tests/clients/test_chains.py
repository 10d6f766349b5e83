"""Chains as clients are handed them, verified by programs that no one here wrote, and those that must be rejected."""

import functools
import os
import shutil
from collections.abc import Callable

import pytest

from tests.clients.handed_chains import chains
from tests.clients.verifiers import AT_HAND, OTHERS, Verifier

VERIFIERS = AT_HAND | OTHERS
Verdicts = Callable[[str], dict[str, str]]

each_verifier = pytest.mark.parametrize(
    "name", [*AT_HAND, *(pytest.param(name, marks=pytest.mark.other_tools) for name in OTHERS)]
)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """Return what a verifier finds of every chain, in one process for all of them."""
    folder = tmp_path_factory.mktemp("chains")
    for kind in chains():
        for name, chain in kind.items():
            chain.write(folder, name)

    @functools.cache
    def found(name: str) -> dict[str, str]:
        return _at_hand(name).verdicts(folder, [each for kind in chains() for each in kind])

    return found


def _at_hand(name: str) -> Verifier:
    verifier = VERIFIERS[name]
    if shutil.which(verifier.needs) is None:
        message = f"{name} needs {verifier.needs}, which is not on PATH"
        if os.environ.get("CI"):
            pytest.fail(f"{message}; CI=1 skips nothing")
        pytest.skip(message)
    return verifier


@each_verifier
def test_every_chain_that_a_client_is_handed_is_accepted(verdicts: Verdicts, name: str) -> None:
    handed_out, _ = chains()
    assert {chain: verdicts(name)[chain] for chain in handed_out} == dict.fromkeys(handed_out, "accepted")


@each_verifier
def test_a_chain_of_the_wrong_direction_end_or_purpose_is_rejected(verdicts: Verdicts, name: str) -> None:
    _, others = chains()
    assert {chain: verdicts(name)[chain] for chain in others} == dict.fromkeys(others, "rejected")
