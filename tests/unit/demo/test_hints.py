"""The lines at the end of the demo are pasted as printed; one that ends otherwise than it says is named."""

import subprocess
from typing import Any

import pytest

from lab.ports import DEFAULT_LISTENER_PORTS, DEFAULT_PORTS
from tools.demo import hints as printed
from tools.demo.hints import Hint, hints, try_hints
from tools.demo.place import Place
from tools.demo.stage import DemoError

DEFAULT = DEFAULT_PORTS["cas"], DEFAULT_LISTENER_PORTS["alb", "443/HTTPS"]


def _place(monkeypatch: pytest.MonkeyPatch, ports: tuple[int, int], name: str = "default") -> Place:
    cas, listener = ports
    status: Any = {
        "endpoints": {"cas": f"127.0.0.1:{cas}", "alb": f"127.0.0.1:{DEFAULT_PORTS['alb']}"},
        "albconfigs": {"alb": {"listeners": {"443/HTTPS": {"address": f"127.0.0.1:{listener}"}}}},
    }
    monkeypatch.setattr(Place, "status", status)
    monkeypatch.setattr(Place, "by_hand", lambda _: ["kubectl", "patch"])
    return Place(name)


def test_on_the_default_ports_the_hints_name_no_other_file_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [hint.command for hint in hints(_place(monkeypatch, DEFAULT))]
    assert "pulumi preview --stack dev" in commands
    assert not [command for command in commands if "--config-file" in command]


@pytest.mark.parametrize(("name", "ports"), [("default", (20001, 20002)), ("mine", DEFAULT)])
def test_in_another_lab_or_on_free_ports_every_hint_that_reads_the_configuration_names_its_file(
    monkeypatch: pytest.MonkeyPatch, name: str, ports: tuple[int, int]
) -> None:
    file = f"--config-file .lab/{name}/Pulumi.dev.yaml"
    commands = [hint.command for hint in hints(_place(monkeypatch, ports, name))]
    for verb in ("pulumi preview", "pulumi up", "python -m ops status"):
        assert all(file in command for command in commands if command.startswith(verb))


@pytest.mark.parametrize(
    ("tried", "sentence"),
    [
        ([Hint("a", "true"), Hint("b", "false")], r"`false` ended with 1, not 0"),
        ([Hint("a", "true"), Hint("b", "true", 1)], r"`true` ended with 0, not 1"),
        ([Hint("a", "exit 0"), Hint("b", "true")], "bash ended before all hints were tried"),
    ],
)
def test_a_hint_that_ends_with_another_exit_code_or_ends_the_shell_stops_the_test(
    monkeypatch: pytest.MonkeyPatch, tried: list[Hint], sentence: str
) -> None:
    monkeypatch.setattr(printed, "hints", lambda _: [*tried, Hint("last", "make demo-down")])
    with pytest.raises(DemoError, match=sentence):
        try_hints(Place())


def test_hints_share_one_shell_and_the_last_which_ends_the_lab_is_left_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = [Hint("a", "x=1"), Hint("b", "test $x = 1"), Hint("c", "false", 1), Hint("last", "exit 9")]
    monkeypatch.setattr(printed, "hints", lambda _: tried)
    ran: list[str] = []
    run = subprocess.run

    def noted(*words: Any, **options: Any) -> Any:
        ran.append(options["input"])
        return run(*words, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    try_hints(Place())
    assert "exit 9" not in ran[0]
