"""What a provider shows goes through the engine's log, and to its own output where there is no engine."""

from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from components.providers import engine_log
from components.providers.base import Provider, show, user_facing_errors
from components.providers.differing import show_differing
from components.providers.engine_log import about, show_while_working
from components.providers.server import naming


class _Engine:
    def __init__(self, *, gone: bool = False) -> None:
        self.taken: list[tuple[str, str, bool]] = []
        self._gone = gone

    def Log(self, request: Any, *, timeout: float) -> None:  # noqa: N802 - its name in the engine
        assert timeout > 0
        if self._gone:
            raise grpc.RpcError
        self.taken.append((request.urn, request.message, request.ephemeral))


def _with(monkeypatch: pytest.MonkeyPatch, engine: _Engine | None) -> None:
    monkeypatch.setattr(engine_log, "_engine", lambda: engine)


def test_what_is_waited_for_stands_beside_its_resource_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _Engine()
    _with(monkeypatch, engine)
    with about("urn:switch"):
        show_while_working("5 of 20 s: waiting\x1b[31m for the ALB")
    assert engine.taken == [("urn:switch", "5 of 20 s: waiting [31m for the ALB", True)]


def test_a_sentence_of_several_lines_is_one_message_of_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = _Engine()
    _with(monkeypatch, engine)
    with about("urn:switch"):
        show("listener was changed", "  by somebody")
    assert engine.taken == [("", "listener was changed\n  by somebody", False)]
    assert not capsys.readouterr().out


@pytest.mark.parametrize("engine", [None, _Engine(gone=True)], ids=["no engine", "engine gone"])
def test_without_an_engine_a_sentence_is_printed_and_a_wait_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: _Engine | None
) -> None:
    _with(monkeypatch, engine)
    show("a sentence")
    show_while_working("5 of 20 s: waiting for the ALB")
    assert capsys.readouterr().out == "a sentence\n"


def test_each_call_of_the_server_knows_its_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _Engine()
    _with(monkeypatch, engine)
    added: list[Any] = []
    grpc_module = SimpleNamespace(add_ResourceProviderServicer_to_server=lambda servicer, _: added.append(servicer))
    monkeypatch.setattr(naming, "provider_pb2_grpc", grpc_module)

    class Made(Provider):
        @user_facing_errors
        def create(self, _props: Any) -> Any:
            show_while_working("works")
            return "made"

    calls = dict.fromkeys(("Check", "Diff", "Read", "Update", "Delete"), lambda *_: None)
    naming.name_resources()
    servicer = SimpleNamespace(**calls, Create=lambda *_: Made().create({}))
    grpc_module.add_ResourceProviderServicer_to_server(servicer, None)
    assert added == [servicer]
    assert servicer.Create(SimpleNamespace(urn="urn:one"), None) == "made"
    show_while_working("after it")
    assert engine.taken == [("urn:one", "works", True), ("", "after it", True)]


@pytest.mark.parametrize(
    ("names", "changes", "replaces", "shown"),
    [
        (("enabled",), provider_pb2.DiffResponse.DIFF_SOME, [], ["enabled"]),
        ((), provider_pb2.DiffResponse.DIFF_SOME, [], []),
        (("enabled",), provider_pb2.DiffResponse.DIFF_NONE, [], []),
        # What is replaced, the engine shows.
        (("listener",), provider_pb2.DiffResponse.DIFF_SOME, ["listener"], []),
    ],
)
def test_a_diff_shows_the_properties_that_it_is_about(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], changes: Any, replaces: list[str], shown: list[str]
) -> None:
    grpc_module = SimpleNamespace(add_ResourceProviderServicer_to_server=lambda *_: None)
    monkeypatch.setattr(naming, "provider_pb2_grpc", grpc_module)

    def diff(_request: Any, _context: Any) -> Any:
        show_differing(names)
        return provider_pb2.DiffResponse(changes=changes, replaces=replaces)

    servicer = SimpleNamespace(**dict.fromkeys(("Check", "Create", "Read", "Update", "Delete")), Diff=diff)
    naming.name_resources()
    grpc_module.add_ResourceProviderServicer_to_server(servicer, None)
    answer = servicer.Diff(SimpleNamespace(urn="urn:one"), None)
    assert (answer.hasDetailedDiff, list(answer.detailedDiff)) == (bool(shown), shown)
    # Of the inputs before, the CLI would print "enabled: true => true" where a refresh has found false.
    assert not any(one.inputDiff for one in answer.detailedDiff.values())
