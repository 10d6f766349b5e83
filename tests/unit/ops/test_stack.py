"""How a failed call of the CLI is reported; the texts are those of the CLI 3.259 and 3.274, each copied."""

from pathlib import Path

import pytest

from alb_mtls import redaction
from ops import stack
from ops.errors import OpsError
from ops.stack import StackSource, failure_sentence, printed_configuration, read_configuration, read_state

WRONG_PASSPHRASE = (
    "error: could not deserialize deployment: failed to decrypt: incorrect passphrase, please set "
    "PULUMI_CONFIG_PASSPHRASE to the correct passphrase or set PULUMI_CONFIG_PASSPHRASE_FILE to a file"
)


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("error: no stack named 'nope' found", "is not there"),
        ("error: no stack named 'nope' found", "make a new one with: pulumi stack init nope (add --secrets-provider"),
        (WRONG_PASSPHRASE, "set PULUMI_CONFIG_PASSPHRASE"),
        (WRONG_PASSPHRASE, "the passphrase is not that of the stack"),
        ("error: constructing secrets manager: passphrase must be set", "no passphrase is given"),
        ("error: constructing secrets manager: cannot reach the key", "set PULUMI_CONFIG_PASSPHRASE"),
        ("error: if you're using the --stack flag, pass the fully qualified name", "in the folder of Pulumi.yaml"),
        ("error: no Pulumi.yaml project file found; either run this command from a", "in the folder of Pulumi.yaml"),
        ('error: unable to open state directory "file:///nope": no such file', "unable to open state directory"),
    ],
)
def test_an_error_of_the_cli_becomes_a_sentence_with_a_remedy(printed: str, sentence: str) -> None:
    assert sentence in failure_sentence(printed, "stack nope")


def test_a_sentence_is_bounded_however_much_the_cli_prints() -> None:
    assert len(failure_sentence("error: " + "x" * 10_000, "stack test")) < 400


def test_without_the_cli_its_absence_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OpsError, match="pulumi is not on PATH"):
        read_state(StackSource(stack="test"))


def test_a_missing_configuration_file_is_refused_since_the_cli_would_answer_with_defaults(tmp_path: Path) -> None:
    missing = tmp_path / "Pulumi.prod.yaml"
    with pytest.raises(OpsError, match="there is no such file"):
        read_configuration(StackSource(stack="test", config_file=missing))


def test_below_the_folder_of_the_project_the_configuration_is_not_read_since_its_paths_begin_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "project" / "csr"
    below.mkdir(parents=True)
    monkeypatch.setattr(stack, "_json", lambda *_: {"read": "it"})
    monkeypatch.chdir(below)
    # Without a project anywhere, the CLI has the word.
    assert printed_configuration(StackSource(stack="test")) == {"read": "it"}
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: alb-mtls\n")
    with pytest.raises(OpsError, match=f"run the command in the folder of {tmp_path}/project/Pulumi.yaml"):
        printed_configuration(StackSource(stack="test"))
    monkeypatch.chdir(below.parent)
    assert printed_configuration(StackSource(stack="test")) == {"read": "it"}


def test_the_cli_is_not_allowed_to_log_what_it_hands_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.write_text(
        '#!/bin/sh\necho "error: ${PULUMI_DEBUG_GRPC:-not logged} ${PULUMI_OPTION_FILE:-not written}" >&2; exit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PULUMI_DEBUG_GRPC", "grpc.log")
    monkeypatch.setenv("PULUMI_OPTION_FILE", "state.json")
    with pytest.raises(OpsError, match="not logged not written"):
        read_state(StackSource(stack="test"))


def test_a_selected_stack_that_is_not_there_is_made_under_a_name_of_yours() -> None:
    assert "with: pulumi stack init (add" in failure_sentence("error: no stack selected", "the selected stack")


@pytest.mark.parametrize(
    ("name", "value", "printed"),
    [
        ("PULUMI_BACKEND_URL", "postgres://u:an-invented-word@h/d", "dial postgres://u:an-invented-word@h/d: refused"),
        ("PULUMI_BACKEND_URL", "postgres://h/d?user=u&password=an-invented-word", "password=an-invented-word&user=u"),
        (
            "PULUMI_BACKEND_URL",
            "s3://b?endpoint=http://u:an-invented-word@h:9",
            "open s3://b?endpoint=http%3A%2F%2Fu%3Aan-invented-word%40h",
        ),
        ("PULUMI_BACKEND_URL", "postgres://u:an%2Finvented-word@h/d", "an/invented-word, an%2Finvented-word"),
        ("PGPASSWORD", "an-invented-word", "password an-invented-word is wrong"),
        ("AWS_SECRET_ACCESS_KEY", "an-invented-word", "an-invented-word"),
        ("PULUMI_ACCESS_TOKEN", "an-invented-word", "an-invented-word"),
    ],
)
def test_what_the_cli_says_of_a_store_holds_no_password_of_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, printed: str
) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())
    monkeypatch.setattr(redaction, "install", lambda: None)
    monkeypatch.setenv(name, value)
    assert "invented" in failure_sentence(f"error: {printed}", "stack test")
    stack.keep_secrets()
    assert "invented" not in failure_sentence(f"error: {printed}", "stack test")


def test_an_address_without_a_password_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())
    monkeypatch.setattr(redaction, "install", lambda: None)
    address = "s3://alb-mtls-state?endpoint=oss-cn-hangzhou.aliyuncs.com&region=cn-hangzhou"
    monkeypatch.setenv("PULUMI_BACKEND_URL", address)
    stack.keep_secrets()
    assert address in failure_sentence(f"error: cannot open {address}", "stack test")
