"""A session: its credential, found once for all its clients, and the clients, each built once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from alb_mtls.aliyun import credentials
from alb_mtls.aliyun.errors import NoCredential
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.imports import import_turn
from alb_mtls.session import Session


def _session(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[Session, list[Any]]:
    left = list(answers)

    def credential(_get: Any) -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(credentials, "credential", credential)
    return Session(lambda _: None), left


def test_a_credential_is_found_once_for_all_clients_and_for_calls_that_are_made_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, left = _session(monkeypatch, "first", "second")
    session.cas("china")
    session.alb(None, "cn-hangzhou")
    session.tried_once().cas("china")
    assert (session.credential(), left) == ("first", ["second"])


def test_one_that_was_not_found_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = _session(monkeypatch, NoCredential("none", api="GetCredential", target="it"), "later")
    with pytest.raises(NoCredential):
        session.credential()
    assert session.credential() == "later"


@contextmanager
def _importing() -> Iterator[None]:
    """Have another thread import meanwhile."""
    begun, done = Event(), Event()

    def load() -> None:
        with import_turn:
            begun.set()
            done.wait()

    thread = Thread(target=load)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_client_that_is_there_is_returned_while_another_thread_imports() -> None:
    session = Session(lambda _: None)
    there, again = session.kube(None), list[object]()
    with _importing():
        late = Thread(target=lambda: again.append(session.kube(None)), daemon=True)
        late.start()
        late.join(10)
        assert again == [there]


def test_one_that_is_built_only_then_waits_for_its_turn() -> None:
    session, built = Session(lambda _: None), list[object]()
    late = Thread(target=lambda: built.append(session.kube(None)))
    with _importing():
        late.start()
        late.join(0.2)
        assert built == []
    late.join(10)
    assert built == [session.kube(None)]


def test_closing_closes_the_clients_of_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = _session(monkeypatch, "first")
    closed: list[object] = []

    def close(self: KubeClient) -> None:
        closed.append(self)

    monkeypatch.setattr(KubeClient, "close", close)
    session.cas("china")
    clients = [session.kube(None), session.kube("another")]
    session.close()
    assert closed == clients
