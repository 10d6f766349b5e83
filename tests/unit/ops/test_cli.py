"""Exit codes (0 fine, 1 a finding, 2 could not tell or wrong use), and what goes to which stream."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from alb_mtls import redaction
from alb_mtls.pki.keys import private_key_pem
from ops import cli
from ops.configuration import Configuration, parse_configuration
from ops.doctor.diagnosis import Line, fine, note, problem, unknown
from ops.errors import OpsError
from ops.output import Output
from ops.state import StackState
from tests.helpers import stack_state
from tests.helpers.certificates import make_client, make_root
from tests.helpers.command_line import CliRunner
from tests.helpers.current import state_of

ROOT = make_root()
STATE = state_of(stack_state.client(make_client(ROOT)), root=ROOT)


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, list(arguments))


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack without listeners, read without a CLI."""

    def state(_source: object) -> StackState:
        return STATE

    def configuration(_source: object) -> Configuration:
        return parse_configuration({"alb-mtls:rootCa": {"value": "{}", "objectValue": {}}}, {})

    monkeypatch.setattr(cli, "read_state", state)
    monkeypatch.setattr(cli, "read_configuration", configuration)


def test_a_stack_with_nothing_to_find_ends_with_0() -> None:
    assert _run("status").exit_code == 0


def test_a_certificate_that_ends_soon_ends_with_1() -> None:
    done = _run("status", "--within", "4000d", "--json")
    assert done.exit_code == 1
    codes = {finding["code"] for finding in json.loads(done.stdout)["findings"]}
    assert codes == {"CA_EXPIRING", "CLIENT_EXPIRING"}


@pytest.mark.parametrize("arguments", [["status", "--within", "soon"], ["export", "nobody", "--out", "x"], ["export"]])
def test_wrong_use_ends_with_2_and_says_nothing_on_standard_output(arguments: list[str]) -> None:
    done = _run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr != ""


def test_a_stack_that_cannot_be_read_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: object) -> StackState:
        message = "the secrets of stack test cannot be decrypted"
        raise OpsError(message)

    monkeypatch.setattr(cli, "read_state", refuse)
    done = _run("status")
    assert (done.exit_code, done.stderr) == (2, "the secrets of stack test cannot be decrypted\n")


def test_a_mistake_of_a_command_itself_ends_with_2_in_one_line_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "as-secret-as-can-be"
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret)

    def crash(_source: object) -> StackState:
        message = f"signed with {secret}\nand then"
        raise KeyError(message)

    monkeypatch.setattr(cli, "read_state", crash)
    done = _run("status")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "a defect of this command stopped it: KeyError" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert secret not in done.stderr


def test_no_secret_is_printed_by_whatever_output_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "another-secret-of-ours"
    redaction.hide([secret])
    key = private_key_pem(ROOT.key)
    for output in (Output(as_json=False), Output(as_json=True)):
        output.document({"a": [secret, {"b": key}], "n": 1, "none": None})
        output.table("keys", ("key",), [(secret,)])
        output.line(key)
        output.say(f"it is {secret}")
    printed = "".join(capsys.readouterr())
    assert secret not in printed
    assert "PRIVATE KEY" not in printed
    assert redaction.HIDDEN in printed


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([fine("a", "x"), note("b", "x")], 0),
        ([fine("a", "x"), unknown("b", "x")], 2),
        ([unknown("a", "x"), problem("b", "x", "y")], 1),
    ],
)
def test_an_examination_ends_with_its_worst_line(monkeypatch: pytest.MonkeyPatch, lines: list[Line], code: int) -> None:
    monkeypatch.setattr(cli, "examine", lambda *_, **__: iter(lines))
    assert _run("doctor").exit_code == code
    shown = json.loads(_run("doctor", "--json").stdout)["lines"]
    assert [line["topic"] for line in shown] == [line.topic for line in lines]


def test_in_a_pipe_a_row_is_one_line_however_long(tmp_path: Path) -> None:
    out = tmp_path / ("x" * 200)
    done = _run("export", "alice", "--out", str(out))
    assert done.exit_code == 0
    rows = [line for line in done.stdout.splitlines() if str(out) in line]
    assert len(rows) == 6
    assert not any(line != line.rstrip() for line in done.stdout.splitlines())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> int:
    """Standard output and error are a terminal of 80 columns."""
    columns = 80
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    return columns


def test_on_a_terminal_a_file_is_named_in_one_piece_and_what_its_receiver_must_do_is_broken_between_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: int
) -> None:
    monkeypatch.chdir(tmp_path)
    done = _run("export", "alice", "--out", ".lab/default/alice")
    assert " .lab/default/alice/alice.p12.password   0600" in done.stdout
    begin = done.stderr.splitlines().index("whoever gets these files must:")
    _, first, following, *_ = done.stderr.splitlines()[begin:]
    assert first.startswith("1. put alice.chain.pem and alice.key")
    assert following.startswith("   ")
    assert max(map(len, (done.stdout + done.stderr).splitlines())) <= terminal


def test_on_a_terminal_a_name_of_more_than_half_its_width_is_broken_and_none_of_it_is_lost(
    terminal: int, capsys: pytest.CaptureFixture[str]
) -> None:
    name, what = "x" * (terminal // 2 + 1), "y" * terminal
    Output(as_json=False).table("files", ("file", "what it is"), [(name, what)])
    printed = capsys.readouterr().out
    assert (printed.count("x"), printed.count("y")) == (len(name), len(what))
    assert name not in printed


def test_a_table_is_written_before_whatever_stands_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    both = io.BytesIO()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr("sys." + name, io.TextIOWrapper(io.BufferedWriter(_Raw(both)), encoding="utf-8"))
    output = Output(as_json=False)
    output.table("files", ("file",), [("alice.key",)])
    output.say("whoever gets these")
    assert both.getvalue().split() == b"files: file alice.key whoever gets these".split()


class _Raw(io.RawIOBase):
    """A file that both streams lead to."""

    def __init__(self, written: io.BytesIO) -> None:
        self._written = written

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        return self._written.write(data)


def test_no_key_and_no_password_is_printed_by_an_export(tmp_path: Path) -> None:
    done = _run("export", "alice", "--out", str(tmp_path))
    password = (tmp_path / "alice.p12.password").read_text().strip()
    for secret in (password, "PRIVATE KEY"):
        assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("charset", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_folder_whose_name_a_locale_cannot_write_is_escaped_and_the_export_is_fine(
    tmp_path: Path, charset: str, as_json: bool
) -> None:
    folder = tmp_path / "Schl\u00fcssel-\u5bc6\u94a5-\udcff"
    options = ["--json"] if as_json else []

    done = CliRunner(charset=charset).invoke(cli.app, ["export", "alice", "--out", str(folder), *options])

    assert done.exit_code == 0, done.output
    assert len(list(folder.iterdir())) == 6
    if as_json:
        paths = {one["path"] for one in json.loads(done.stdout)["files"]}
        assert {Path(path).parent for path in paths} == {folder}
    else:
        assert ("\\u5bc6" in done.stdout) == (charset != "utf-8")
        assert "\\udcff" in done.stdout
