"""The workflows of a pull request, of main and of the clock, step by step as in their YAML, on a lab and a GitHub.

What GitHub itself does with them cannot be tried here: whether it gives a job its secrets, and starts it.
"""

import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.environment import ActingAs, file_backend, path_entries, variables
from tests.helpers.documents import examples
from tests.helpers.github import GitHub, github
from tests.helpers.lab import LabHandle
from tests.helpers.scanner import Scanner
from tests.helpers.stack import REPOSITORY
from tests.helpers.stack_config import HOST, WITHOUT_HANDSHAKES, listener, stack_config
from tests.helpers.warm_python import warm_environment
from tests.helpers.workflow_runs import Runner

_CHECKED_OUT = ("__main__.py", "alb_mtls", "ci", "components", "ops", "Pulumi.yaml", "Pulumi.README.md")
_REQUIREMENTS = ("requirements-build.txt", "requirements.txt")
_MARKER = "<!-- alb-mtls alb-mtls/staging -->"
_OLD = f"{_MARKER}\n**Nobody is locked out**: of an earlier commit\n"
_PASSPHRASE = "an-invented-passphrase"
_TOKEN = "ghs_an-invented-token"
# CAS has several forms; which one comes depends on what else was uploaded to the lab.
_IDENTIFIER = re.compile(
    r"(?<=CA `)([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{14}|[0-9a-f]{18}|[0-9a-f]{32})(?=`)"
)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A repository with the stack staging, and everything around it.

    Attributes:
        own: of the runner, and of pulumi.
        summaries: what the page of the last run of each workflow shows.
        broken: variables of a machine on which something is not as it should be.
    """

    lab: LabHandle
    folder: Path
    own: Path
    backend: str
    summaries: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def configure(self, *, enabled: bool, **options: Any) -> None:
        """Change the stack file, as a branch does."""
        proof = {**WITHOUT_HANDSHAKES, "connections": 50, "serverCa": str(self.lab.paths.server_ca)}
        listeners = [listener(self.lab, "alb", 443, **options)]
        config = stack_config(self.lab, proof=proof, listeners=listeners, enabled=enabled)
        # A runner has it from a secret.
        del config["kubernetes:kubeconfig"]
        file = self.folder / "Pulumi.staging.yaml"
        content = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
        file.write_text(yaml.safe_dump({**content, "config": config}, sort_keys=False), "utf-8")

    def access(self, acting_as: ActingAs) -> dict[str, str]:
        """Return the secrets of an environment."""
        given = variables(self.lab.paths, self.lab.status, acting_as)
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": given["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": given["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            "KUBECONFIG_CONTENT": Path(given["KUBECONFIG"]).read_text("utf-8"),
            "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
        }

    @property
    def machine(self) -> dict[str, str]:
        """What a runner has in every step."""
        return {
            "PATH": ":".join([*path_entries(), "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(self.own),
            "TMPDIR": str(self.own / "tmp"),
            "PULUMI_HOME": str(self.own / "pulumi"),
            # The rest is for the language host of the lab (docs/start/first-steps.md).
            "PULUMI_OPTION_NO_DEPENDENCIES": "true",
            "PULUMI_PYTHON_CMD": str(warm_environment() / "bin" / "python3"),
        }

    def run(
        self, workflow: str, api: GitHub, secrets: Mapping[str, str], *, head: str = "example/gateway"
    ) -> tuple[dict[str, bool], Runner]:
        """Run a workflow, and scan everything that it has written for every secret of the lab."""
        pull_request = {"number": api.number, "head": {"repo": {"full_name": head}}}
        runner = Runner(
            folder=self.folder,
            machine={**self.machine, **self.broken},
            own=self.own / "runner",
            context={
                "secrets": secrets,
                "vars": {"ALB_MTLS_STACKS": '["staging"]', "PULUMI_BACKEND_URL": self.backend},
                "github": {
                    "api_url": api.url,
                    "repository": "example/gateway",
                    "ref": "refs/heads/main",
                    "token": _TOKEN,
                    "event": {"pull_request": pull_request},
                },
            },
        )
        summary = self.own / "runner" / "GITHUB_STEP_SUMMARY"
        summary.unlink(missing_ok=True)
        results = runner.workflow(workflow)
        self.summaries[workflow] = summary.read_text("utf-8") if summary.exists() else ""
        assert self.in_the_clear(runner) == []
        handed_on = [self.own / "runner" / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")]
        assert [file for file in handed_on if file.exists()] == []
        assert list((self.own / "tmp").iterdir()) == []
        return results, runner

    def in_the_clear(self, runner: Runner) -> list[str]:
        """Return what stands in a log, in a file of the checkout or of the machine, or in the state."""
        scanner = Scanner()
        scanner.learn_text("the passphrase", _PASSPHRASE)
        scanner.learn_text("the token of the workflow", _TOKEN)
        for acting_as in (ActingAs.UP, ActingAs.PREVIEW):
            access = self.access(acting_as)
            scanner.learn_text(f"the access key secret of {acting_as}", access["ALIBABA_CLOUD_ACCESS_KEY_SECRET"])
            (user,) = yaml.safe_load(access["KUBECONFIG_CONTENT"])["users"]
            scanner.learn_text(f"the token of {acting_as}", user["user"]["token"])
        found = [one for ran in runner.ran for one in scanner.find(str(ran.step), ran.log)]
        for place in (self.folder, self.own):
            found += scanner.find_in_files(place)
        return [str(one) for one in found]


@pytest.fixture(scope="module")
def pipeline(shared_lab: LabHandle, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """One whose stack the workflow of main has deployed: the CA is in place, and requests without one are accepted."""
    shared_lab.reset()
    own = tmp_path_factory.mktemp("machine")
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("tmp", "state"):
        (own / name).mkdir()
    for name in (*_CHECKED_OUT, *_REQUIREMENTS):
        (folder / name).symlink_to(REPOSITORY / name)
    _environment_of_packages(folder / ".venv")
    pipeline = Pipeline(lab=shared_lab, folder=folder, own=own, backend=file_backend(own / "state"))
    pipeline.configure(enabled=False, hosts=[HOST])
    environment = {
        **pipeline.machine,
        "PULUMI_BACKEND_URL": pipeline.backend,
        "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    subprocess.run(["pulumi", "stack", "init", "staging"], cwd=folder, env=environment, check=True, capture_output=True)
    with github() as api:
        results, runner = pipeline.run("up", api, pipeline.access(ActingAs.UP))
    assert results == {"up": True}, runner.ran[-1].log
    return pipeline


def _environment_of_packages(folder: Path) -> None:
    """Lay that of the project there, as if ci/setup.sh had made it."""
    folder.mkdir()
    for name in ("bin", "lib", "include", "pyvenv.cfg"):
        (folder / name).symlink_to(warm_environment() / name)
    packages = hashlib.sha256(b"".join((REPOSITORY / name).read_bytes() for name in _REQUIREMENTS)).hexdigest()
    (folder / "ci-installed").write_text(f"{packages}\n", "utf-8")


@pytest.fixture
def api() -> Iterator[GitHub]:
    """A pull request with the green comment of an earlier commit, and one of somebody who has copied it."""
    with github() as server:
        server.add(_OLD, "mallory")
        for number in range(120):
            server.add(f"comment {number}", "somebody")
        server.add(_OLD)
        yield server
        assert server.bodies("mallory") == [_OLD]


def _comment(api: GitHub) -> str:
    """Return the one comment of the workflow, which has taken the place of the old one."""
    (body,) = api.bodies()
    assert body.splitlines()[0] == _MARKER
    assert body != _OLD
    return body


def test_after_an_up_the_page_of_the_run_shows_what_it_did(pipeline: Pipeline) -> None:
    assert pipeline.summaries["up"].startswith(f"{_MARKER}\n**Nobody loses access**")
    assert "`pulumi up` of stack `alb-mtls/staging`, exit code 0." in pipeline.summaries["up"]


def test_a_preview_with_access_that_only_reads_is_green_and_says_who_is_rejected(
    pipeline: Pipeline, api: GitHub
) -> None:
    pipeline.configure(enabled=True, hosts=[HOST])
    results, _ = pipeline.run("preview", api, pipeline.access(ActingAs.PREVIEW))
    assert results == {"preview": True, "comment": True}
    shown = _comment(api)
    assert _without_identifiers(shown) == _without_identifiers(_sample())
    assert pipeline.summaries["preview"] == shown


def _sample() -> str:
    (found,) = (one.text for one in examples("how-to/ci.md", "markdown") if one.text.startswith("<!-- alb-mtls"))
    return f"{found}\n"


def _without_identifiers(text: str) -> str:
    return _IDENTIFIER.sub("…", text)


def test_a_change_that_locks_a_host_out_of_which_the_stack_file_does_not_know_is_red(
    pipeline: Pipeline, api: GitHub
) -> None:
    pipeline.configure(enabled=True)
    results, _ = pipeline.run("preview", api, pipeline.access(ActingAs.PREVIEW))
    assert results == {"preview": False, "comment": True}
    first, second, *_ = _comment(api).splitlines()
    assert (first, second.startswith("**LOCKED OUT**: every client without a certificate")) == (_MARKER, True)
    assert HOST in second


def test_without_access_it_is_red_though_pulumi_ends_well_and_the_comment_says_that_nothing_is_known(
    pipeline: Pipeline, api: GitHub
) -> None:
    pipeline.configure(enabled=True, hosts=[HOST])
    results, runner = pipeline.run("preview", api, {"PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE})
    assert results == {"preview": False, "comment": True}
    shown = _comment(api)
    assert shown.splitlines()[1].startswith("**Not known**")
    assert "`pulumi preview` of stack `alb-mtls/staging`, exit code 0." in shown
    assert "red: no listener could be looked at" in "".join(ran.log for ran in runner.ran)


def test_a_preview_that_fails_is_red_and_its_comment_replaces_the_green_one(pipeline: Pipeline, api: GitHub) -> None:
    pipeline.configure(enabled=True, hosts=["other.example.com"])
    results, _ = pipeline.run("preview", api, pipeline.access(ActingAs.PREVIEW))
    assert results == {"preview": False, "comment": True}
    shown = _comment(api)
    assert shown.splitlines()[1].startswith("**The preview failed**")
    assert (
        f"host {HOST} of Ingress default/https-ingress is on it, and `hosts` of the listener does not allow that"
        in shown
    )


def test_so_is_one_that_does_not_reach_the_program(pipeline: Pipeline, api: GitHub) -> None:
    secrets = {**pipeline.access(ActingAs.PREVIEW), "PULUMI_CONFIG_PASSPHRASE": "of another stack"}
    results, _ = pipeline.run("preview", api, secrets)
    assert results == {"preview": False, "comment": True}
    assert _comment(api).splitlines()[1].startswith("**The preview failed**: the run has left no report")


def test_so_is_one_that_was_never_begun(pipeline: Pipeline, api: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pipeline.broken, "PYTHON", "python-that-is-not-there")
    results, _ = pipeline.run("preview", api, pipeline.access(ActingAs.PREVIEW))
    assert results == {"preview": False, "comment": True}
    assert _comment(api).splitlines()[1].startswith("**Not known whether anybody is rejected")


def test_a_fork_is_refused_before_anything_is_run_and_writes_no_comment(pipeline: Pipeline, api: GitHub) -> None:
    results, runner = pipeline.run("preview", api, {}, head="mallory/gateway")
    assert results == {"preview": False, "comment": False}
    assert [str(ran.step) for ran in runner.ran] == ["preview-preview-Refuse a fork", "preview-comment-Refuse a fork"]
    assert "with the credentials of the stack, so there is none for a fork" in runner.ran[0].log
    assert (api.bodies(), api.calls) == ([_OLD], [])


def test_by_the_clock_a_stack_that_is_as_it_was_left_is_green(pipeline: Pipeline, api: GitHub) -> None:
    pipeline.configure(enabled=False, hosts=[HOST])
    results, runner = pipeline.run("verify", api, pipeline.access(ActingAs.PREVIEW))
    assert results == {"verify": True}, runner.ran[-1].log
    assert "staging: nothing found" in runner.ran[-1].log


def test_by_the_clock_without_access_it_is_red_and_no_finding(pipeline: Pipeline, api: GitHub) -> None:
    results, runner = pipeline.run("verify", api, {"PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE})
    assert results == {"verify": False}
    assert "::error title=alb-mtls staging: could not be decided::" in runner.ran[-1].log
