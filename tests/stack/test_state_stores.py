"""States in a bucket and in a database: locks of runs that go on and of one that was killed, and two environments."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from lab.environment import PASSPHRASE
from tests.helpers import key_service
from tests.helpers.killing import HeldRun, Point
from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import ops
from tests.helpers.page_commands import Shell, steps
from tests.helpers.recovery import assert_never_unbound_by_force
from tests.helpers.stack import Stack
from tests.helpers.stack_config import WITHOUT_HANDSHAKES, listener, stack_config, stack_environment
from tests.helpers.state_secrets import secrets_of
from tests.helpers.state_stores import Bucket, StateStore, bucket, database, dump
from tests.helpers.world import World

UPLOAD = Point(service="cas", api="UploadPCACert")
LOCKED = "the stack is currently locked by 1 lock(s)"
MakeStack = Callable[..., Stack]
_PAGE = "how-to/state-store.md"
_PAGE_URL = "s3://states?endpoint=s3.oss-ap-southeast-1.aliyuncs.com&region=ap-southeast-1"
_INIT = "pulumi stack init prod"
# As the page says for a stack file that names one.
_INIT_WITH_PROVIDER = f"{_INIT} --secrets-provider={key_service.PROVIDER}"
_STATE = ".pulumi/stacks/alb-mtls/prod.json"


@pytest.fixture(params=[bucket, database], ids=["S3", "PostgreSQL"])
def store(request: pytest.FixtureRequest) -> Iterator[StateStore]:
    make: Callable[[], AbstractContextManager[StateStore]] = request.param
    with make() as made:
        yield made


@pytest.fixture
def make_stack(lab: LabHandle, store: StateStore, tmp_path: Path) -> Iterator[MakeStack]:
    """Make stacks whose states lie in the store."""
    environment = {**stack_environment(lab, tmp_path), **store.environment}
    made: list[Stack] = []

    def make(name: str, albconfig: str, **overrides: Any) -> Stack:
        stack = Stack(name=name, folder=tmp_path / name, environment=environment, passphrase=True)
        made.append(stack)
        used = [listener(lab, albconfig, 443)]
        stack.configure(stack_config(lab, listeners=used, proof=WITHOUT_HANDSHAKES, **overrides))
        return stack

    yield make
    # The look for secrets in the clear, which follows each test, reads folders.
    copied = tmp_path / "copied"
    dump(store, copied)
    assert any("PRIVATE KEY" in one for one in secrets_of(copied, PASSPHRASE))
    for stack in made:
        stack.environment["PULUMI_BACKEND_URL"] = f"file://{copied}"


def _up(stack: Stack) -> tuple[str, ...]:
    return ("up", "--yes", "--skip-preview", "--stack", stack.name)


def test_a_second_up_is_refused_while_one_runs_and_after_one_was_killed_until_cancel_and_others_go_on(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    staging, production = make_stack("staging", "alb"), make_stack("production", "alb-two")
    with HeldRun(lab, production, UPLOAD, *_up(production)[:-2]) as run:
        found = World.of(lab)
        said = production.fails(*_up(production))
        assert LOCKED in said
        assert f"(pid {run.cli.pid})" in said
        assert "Traceback" not in said
        assert World.of(lab) == found
        # The other environment in the same store is not locked.
        staging.preview()
        run.let_go()
        text, _ = run.cli.communicate()
        assert run.cli.returncode == 0, text

    with HeldRun(lab, staging, UPLOAD, *_up(staging)[:-2]) as run:
        run.kill_cli()
        assert f"(pid {run.cli.pid})" in staging.fails(*_up(staging))
        staging.succeeds("cancel", "--yes", "--stack", staging.name)
        staging.up()
        run.let_go()
        run.wait_for_orphan()
    world = World.of(lab)
    assert len(world.certificates) == len(world.repositories) == 2
    in_force = [world.element(albconfig, 443)["caCertificates"] for albconfig in ("alb", "alb-two")]
    assert sorted(each["CertificateId"] for [each] in in_force) == world.certificates
    assert_never_unbound_by_force(lab)

    printed = ops(staging, "status", "--json")
    assert {key: one["enabled"] for key, one in printed.document["listeners"].items()} == {"alb/443": True}


def test_a_bucket_is_reached_by_its_host_name_as_oss_demands_and_not_by_a_path(lab: LabHandle, tmp_path: Path) -> None:
    with bucket("-virtual-host") as made:
        environment = {**stack_environment(lab, tmp_path), **_of_oss(made)}
        stack = Stack(name="staging", folder=tmp_path / "staging", environment=environment)
        assert "staging" in stack.succeeds("stack", "ls")
        stack.environment["PULUMI_BACKEND_URL"] += "&s3ForcePathStyle=true"
        assert "NoSuchBucket" in stack.fails("stack", "ls")


def _of_oss(made: Bucket) -> dict[str, str]:
    """Return the variables of a bucket of OSS, whose host name leads to a server here."""
    endpoint = "http://s3.oss-ap-southeast-1.aliyuncs.com"
    return {
        **made.environment,
        "PULUMI_BACKEND_URL": f"s3://{made.name}?endpoint={endpoint}&region=ap-southeast-1",
        "HTTP_PROXY": f"http://{made.address}",
    }


def test_of_the_page_only_the_grant_to_a_reader_is_not_run() -> None:
    assert {step.text.split()[0]: step.not_run for step in steps(_PAGE) if step.not_run} == {
        "CREATE": "it needs the owner of a database"
    }


@pytest.mark.parametrize("passphrase", [True, False], ids=["passphrase", "key-provider"])
def test_a_stack_moves_from_a_bucket_into_a_database_as_the_page_says_with_its_secrets_and_its_claim(
    lab: LabHandle, tmp_path: Path, *, passphrase: bool
) -> None:
    with bucket() as former, database() as later:
        environment = {**stack_environment(lab, tmp_path), **later.environment, **former.environment}
        stack = Stack(name="prod", folder=tmp_path / "prod", environment=environment, passphrase=passphrase)
        stack.configure(stack_config(lab, proof=WITHOUT_HANDSHAKES))
        stack.up()
        before, clients, file = World.of(lab), stack.clients(), stack.config_file.read_text("utf-8")
        url = later.environment["PULUMI_BACKEND_URL"]
        replaced = {_PAGE_URL: url} if passphrase else {_PAGE_URL: url, _INIT: _INIT_WITH_PROVIDER}
        reader = Shell(folder=stack.folder, replaced=replaced, environment=dict(stack.environment))
        reader.follow(_PAGE, "Move a stack")
        stack.environment["PULUMI_BACKEND_URL"] = url
        assert stack.clients() == clients
        assert World.of(lab) == before
        assert stack.config_file.read_text("utf-8") == file
        assert _STATE in later.contents()
        assert _STATE not in former.contents()
        dump(later, tmp_path / "copied")
        stack.environment["PULUMI_BACKEND_URL"] = f"file://{tmp_path / 'copied'}"
