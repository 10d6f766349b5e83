"""`python -m ops metrics`: what a look comes to in numbers, also a look that failed; the file is whole or not there."""

import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

import ops.status
from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.listener_resources import ProofShown
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.session import Session
from ops import cli, metrics_command
from ops.configuration import parse_configuration
from ops.current_listeners import CurrentListener
from ops.errors import OpsError
from ops.metrics import Look, exposition
from ops.state import StackState
from ops.status import Status, status_of
from tests.helpers import stack_state
from tests.helpers.certificates import make_client, make_root
from tests.helpers.current import IDENTIFIER, current, deployed, in_cluster, on_alb, state_of
from tests.helpers.documents import REPOSITORY, codes, read, tables

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROOT = make_root(now=NOW, days=3650)
ALICE, DEVICE = make_client(ROOT, now=NOW, days=365), make_client(ROOT, now=NOW, days=90)
STACK = {"project": "alb-mtls", "stack": "test"}
LISTENER = {**STACK, "listener": "alb/443"}
HTTP = Finding(code=FindingCode.HTTP_FORWARDS, subject="listener 80/HTTP of AlbConfig alb", evidence="e", remedy="r")
RULES = yaml.safe_load((REPOSITORY / "monitoring/alb-mtls.rules.yaml").read_text("utf-8"))["groups"][0]["rules"]

Samples = dict[str, list[tuple[dict[str, str], float]]]
Numbers = Callable[..., Samples]


def _listener(**changes: Any) -> CurrentListener:
    before = deployed(ROOT, generation=1)
    assert before.switch is not None
    shown = ProofShown(connections=300, bound=0.0133, addresses_asked=("a:443",), addresses_known=("a:443", "b:443"))
    proven_at = (NOW - timedelta(minutes=30)).isoformat()
    left = replace(before, switch=replace(before.switch, proven_at=proven_at, proof_shown=shown))
    return current(ROOT, listener=left, **changes)


def _not_reached() -> CurrentListener:
    found = _listener()
    failure = ClusterError("the cluster at https://127.0.0.1:9 cannot be reached")
    nothing: dict[str, Any] = {"albconfig": None, "on_alb": None, "load_balancer": None, "ca": None, "hosts": None}
    return replace(found, snapshot=replace(found.snapshot, **nothing, ca_searched=False, failures=(failure,)))


def _parsed(text: str) -> Samples:
    return {
        family.name: [(dict(one.labels), one.value) for one in family.samples]
        for family in text_string_to_metric_families(text)
    }


@pytest.fixture
def status(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Status]:
    """Look at a stack with alice, a fleet of some devices, and listeners as given."""

    def look(
        *listeners: CurrentListener,
        devices: int = 0,
        clients: int = 0,
        days_later: float = 0,
        accepted: Sequence[AcceptedFinding] = (),
    ) -> Status:
        monkeypatch.setattr(ops.status, "current_listeners", lambda *_: listeners)
        fleet = [stack_state.issued(DEVICE, name=f"devices/sn-{number}") for number in range(devices)]
        more = [stack_state.issued(ALICE, name=f"client-{number}") for number in range(clients)]
        issued = stack_state.clients(stack_state.issued(ALICE, name="alice"), *fleet, *more)
        state = replace(state_of(issued, root=ROOT), listeners=tuple(one.deployed for one in listeners))
        now = NOW + timedelta(days=days_later)
        return status_of(state, cast("Session", None), within=None, now=now, accepted=accepted)

    return look


@pytest.fixture
def numbers(status: Callable[..., Status]) -> Numbers:
    """The metrics of such a look, by name."""

    def look(*listeners: CurrentListener, **options: Any) -> Samples:
        return _parsed(_text(status(*listeners, **options)))

    return look


def _text(found: Status | None) -> str:
    return exposition(Look(project="alb-mtls", stack="test", began=NOW, seconds=1.5, status=found))


def test_an_enforced_listener_is_1_with_what_its_last_proof_has_shown(numbers: Numbers) -> None:
    found = numbers(_listener())
    expected = {
        "enforced": 1,
        "enforcement_desired": 1,
        "awaiting_git": 0,
        "known": 1,
        "proven": 1,
        "last_proof_timestamp_seconds": (NOW - timedelta(minutes=30)).timestamp(),
        "proof_connections": 300,
        "proof_wrong_ratio_bound": 0.0133,
        "proof_addresses_asked": 1,
        "proof_addresses_known": 2,
    }
    shown = {name: samples for name, samples in found.items() if name.startswith("alb_mtls_listener_")}
    assert shown == {f"alb_mtls_listener_{name}": [(LISTENER, value)] for name, value in expected.items()}
    assert found["alb_mtls_look_success"] == [(STACK, 1)]
    assert found["alb_mtls_look_timestamp_seconds"] == [(STACK, NOW.timestamp())]


def test_one_that_somebody_opened_is_0_and_no_longer_proven_and_a_finding(numbers: Numbers) -> None:
    found = numbers(_listener(on_alb=on_alb(enabled=False)))
    assert found["alb_mtls_listener_enforced"] == [(LISTENER, 0)]
    assert found["alb_mtls_listener_enforcement_desired"] == [(LISTENER, 1)]
    assert found["alb_mtls_listener_proven"] == [(LISTENER, 0)]
    assert _findings(found, "NOT_ENFORCED") == {"false": 1, "true": 0}


def test_one_that_git_has_not_yet_switched_on_is_one_that_waits(numbers: Numbers) -> None:
    one = _listener(on_alb=on_alb(enabled=False), albconfig=in_cluster(enabled=False, identifiers=()))
    assert one.deployed.desired is not None
    assert one.deployed.switch is not None
    of_git = replace(
        one.deployed,
        desired=replace(one.deployed.desired, write="none"),
        switch=replace(one.deployed.switch, write="none"),
    )
    assert numbers(one)["alb_mtls_listener_awaiting_git"] == [(LISTENER, 0)]
    found = numbers(replace(one, deployed=of_git))
    assert found["alb_mtls_listener_awaiting_git"] == [(LISTENER, 1)]
    assert found["alb_mtls_listener_enforced"] == [(LISTENER, 0)]


def test_one_that_checks_with_another_ca_does_not_enforce(numbers: Numbers) -> None:
    found = numbers(_listener(on_alb=on_alb(identifiers=("another",))))
    assert found["alb_mtls_listener_enforced"] == [(LISTENER, 0)]


def test_what_is_not_known_is_absent_and_has_a_number_of_its_own(numbers: Numbers) -> None:
    found = numbers(_not_reached())
    assert found["alb_mtls_listener_known"] == [(LISTENER, 0)]
    assert "alb_mtls_listener_enforced" not in found
    assert "alb_mtls_listener_proven" not in found
    assert found["alb_mtls_look_success"] == [(STACK, 0)]
    assert found["alb_mtls_look_unknowns"][0][1] > 0
    # None found is none known then.
    assert "alb_mtls_findings" not in found
    # What the state alone says is known.
    assert found["alb_mtls_listener_last_proof_timestamp_seconds"][0][0] == LISTENER
    assert found["alb_mtls_certificate_not_after_timestamp_seconds"] != []


@pytest.mark.parametrize(("addresses", "there"), [(("a:443", "b:443"), True), ((), False)])
def test_how_many_addresses_there_are_is_absent_where_nobody_could_look_them_up(
    numbers: Numbers, addresses: tuple[str, ...], *, there: bool
) -> None:
    one = _listener()
    assert one.deployed.switch is not None
    shown = ProofShown(connections=300, bound=0.0133, addresses_asked=("a:443",), addresses_known=addresses)
    tunnel = replace(one, deployed=replace(one.deployed, switch=replace(one.deployed.switch, proof_shown=shown)))
    found = numbers(tunnel)
    assert ("alb_mtls_listener_proof_addresses_known" in found) is there
    assert found["alb_mtls_listener_proof_addresses_asked"] == [(LISTENER, 1)]


def test_a_look_that_failed_says_only_that_and_when(status: Callable[..., Status]) -> None:
    text = _text(None)
    names = ["look_success", "look_timestamp_seconds", "look_duration_seconds", "build_info"]
    assert list(_parsed(text)) == [f"alb_mtls_{name}" for name in names]
    assert _parsed(text)["alb_mtls_look_success"] == [(STACK, 0)]
    assert len(_parsed(_text(status(_listener())))) > len(names)


def _findings(found: Samples, code: str) -> dict[str, float]:
    samples = found["alb_mtls_findings"]
    return {labels["accepted"]: value for labels, value in samples if labels["code"] == code}


def test_findings_are_counted_by_code_with_those_that_somebody_accepted_apart(numbers: Numbers) -> None:
    entry = AcceptedFinding(code="HTTP_FORWARDS", subject=HTTP.subject, until=NOW.date(), reason="until Monday")
    other = replace(HTTP, subject="listener 81/HTTP of AlbConfig alb")
    bypasses = (HTTP, other)
    assert _findings(numbers(_listener(bypasses=bypasses)), "HTTP_FORWARDS") == {"false": 2, "true": 0}
    found = numbers(_listener(bypasses=bypasses), accepted=[entry])
    assert _findings(found, "HTTP_FORWARDS") == {"false": 1, "true": 1}
    assert _findings(found, "DRIFT") == {"false": 0, "true": 0}


def _certificates(found: Samples, name: str) -> dict[tuple[str, str], float]:
    return {(labels["kind"], labels["name"]): value for labels, value in found.get(f"alb_mtls_{name}", [])}


def test_each_certificate_has_its_end_and_when_it_is_overdue(numbers: Numbers) -> None:
    found = numbers(_listener())
    ends = _certificates(found, "certificate_not_after_timestamp_seconds")
    overdue = _certificates(found, "certificate_overdue_timestamp_seconds")
    root, alice = ("root_ca", "generation 1"), ("client", "alice")
    assert ends == {
        root: ROOT.certificate.not_valid_after_utc.timestamp(),
        alice: ALICE.certificate.not_valid_after_utc.timestamp(),
    }
    assert overdue[root] == ends[root] - timedelta(days=30).total_seconds()
    renewed = _certificates(found, "certificate_renewal_timestamp_seconds")
    assert list(renewed) == [alice]
    assert overdue[alice] == pytest.approx(ends[alice] - (ends[alice] - renewed[alice]) / 3)


@pytest.mark.parametrize(("days_later", "due"), [(1, 0), (360, 1)])
def test_what_the_next_up_renews_is_counted(numbers: Numbers, days_later: int, due: int) -> None:
    found = numbers(_listener(), days_later=days_later)
    assert _certificates(found, "certificates_in_renewal_window")["client", "alice"] == due


def test_an_end_that_somebody_accepted_is_never_overdue(numbers: Numbers) -> None:
    day = (NOW + timedelta(days=360)).date()
    entry = AcceptedFinding(code="CLIENT_EXPIRING", subject="client alice", until=day, reason="leaves")
    assert ("client", "alice") in _certificates(
        numbers(_listener(), days_later=360), "certificate_overdue_timestamp_seconds"
    )
    found = numbers(_listener(), days_later=360, accepted=[entry])
    assert ("client", "alice") not in _certificates(found, "certificate_overdue_timestamp_seconds")


def test_a_fleet_is_one_series_with_its_number_and_its_next_end(numbers: Numbers) -> None:
    found = numbers(_listener(), devices=5)
    assert _certificates(found, "certificates")["fleet", "devices"] == 5
    end = _certificates(found, "certificate_not_after_timestamp_seconds")["fleet", "devices"]
    assert end == DEVICE.certificate.not_valid_after_utc.timestamp()


@pytest.mark.parametrize(("clients", "series", "one"), [(99, 101, "alice"), (100, 2, "*")])
def test_more_than_a_hundred_clients_are_one_series(numbers: Numbers, clients: int, series: int, one: str) -> None:
    found = _certificates(numbers(_listener(), clients=clients), "certificates")
    assert len(found) == series
    assert found["client", one] == (1 if one == "alice" else clients + 1)


def test_no_secret_is_in_it(status: Callable[..., Status]) -> None:
    text = _text(status(_listener(), devices=2))
    assert "PRIVATE KEY" not in text
    assert private_key_pem(ROOT.key).splitlines()[1] not in text
    assert IDENTIFIER not in text


# The command.


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the command find a stack whose look comes to this; or let its state not be read."""

    def put(found: Status | None) -> None:
        def state(_source: object) -> StackState:
            if found is None:
                message = "the secrets of stack test cannot be decrypted"
                raise OpsError(message)
            return cast("StackState", None)

        configuration = parse_configuration({"alb-mtls:rootCa": {"value": "{}", "objectValue": {}}}, {})
        monkeypatch.setattr(metrics_command, "read_state", state)
        monkeypatch.setattr(metrics_command, "read_configuration", lambda _: configuration)
        monkeypatch.setattr(metrics_command, "session_of", lambda _: _Session())
        monkeypatch.setattr(metrics_command, "status_of", lambda *_, **__: found)

    return put


class _Session(nullcontext[None]):
    def close(self) -> None:
        """End nothing."""


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, ["metrics", "--stack", "test", *arguments])


@pytest.mark.parametrize(
    ("listener", "code"), [(_listener(), 0), (_listener(on_alb=on_alb(enabled=False)), 1), (_not_reached(), 2)]
)
def test_the_exit_code_is_that_of_status_and_the_metrics_are_printed_with_each(
    stack: Callable[..., None], status: Callable[..., Status], listener: CurrentListener, code: int
) -> None:
    stack(status(listener))
    done = _run()
    assert done.exit_code == code
    assert "alb_mtls_listener_known" in _parsed(done.stdout)


def test_a_stack_that_cannot_be_read_leaves_a_file_that_says_so_in_place_of_the_old_one(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path
) -> None:
    out = tmp_path / "alb-mtls.prom"
    stack(status(_listener()))
    assert _run("--out", str(out)).exit_code == 0
    assert _parsed(out.read_text())["alb_mtls_look_success"] == [(STACK, 1)]
    stack(None)
    done = _run("--out", str(out))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be decrypted" in done.stderr
    assert _parsed(out.read_text())["alb_mtls_look_success"] == [(STACK, 0)]


def test_a_defect_while_the_numbers_are_made_leaves_such_a_file_too(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(look: Look) -> str:
        if look.status is not None:
            message = "a number that is none"
            raise ValueError(message)
        return exposition(look)

    monkeypatch.setattr(metrics_command, "exposition", broken)
    stack(status(_listener()))
    out = tmp_path / "alb-mtls.prom"
    done = _run("--out", str(out))
    assert (done.exit_code, "a defect of this command" in done.stderr) == (2, True)
    assert _parsed(out.read_text())["alb_mtls_look_success"] == [(STACK, 0)]


def test_the_file_is_renamed_into_place_and_everybody_may_read_it(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path
) -> None:
    out = tmp_path / "alb-mtls.prom"
    out.write_text("an earlier look")
    before = out.stat().st_ino
    stack(status(_listener()))
    assert _run("--out", str(out)).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o644
    assert out.stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize(
    ("name", "why"), [("metrics.txt", "reads files *.prom only"), ("missing/alb-mtls.prom", "its folder is not there")]
)
def test_a_file_that_nobody_would_collect_is_refused(
    stack: Callable[..., None], status: Callable[..., Status], tmp_path: Path, name: str, why: str
) -> None:
    stack(status(_listener()))
    done = _run("--out", str(tmp_path / name))
    assert done.exit_code == 2
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == []


# The rules.


def test_there_are_three_rules_and_each_names_the_next_command() -> None:
    assert [rule["alert"] for rule in RULES] == ["AlbMtlsNotEnforced", "AlbMtlsCertificateEnds", "AlbMtlsNotLooked"]
    commands = [re.findall(r"python -m ops (\w+) --stack", rule["annotations"]["description"]) for rule in RULES]
    assert commands == [["status"], ["status"], ["doctor"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_names_metrics_and_labels_that_are_printed(rule: dict[str, Any], numbers: Numbers) -> None:
    found = numbers(_listener(), devices=1)
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


# The page.


def test_the_page_has_a_row_for_each_metric_and_no_other(numbers: Numbers) -> None:
    rows = [row for table in tables(read("how-to/monitoring.md")) if "Metric" in table[0] for row in table]
    assert {codes(row["Metric"])[0] for row in rows} == set(numbers(_listener(), devices=1))


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
    stack(status(_listener()))
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
    text = _text(status(_listener(), devices=1))
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
