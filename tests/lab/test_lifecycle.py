"""Labs begin and end: whatever was killed or in the way, nothing is left, and each failure has its own message."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from lab import lifecycle
from lab.paths import LabPaths
from lab.ports import DEFAULT_PORTS, LOOPBACK
from lab.process_records import ProcessRecord
from lab.settings import LabSettings, PortMode
from lab.status import read_status
from tests.helpers.clear_text import assert_nothing_in_the_clear_of_lab
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.own_lab import OwnLab

PROGRAMS = {"etcd", "kube-apiserver", "caddy-a", "caddy-b"}


@pytest.fixture
def own_lab(request: pytest.FixtureRequest) -> Iterator[OwnLab]:
    """A lab of the test's own; whatever happens it is gone afterwards."""
    own = OwnLab(f"own-{os.getpid()}-{abs(hash(request.node.name)) % 10_000}")
    yield own
    try:
        if own.paths.status.exists():
            assert_nothing_in_the_clear_of_lab(own.paths)
    finally:
        lifecycle.stop(own.paths)


def _alive(records: dict[str, ProcessRecord]) -> set[str]:
    return {name for name, record in records.items() if record.running()}


def _is_listening(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def _of_lab(name: str) -> list[str]:
    folder = str(LabPaths.of(name).folder)
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if f"--name={name}" in words or any(folder in word for word in words):
            found.append(" ".join(words[:3]))
    return found


def test_up_returns_when_the_listener_answers_and_cleans_up_after_a_killed_daemon_and_down_leaves_nothing(
    own_lab: OwnLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, printed = tmp_path / "temporary", tmp_path / "printed"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    assert own_lab.up().returncode == 0
    url = f"http://{read_status(own_lab.paths)['albconfigs']['alb']['listeners']['80/HTTP']['address']}/"
    answer = httpx.get(url, headers={"Host": "demo.alb.ingress.top"}, trust_env=False)
    assert answer.text.strip() == "old"
    first, listeners = own_lab.records(), own_lab.listeners()
    assert _alive(first) == {"daemon", *PROGRAMS}
    os.kill(first["daemon"].pid, signal.SIGKILL)
    wait_until(lambda: _alive(first) == PROGRAMS, "the programs have outlived their daemon")
    assert own_lab.run("status").returncode == 3
    again = own_lab.begin_up(printed)
    wait_until(lambda: own_lab.records().get("daemon") not in {None, first["daemon"]}, "the next daemon was started")
    assert _alive(first) == set()
    records = own_lab.wait_for_programs()
    down = own_lab.run("down")
    assert (down.returncode, down.stderr) == (0, "")
    assert again.wait(60) == 1
    assert f"lab '{own_lab.name}' was ended by another command while it started" in printed.read_text()
    assert "Traceback" not in printed.read_text()
    assert _alive(records) == set()
    assert _of_lab(own_lab.name) == []
    assert not own_lab.paths.folder.exists()
    assert not any(_is_listening(address) for address in listeners)
    # Killed, the daemon could not have removed a file of its own here.
    assert list(temporary.iterdir()) == []


def test_a_second_lab_shares_nothing_with_the_first_and_keeps_its_settings(own_lab: OwnLab, lab: LabHandle) -> None:
    settings = ("--controller", "open-source", "--refusal", "page")
    assert own_lab.up(*settings).returncode == 0
    assert not set(own_lab.listeners()) & set(OwnLab(lab.name).listeners())
    management = f"http://{read_status(own_lab.paths)['endpoints']['management']}"
    assert httpx.get(f"{management}/controller", trust_env=False).json()["mode"] == "open-source"
    assert httpx.get(f"{management}/behaviour", trust_env=False).json()["data_plane"]["refusal"] == "page"
    before = own_lab.records()
    assert own_lab.up(*settings).returncode == 0
    failed = own_lab.up()
    assert failed.returncode == 1
    assert "--controller open-source" in failed.stderr
    assert f"`python -m lab down --name {own_lab.name}` first, or take another --name" in failed.stderr
    assert own_lab.records() == before
    assert own_lab.run("down").returncode == 0
    assert lab.management.get("/controller").json()["mode"] == "managed"


@pytest.mark.parametrize("command", ["down", "status", "env", "procedure", "logs"])
def test_a_command_on_a_lab_that_does_not_run_exits_with_3(command: str, own_lab: OwnLab) -> None:
    answer = own_lab.run(command)
    assert answer.returncode == 3
    assert "is not running" in answer.stderr
    assert answer.stdout == ""


def test_a_taken_port_is_reported_with_its_holder(own_lab: OwnLab) -> None:
    port = DEFAULT_PORTS["cas"]
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with taken:
        try:
            taken.bind((LOOPBACK, port))
            taken.listen()
            holder = f"(pid {os.getpid()})"
        except OSError:
            holder = "(pid "  # a person's lab has the default ports
        failed = own_lab.run("up", "--ports", "default")
    assert failed.returncode == 1
    assert f"cas cannot start: port {port} on 127.0.0.1 is taken by" in failed.stderr
    assert holder in failed.stderr
    assert "--ports ephemeral" in failed.stderr


@pytest.fixture
def broken_etcd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An etcd of a good version that does not start."""
    script = tmp_path / "etcd"
    script.write_text("#!/bin/sh\ntest \"$1\" = --version && echo 'etcd Version: 3.6.8' && exit\necho boom\nexit 7\n")
    script.chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))


@pytest.mark.usefixtures("broken_etcd")
def test_a_program_that_dies_at_the_start_is_reported_and_its_log_stays_until_down(own_lab: OwnLab) -> None:
    failed = own_lab.up()
    assert failed.returncode == 1
    assert "etcd ended with exit code 7. Correct what its log reports, then start the lab again" in failed.stderr
    assert "boom" in failed.stderr
    assert "boom" in own_lab.run("logs", "etcd").stdout
    assert own_lab.run("status").returncode == 3
    assert own_lab.run("down").returncode == 0
    assert not own_lab.paths.folder.exists()


def test_an_up_joins_the_start_of_another_and_interrupted_it_leaves_the_lab_alone_until_programs_of_it_die(
    own_lab: OwnLab, tmp_path: Path
) -> None:
    printed = tmp_path / "printed"
    first = own_lab.begin_up()
    own_lab.wait_for_programs()
    joined = own_lab.begin_up(printed)
    wait_until(lambda: f"lab '{own_lab.name}': " in printed.read_text(), "the second has joined")
    joined.send_signal(signal.SIGINT)
    assert joined.wait(60) == 1
    assert "was not started by this command and is left as it is" in printed.read_text()
    first.kill()
    first.wait()
    assert own_lab.up().returncode == 0
    assert own_lab.run("status").returncode == 0
    for program in ("caddy-a", "etcd"):
        os.kill(own_lab.records()[program].pid, signal.SIGKILL)
    wait_until(lambda: "etcd" in own_lab.run("status").stderr, "status knows that etcd is dead")
    status = own_lab.run("status", "--json")
    assert status.returncode == 1
    for program in ("caddy-a", "etcd"):
        assert f"{program} was ended by SIGKILL" in status.stderr
        assert str(own_lab.paths.log(program)) in status.stderr
    assert json.loads(status.stdout)["pid"] == own_lab.records()["daemon"].pid
    failed = own_lab.up()
    assert failed.returncode == 1
    remedy = f"end it with `python -m lab down --name {own_lab.name}`, then start it again with `python -m lab up"
    for text in (status.stderr, failed.stderr):
        assert f"lab '{own_lab.name}' is broken: {remedy}" in text
        assert "etcd was ended by SIGKILL" in text
    assert own_lab.run("down").returncode == 0
    assert _of_lab(own_lab.name) == []


def test_what_a_killed_up_and_a_killed_daemon_left_is_cleaned_by_down(own_lab: OwnLab) -> None:
    first = own_lab.begin_up()
    left = own_lab.wait_for_programs()
    first.kill()
    first.wait()
    os.kill(left["daemon"].pid, signal.SIGKILL)
    assert own_lab.run("down").returncode == 0
    assert _alive(left) == set()
    assert not own_lab.paths.folder.exists()


def test_an_interrupted_up_leaves_nothing(own_lab: OwnLab) -> None:
    first = own_lab.begin_up()
    left = own_lab.wait_for_programs()
    first.send_signal(signal.SIGINT)
    assert first.wait(60) == 1
    assert _alive(left) == set()
    assert not own_lab.paths.folder.exists()


def test_a_daemon_that_never_reports_is_ended_with_a_message(own_lab: OwnLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "_APPEARS_SECONDS", 0.01)
    with pytest.raises(lifecycle.LabError, match=r"\(pid \d+\) did not report within 0\.01 s and was ended"):
        lifecycle.start(own_lab.paths, LabSettings(ports=PortMode.EPHEMERAL), lambda _: None)
    assert _of_lab(own_lab.name) == []


def test_everything_a_lab_listens_on_is_on_loopback(lab: LabHandle) -> None:
    daemon = psutil.Process(lab.status["pid"])
    family = [daemon, *daemon.children(recursive=True)]
    sockets = [each for process in family for each in process.net_connections("inet")]
    listening = {each.laddr for each in sockets if each.status == psutil.CONN_LISTEN}
    datagrams = {each.laddr for each in sockets if each.type is socket.SOCK_DGRAM and each.laddr}
    assert {address.ip for address in listening | datagrams} == {LOOPBACK}
    # etcd has two, kube-apiserver, proxy, CAS, ALB, management and six listeners one each; QUIC is in the datagrams.
    assert len(listening) >= 13
    assert datagrams


def test_a_folder_that_an_earlier_version_left_is_cleaned(own_lab: OwnLab) -> None:
    own_lab.paths.folder.mkdir(parents=True)
    (own_lab.paths.folder / "anything").write_text("")
    assert own_lab.run("down").returncode == 0
    assert not own_lab.paths.folder.exists()
