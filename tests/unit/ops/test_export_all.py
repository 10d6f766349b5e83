"""The export of all clients: which files, and that a second run leaves them as they are."""

import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.pki.encoding import certificate_pem
from ops import cli
from ops.errors import OpsError
from ops.export import export_client
from ops.export_all import ExportedAll, Selection, export_all
from ops.state import StackState, parse_state
from tests.helpers import stack_state
from tests.helpers.certificates import ClientCredential, make_client, make_root
from tests.helpers.command_line import CliRunner

ROOT = make_root()
CLIENTS = {name: make_client(ROOT, name=name.rpartition("/")[2]) for name in ("alice", "devices/a", "devices/b", "w/x")}
NEWER = make_client(ROOT, name="a")


def state_of(*names: str, **others: ClientCredential) -> StackState:
    credentials = {**{name: CLIENTS[name] for name in names}, **{f"devices/{one}": of for one, of in others.items()}}
    clients = [stack_state.client(credential, name=name) for name, credential in credentials.items()]
    return parse_state(stack_state.exported(stack_state.root_ca(ROOT), *clients), "stack test")


@pytest.fixture
def state() -> StackState:
    return state_of(*CLIENTS)


def export(state: StackState, out: Path, **options: Any) -> ExportedAll:
    return export_all(state, out=out, selection=Selection(**{"fleet": None, "keys": False, "remove": False, **options}))


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_every_client_has_certificate_and_chain_a_fleet_one_folder_and_nobody_a_key(
    state: StackState, tmp_path: Path
) -> None:
    exported = export(state, tmp_path)
    expected = {
        "ca-1.crt",
        *(
            f"{name}.{kind}"
            for name in ("alice/alice", "devices/a", "devices/b", "w/x")
            for kind in ("crt", "chain.pem")
        ),
    }
    assert files_in(tmp_path) == {*expected, "export.json"}
    assert set(exported.written) == expected
    assert (exported.unchanged, exported.stale, exported.keys) == ((), (), 0)
    assert (tmp_path / "devices/a.crt").read_text() == certificate_pem(CLIENTS["devices/a"].certificate)
    assert "PRIVATE KEY" not in "".join((tmp_path / name).read_text() for name in files_in(tmp_path))


def test_of_two_exports_at_once_the_second_waits_so_that_all_files_of_both_are_noted(
    state: StackState, tmp_path: Path
) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with ThreadPoolExecutor(1) as pool:
        fcntl.flock(folder, fcntl.LOCK_EX)
        second = pool.submit(export, state, tmp_path, fleet="devices")
        try:
            with pytest.raises(TimeoutError):
                second.result(0.2)
            assert files_in(tmp_path) == set()
        finally:
            os.close(folder)
        assert second.result(10).written
    export(state, tmp_path, fleet="w")
    assert set(json.loads((tmp_path / "export.json").read_text())["files"]) == files_in(tmp_path) - {"export.json"}


def test_a_second_export_changes_no_octet_and_no_time(state: StackState, tmp_path: Path) -> None:
    export(state, tmp_path, keys=True)
    for path in tmp_path.rglob("*"):
        os.utime(path, ns=(1, 1))
    before = times(tmp_path)
    again = export(state, tmp_path, keys=True)
    assert (again.written, len(again.unchanged)) == ((), 13)
    assert times(tmp_path) == before


def test_only_what_changed_is_written_again(state: StackState, tmp_path: Path) -> None:
    export(state, tmp_path)
    (tmp_path / "alice" / "alice.crt").write_text("edited")
    changed = export(state_of("alice", "devices/b", "w/x", a=NEWER), tmp_path)
    assert set(changed.written) == {"alice/alice.crt", "devices/a.crt", "devices/a.chain.pem"}


def test_keys_are_written_on_request_for_their_owner_alone(state: StackState, tmp_path: Path) -> None:
    exported = export(state, tmp_path, keys=True)
    assert exported.keys == 4
    assert (tmp_path / "devices/a.key").stat().st_mode & 0o777 == 0o600
    assert any("keep the folder out of repositories" in line for line in exported.lines())
    assert not any("keep the folder out of repositories" in line for line in export(state, tmp_path / "p").lines())


def test_files_of_clients_that_left_are_named_and_stay_until_they_are_to_be_removed(
    state: StackState, tmp_path: Path
) -> None:
    export(state, tmp_path)
    (tmp_path / "devices" / "README.md").write_text("of somebody else")
    left = {"devices/b.crt", "devices/b.chain.pem", "w/x.crt", "w/x.chain.pem"}
    for _ in range(2):
        exported = export(state_of("alice", "devices/a"), tmp_path)
        assert (set(exported.stale), exported.removed) == (left, ())
    exported = export(state_of("alice", "devices/a"), tmp_path, remove=True)
    assert (exported.stale, set(exported.removed)) == ((), left)
    assert not (tmp_path / "w").exists()
    assert "devices/README.md" in files_in(tmp_path)
    assert export(state_of("alice", "devices/a"), tmp_path).stale == ()


def test_keys_of_an_earlier_export_are_stale_in_one_without(state: StackState, tmp_path: Path) -> None:
    export(state, tmp_path, keys=True)
    assert set(export(state, tmp_path).stale) == {"alice/alice.key", "devices/a.key", "devices/b.key", "w/x.key"}
    export(state, tmp_path, remove=True)
    assert not [name for name in files_in(tmp_path) if name.endswith(".key")]


def test_one_fleet_is_exported_by_itself_and_others_are_left_alone(state: StackState, tmp_path: Path) -> None:
    export(state, tmp_path)
    exported = export(state_of("devices/a", a=NEWER), tmp_path, fleet="devices", remove=True)
    assert set(exported.removed) == {"devices/b.crt", "devices/b.chain.pem"}
    assert {"alice/alice.crt", "w/x.crt"} <= files_in(tmp_path)
    with pytest.raises(OpsError, match=r"has no fleet 'nobody' with a client; its fleets are: devices, w"):
        export(state, tmp_path, fleet="nobody")


def test_a_folder_of_another_stack_or_with_another_file_in_its_place_is_left_as_it_is(
    state: StackState, tmp_path: Path
) -> None:
    (tmp_path / "export.json").write_text(json.dumps({"stack": "alb-mtls/prod", "files": []}))
    with pytest.raises(OpsError, match="holds an export of stack alb-mtls/prod, not of alb-mtls/test"):
        export(state, tmp_path)
    (tmp_path / "export.json").write_text("{}")
    with pytest.raises(OpsError, match="was not written by an export"):
        export(state, tmp_path)
    assert files_in(tmp_path) == {"export.json"}


def test_a_manifest_that_somebody_edited_removes_nothing_outside_its_folder(state: StackState, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other.crt"
    out.mkdir()
    other.write_text("of somebody else")
    files = ["../other.crt", str(other), "devices/../../other.crt", "devices/a\0b", "devices/\ud800", "devices//x"]
    (out / "export.json").write_text(json.dumps({"stack": "alb-mtls/test", "files": files}))
    assert export(state, out, remove=True).removed == ()
    assert other.exists()


@pytest.mark.parametrize("what", ["devices", "devices/a.crt"])
def test_no_symlink_is_followed(state: StackState, tmp_path: Path, what: str) -> None:
    out = tmp_path / "out"
    (out / what).parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (out / what).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OpsError, match="link"):
        export(state, out)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_one_client_of_a_fleet_is_exported_under_its_own_name(state: StackState, tmp_path: Path) -> None:
    exported = export_client(state, "devices/a", out=tmp_path, password_file=None, legacy=False)
    assert files_in(tmp_path) == {"a.crt", "a.chain.pem", "ca.crt", "a.key", "a.p12", "a.p12.password"}
    assert exported.receiver.steps[0].startswith("put a.chain.pem and a.key")


def test_a_client_that_is_not_there_is_answered_with_fleets_by_number(state: StackState, tmp_path: Path) -> None:
    with pytest.raises(OpsError, match=r"its clients are: alice, devices/\.\.\. \(2\), w/\.\.\. \(1\)"):
        export_client(state, "nobody", out=tmp_path, password_file=None, legacy=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--all"], 0),
        (["--fleet", "devices", "--json"], 0),
        (["--all", "alice"], 2),
        (["--all", "--legacy"], 2),
        (["alice", "--with-keys", "--out", "a"], 2),
        (["alice"], 2),
    ],
)
def test_what_is_for_one_client_and_what_is_for_all_is_not_mixed(
    state: StackState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "read_state", lambda _: state)
    assert CliRunner().invoke(cli.app, ["export", *arguments]).exit_code == code
    assert (tmp_path / "export" / "export.json").exists() is (code == 0)


def test_files_of_clients_that_left_are_a_finding(
    state: StackState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export(state, Path("export"))
    monkeypatch.setattr(cli, "read_state", lambda _: state_of("alice"))
    assert CliRunner().invoke(cli.app, ["export", "--all"]).exit_code == 1
    assert CliRunner().invoke(cli.app, ["export", "--all", "--remove"]).exit_code == 0
