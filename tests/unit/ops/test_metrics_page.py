"""The rules and the page of `python -m ops metrics` name what it prints."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import cli
from ops.status import Status
from tests.helpers.command_line import CliRunner
from tests.helpers.current import on_alb
from tests.helpers.documents import REPOSITORY, codes, read, tables
from tests.helpers.metrics import (
    Numbers,
    metered,
    text_of,
)

RULES = yaml.safe_load((REPOSITORY / "monitoring/alb-mtls.rules.yaml").read_text("utf-8"))["groups"][0]["rules"]


def test_there_are_three_rules_and_each_names_the_next_command() -> None:
    assert [rule["alert"] for rule in RULES] == ["AlbMtlsNotEnforced", "AlbMtlsCertificateEnds", "AlbMtlsNotLooked"]
    commands = [re.findall(r"python -m ops (\w+) --stack", rule["annotations"]["description"]) for rule in RULES]
    assert commands == [["status"], ["status"], ["doctor"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_names_metrics_and_labels_that_are_printed(rule: dict[str, Any], numbers: Numbers) -> None:
    found = numbers(metered(), devices=1)
    named = set(re.findall(r"alb_mtls_\w+", rule["expr"]))
    assert named <= set(found)
    assert named != set()
    labels = {label for name in named for of_one, _ in found[name] for label in of_one}
    text = " ".join([*rule["annotations"].values(), *rule["labels"].values()])
    assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels
    for name, selected in re.findall(r"(alb_mtls_\w+)\{([^}]*)\}", rule["expr"]):
        matchers = re.findall(r'(\w+)(=~|!~|=)"([^"]*)"', selected)
        for label, how, pattern in matchers:
            values = {of_one[label] for of_one, _ in found[name]}
            assert set(pattern.split("|")) <= values, (label, how)


def test_a_listener_is_one_alert_whatever_is_found_of_it(numbers: Numbers) -> None:
    found = numbers(metered(on_alb=on_alb(enabled=False)))
    clauses = RULES[0]["expr"].split("\nor\n")
    # `or` keeps one of two with the same labels.
    of_listeners = [re.findall(r"alb_mtls_\w+", one) for one in clauses if "alb_mtls_listener_" in one]
    labels = [[of_one for of_one, _ in found[name]] for names in of_listeners for name in names]
    assert len(of_listeners) == 2
    assert all(one == labels[0] for one in labels)
    # What is of a listener is no alert by its code as well, and everything else is one.
    levels = {of_one["level"] for of_one, _ in found["alb_mtls_findings"]}
    assert levels == {"problem", "warning"}
    assert [re.findall(r'level="(\w+)"', one) for one in clauses if "alb_mtls_findings" in one] == [["warning"]]


# The page.


def test_the_page_has_a_row_for_each_metric_and_no_other(numbers: Numbers) -> None:
    rows = [row for table in tables(read("how-to/monitoring.md")) if "Metric" in table[0] for row in table]
    assert {codes(row["Metric"])[0] for row in rows} == set(numbers(metered(), devices=1))


def test_the_page_has_a_row_for_each_alert_that_begins_with_the_command_of_the_rule() -> None:
    rows = [row for table in tables(read("how-to/monitoring.md")) if "Alert" in table[0] for row in table]
    expected = [
        (rule["alert"], rule["annotations"]["description"].split("python -m ops ")[1].split()[0]) for rule in RULES
    ]
    shown = [(codes(row["Alert"])[0], codes(row["The next command"])[0].split()[3]) for row in rows]
    assert shown == expected


def test_each_command_of_the_page_is_one_with_options_that_it_has(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path
) -> None:
    commands = re.findall(r"-m ops (metrics --stack prod --out) (/\S+/)(\S+)", read("how-to/monitoring.md"))
    assert len(commands) == 3
    stack(status(metered()))
    for words, _, name in commands:
        assert CliRunner().invoke(cli.app, [*words.split(), str(tmp_path / name)]).exit_code == 0
    files = re.findall(r"^promtool \w+ \w+ (\S+\.yaml)$", read("how-to/monitoring.md"), re.MULTILINE)
    assert [name for name in files if not (REPOSITORY / name).is_file()] == []
    assert len(files) == 2


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on PATH")
@pytest.mark.parametrize(
    "words", [("check", "rules", "alb-mtls.rules.yaml"), ("test", "rules", "alb-mtls.rules.test.yaml")]
)
def test_promtool_takes_the_rules(words: tuple[str, ...]) -> None:
    subprocess.run(["promtool", *words], cwd=REPOSITORY / "monitoring", check=True)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on PATH")
def test_promtool_finds_nothing_to_say_of_the_metrics(status: Callable[..., Status]) -> None:
    text = text_of(status(metered(), devices=1))
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
