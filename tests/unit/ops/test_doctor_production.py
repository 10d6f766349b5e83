"""What `doctor --production` demands: each value that is not good enough against its bound, each beside one that is."""

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.configuration.model import Settings
from alb_mtls.pki.encoding import certificate_pem
from lab.environment import PASSPHRASE
from ops.doctor.around import PUBLISHED_PASSPHRASE, look_around
from ops.doctor.diagnosis import Health, Line
from ops.doctor.production import Around, SecretFile, review
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.preflights import PURCHASED
from tests.helpers.stack_file import IMPORTED, Change, files_of, put

Read = Callable[..., Settings]

ROOT = make_root()
GOOD: tuple[Change, ...] = (
    IMPORTED,
    put("rootCa.protect", True),
    put("clients", [{"name": "alice", "validity": "90d"}]),
    put("onBypass", "fail"),
    put("listeners.0.hosts", ["demo.alb.ingress.top"]),
)
SHARED = Around(
    secrets_in_the_clear=(),
    files=(),
    store="s3://states",
    secrets_provider="awskms://alias/states",
    weak_passphrase="",
)
KEY_FILE = SecretFile(name="rootCa.keyFile", path="ca.key", what="the key of the root CA", mode=stat.S_IFREG | 0o600)


def _problems(settings: Settings, around: Around = SHARED) -> list[str]:
    lines: list[Line] = list(review(settings, around, NOW))
    assert all(line.remedy for line in lines if line.health is Health.PROBLEM)
    assert not any(line.stops_up for line in lines)
    return [line.found for line in lines if line.health is not Health.FINE]


def _read(read: Read, *changes: Change, **files: str) -> Settings:
    return read(*GOOD, *changes, files={**files_of(ROOT), **{f"{name}.pem": text for name, text in files.items()}})


def test_a_stack_that_is_made_for_production_lacks_nothing(read: Read) -> None:
    assert _problems(_read(read)) == []


def _brought(days: int) -> str:
    return certificate_pem(make_client(ROOT, days=days).certificate)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (put("rootCa.protect", False), "rootCa.protect is false, but must be true"),
        (put("clients.0.validity", "91d"), "the validity of alice is up to 91d, but must be at most 90d"),
        (put("clients.0.validity", "2161h"), "the validity of alice is up to 2161h, but must be at most 90d"),
        (put("onBypass", "warn"), "onBypass is warn, but must be fail"),
        (put("proof.mode", "api"), "proof.mode is api, but must be required"),
        (put("proof.host", ""), "proof.host is absent, but must be a host of your own"),
        (put("proof.serverCa", "insecure"), "proof.serverCa is insecure, but must be system or a file"),
        (put("listeners.0.hosts", None), "listeners[0].hosts is absent, but must list the hosts"),
    ],
)
def test_a_setting_that_is_not_good_enough_stands_against_its_bound(read: Read, change: Change, problem: str) -> None:
    [found] = _problems(_read(read, change))
    assert found.startswith(problem)


def test_a_generated_root_ca_is_named_by_its_generation(read: Read) -> None:
    subject = {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}
    generated = put("rootCa", {"subject": subject, "protect": True, "generations": [1, 2]})
    [found] = _problems(_read(read, generated))
    assert found.startswith("rootCa.source is generated in generation 1, 2, but must be imported or purchased")


@pytest.mark.parametrize(("days", "problems"), [(90, 0), (91, 1)])
def test_a_client_that_brings_its_certificate_may_live_no_longer_either(read: Read, days: int, problems: int) -> None:
    brings = put("clients", [{"name": "bob", "certificateFile": "bob.pem"}])
    lines = [one for one in review(_read(read, brings, bob=_brought(days)), SHARED, NOW) if one.remedy]
    assert [one.remedy for one in lines] == ["bring certificates that live no longer (certificateFile)"] * problems


@pytest.mark.parametrize("validity", ["90d", "2160h", "129600m", "1d"])
def test_a_client_that_lives_ninety_days_in_whatever_unit_lives_no_longer(read: Read, validity: str) -> None:
    assert _problems(_read(read, put("clients.0.validity", validity))) == []


def test_a_purchased_root_ca_has_nothing_that_protect_could_keep(read: Read) -> None:
    assert not [one for one in _problems(_read(read, *PURCHASED)) if "protect" in one]


@pytest.mark.parametrize(
    ("hosts", "problems"), [(["two.alb.ingress.top"], 0), (["demo.alb.ingress.top", "two.alb.ingress.top"], 1)]
)
def test_a_host_of_the_proof_is_demanded_only_where_all_listeners_could_have_it(
    read: Read, hosts: list[str], problems: int
) -> None:
    other = {"albConfig": "alb-two", "port": 443, "hosts": hosts}
    one = {"albConfig": "alb", "port": 443, "hosts": ["demo.alb.ingress.top"]}
    found = _problems(_read(read, put("listeners", [one, other]), put("proof.host", "")))
    assert len([line for line in found if line.startswith("proof.host is absent, but")]) == problems


def test_many_clients_that_live_too_long_are_one_line(read: Read) -> None:
    many = put("clients", [{"name": f"client-{number}", "validity": f"{number}d"} for number in range(85, 105)])
    [found] = _problems(_read(read, many))
    assert "client-91, client-92, client-93, client-94, client-95 and 9 more is up to 104d" in found


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "has ended on"),
        (0, "in 0 days, but must last 14 days more"),
        (1, "in 1 day, but"),
        (13, "in 13 days"),
        (14, None),
        (90, None),
    ],
)
def test_an_accepted_finding_that_ends_soon_or_has_ended_is_a_problem(read: Read, days: int, words: str | None) -> None:
    until: date = NOW.date() + timedelta(days=days)
    accepted = AcceptedFinding(code="HTTP_FORWARDS", subject="listener 80/HTTP", until=until, reason="ticket 4711")
    problems = _problems(replace(_read(read), accepted=(accepted,)))
    assert [words is not None and words in one for one in problems] == [True] * (words is not None)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"store": "file:///var/states"},
            "the state store is a folder of this machine, but must be one",
        ),
        ({"store": ""}, "where the state is stored is not known"),
        ({"secrets_provider": ""}, "which secrets provider the stack has is not known"),
        (
            {"secrets_provider": "passphrase", "weak_passphrase": "empty"},
            "the passphrase of the stack is empty, but must be known to nobody else",
        ),
        ({"secrets_provider": "passphrase"}, None),
        ({"weak_passphrase": "empty"}, None),
        ({"secrets_in_the_clear": ("alicloud:secretKey",)}, "alicloud:secretKey stands in the stack file in the clear"),
        (
            {"files": (replace(KEY_FILE, mode=stat.S_IFREG | 0o640),)},
            "rootCa.keyFile (ca.key) has mode 0640",
        ),
        ({"files": (KEY_FILE,)}, None),
    ],
)
def test_what_lies_around_the_configuration_is_compared_too(
    read: Read, changes: dict[str, Any], problem: str | None
) -> None:
    problems = _problems(_read(read), replace(SHARED, **changes))
    assert [one.startswith(problem or "-") for one in problems] == [True] * (problem is not None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let this machine have nothing but what a test lays down."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path


def _around(
    read: Read,
    home: Path,
    printed: dict[str, Any] | None = None,
    *,
    file: str = "",
    environment: dict[str, str] | None = None,
) -> Around:
    (home / "Pulumi.prod.yaml").write_text(file)
    return look_around(_read(read), printed or {}, home / "Pulumi.prod.yaml", environment or {})


@pytest.mark.parametrize(
    ("key", "value", "secret", "is_open"),
    [
        ("alicloud:secretKey", "hunter2", False, True),
        ("alicloud:secretKey", "hunter2", True, False),
        ("alicloud:securityToken", "hunter2", False, True),
        ("alicloud:secretKey", "", False, False),
        ("kubernetes:kubeconfig", json.dumps({"users": []}), False, True),
        ("kubernetes:kubeconfig", json.dumps({"users": []}), True, False),
        ("kubernetes:kubeconfig", "/etc/kubeconfig", False, False),
        ("alicloud:profile", "prod", False, False),
    ],
)
def test_a_secret_in_a_stack_file_is_found_where_it_is_not_encrypted(
    read: Read, home: Path, key: str, value: str, *, secret: bool, is_open: bool
) -> None:
    around = _around(read, home, {key: {"value": value, "secret": secret}})
    assert around.secrets_in_the_clear == ((key,) if is_open else ())
    assert "hunter2" not in repr(around)


@pytest.mark.parametrize("name", [".kube/config", ".aliyun/config.json", "passphrase"])
def test_files_with_secrets_are_found_where_they_are(read: Read, home: Path, name: str) -> None:
    assert _around(read, home).files == ()
    file, named = home / name, {"PULUMI_CONFIG_PASSPHRASE_FILE": str(home / "passphrase")}
    file.parent.mkdir(exist_ok=True)
    file.write_text("a secret")
    file.chmod(0o644)
    [found] = _around(read, home, environment=named).files
    assert (found.path, stat.S_IMODE(found.mode)) == (str(file), 0o644)


@pytest.mark.parametrize(
    ("environment", "file", "provider", "weakness"),
    [
        ({"PULUMI_CONFIG_PASSPHRASE": "lab"}, "encryptionsalt: v1:x", "passphrase", "'lab', which the lab publishes"),
        ({"PULUMI_CONFIG_PASSPHRASE": ""}, "encryptionsalt: v1:x", "passphrase", "empty"),
        ({"PULUMI_CONFIG_PASSPHRASE": "of our own"}, "encryptionsalt: v1:x", "passphrase", ""),
        ({"PULUMI_CONFIG_PASSPHRASE_FILE": "passphrase"}, "encryptionsalt: v1:x", "passphrase", "empty"),
        ({}, "secretsprovider: awskms://alias/states\nencryptedkey: x", "awskms://alias/states", ""),
        ({"PULUMI_BACKEND_URL": "https://api.pulumi.com"}, "config: {}", "that of the state store", ""),
        ({}, "config: {}", "", ""),
        ({}, "- no stack file", "", ""),
        ({}, "config: {", "", ""),
    ],
)
def test_the_secrets_provider_is_read_from_the_stack_file(
    read: Read,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    file: str,
    provider: str,
    weakness: str,
) -> None:
    monkeypatch.chdir(home)
    (home / "passphrase").write_text("\n")
    around = _around(read, home, file=file, environment=environment)
    assert (around.secrets_provider, around.weak_passphrase) == (provider, weakness)


def test_the_passphrase_that_is_published_is_that_of_the_lab() -> None:
    assert PUBLISHED_PASSPHRASE == PASSPHRASE
