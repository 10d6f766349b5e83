"""Where a new stack file goes: whole or not at all, and never over what somebody else has written."""

import os
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.init.destination import Destination, destination, new_stack_file
from ops.stack import project_name

TEXT = 'config:\n  alb-mtls:enabled: "false"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack file that is not there yet."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "Pulumi.prod.yaml"


def _alone(file: Path) -> bool:
    return [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_new_file_is_written_and_nothing_beside_it(file: Path) -> None:
    destination(file).write(TEXT)
    assert (file.read_text("utf-8"), _alone(file)) == (TEXT, True)


@pytest.mark.parametrize("kept", [None, "encryptionsalt: v1:a\n"])
def test_what_somebody_wrote_meanwhile_stays(file: Path, kept: str | None) -> None:
    if kept is not None:
        file.write_text(kept, "utf-8")
    target = destination(file)
    file.write_text("config: {a:b: c}\n", "utf-8")
    with pytest.raises(OpsError, match="is there already"):
        target.write(TEXT)
    assert (file.read_text("utf-8"), _alone(file)) == ("config: {a:b: c}\n", True)


@pytest.mark.parametrize("is_there", [False, True])
def test_without_hard_links_it_is_written_too_and_never_over_another(
    file: Path, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    target = destination(file)
    if is_there:
        file.write_text("config: {a:b: c}\n", "utf-8")
        with pytest.raises(OpsError, match="is there already"):
            target.write(TEXT)
    else:
        target.write(TEXT)
    assert (file.read_text("utf-8") == TEXT, _alone(file)) == (not is_there, True)


@pytest.mark.parametrize(
    "before",
    [
        "config:\n  alb-mtls:enabled: true\n",
        "config: [",
        "- a list\n",
        "a text",
        "\x00",
    ],
)
def test_a_file_that_holds_anything_else_than_a_salt_is_left_alone(file: Path, before: str) -> None:
    file.write_text(before, "utf-8")
    with pytest.raises(OpsError, match="is there already"):
        destination(file)
    assert file.read_text("utf-8") == before


@pytest.mark.parametrize("before", ["", "# mine\n", "config:\n", "secretsprovider: awskms://alias\nencryptedkey: a=\n"])
def test_what_is_no_configuration_is_kept(file: Path, before: str) -> None:
    file.write_text(before, "utf-8")
    target = destination(file)
    target.write(TEXT)
    assert file.read_text("utf-8") == f"{before.removeprefix('config:')}{TEXT}".lstrip("\n")
    assert target.is_initialized == ("secretsprovider" in before)


def test_a_symbolic_link_is_not_followed(file: Path) -> None:
    other = file.with_name("other")
    other.touch()
    file.symlink_to(other)
    with pytest.raises(OpsError, match="is there already"):
        destination(file)
    assert other.read_text("utf-8") == ""


def test_a_disk_that_fails_leaves_nothing(file: Path) -> None:
    with pytest.raises(OpsError, match="cannot write"):
        Destination(path=file / "no-folder", kept=None).write(TEXT)
    assert not file.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "there is no Pulumi.yaml here"), ("runtime: python\n", "has no name"), ("name: [", "cannot be read")],
)
def test_a_folder_that_is_no_project_is_named_as_such(file: Path, content: str | None, said: str) -> None:
    if content is not None:
        (file.parent / "Pulumi.yaml").write_text(content, "utf-8")
    with pytest.raises(OpsError, match=said):
        project_name()


def test_a_file_is_named_after_the_last_part_of_a_stack_or_as_somebody_says() -> None:
    assert new_stack_file("acme/shop/prod", None) == Path("Pulumi.prod.yaml")
    assert new_stack_file("prod", Path("x.yaml")) == Path("x.yaml")


def test_neither_a_pipe_nor_a_device_is_read_or_replaced(file: Path) -> None:
    os.mkfifo(file)
    for path in (file, Path("/dev/null")):
        with pytest.raises(OpsError, match=r"is there already|is no folder that you may write to"):
            destination(path)
    assert file.is_fifo()


@pytest.mark.parametrize("writable", [False, True])
def test_a_folder_that_nothing_can_be_written_to_is_named_before_any_question(
    file: Path, monkeypatch: pytest.MonkeyPatch, *, writable: bool
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: writable)
    missing = file.parent / "missing" / "prod.yaml"
    for path in [missing] if writable else [missing, file]:
        with pytest.raises(OpsError, match=f"cannot write {path}: {path.parent} is no folder that you may write to"):
            destination(path)
    if writable:
        assert destination(file).kept is None
