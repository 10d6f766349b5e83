"""Running the steps of a workflow in order, each with the environment that its YAML gives it, as GitHub does.

Of the expressions it knows those that our workflows have; another one fails the test. Actions are known by their name:
those that install something have nothing to do here.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.workflows import Step, jobs, steps

_SECONDS = 240
_LOOKUP = re.compile(r"\$\{\{ ([\w.]+) \}\}")
_FROM_JSON = re.compile(r"\$\{\{ fromJSON\(([\w.]+)\) \}\}")
_EVEN_AFTER_A_FAILURE = "!cancelled()"
_ONLY_INSTALL = ("actions/checkout", "actions/setup-python", "actions/setup-go", "pulumi/actions")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A step that was run.

    Attributes:
        environment: that it was given, beside the machine's.
    """

    step: Step
    code: int
    log: str
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A machine that has checked a repository out.

    Attributes:
        folder: of the checkout.
        machine: variables that every step has, such as PATH.
        context: what expressions look up: `secrets`, `vars`, `github`.
        own: of the runner: files that steps may write, artifacts.
        ran: every step so far.
    """

    folder: Path
    machine: Mapping[str, str]
    context: Mapping[str, Any]
    own: Path
    ran: list[Ran] = field(default_factory=list)

    def workflow(self, name: str) -> dict[str, bool]:
        """Run a workflow; return whether each of its jobs that was run is green."""
        results: dict[str, bool] = {}
        for job, content in ((key, content) for file, key, content in jobs() if file == name):
            condition = str(content.get("if", ""))
            needs_green = _EVEN_AFTER_A_FAILURE not in condition
            if not self._holds(condition, {}) or (needs_green and not results.get(content.get("needs", ""), True)):
                continue
            listed = _FROM_JSON.fullmatch(content["strategy"]["matrix"]["stack"])
            assert listed is not None
            for stack in json.loads(self._find(listed[1], {})):
                matrix = {"matrix": {"stack": stack}}
                results[job] = results.get(job, True) and self._job([s for s in steps(name) if s.job == job], matrix)
        return results

    def _job(self, its_steps: list[Step], matrix: Mapping[str, Any]) -> bool:
        green = True
        for step in its_steps:
            condition = str(step.whole.get("if", ""))
            if (green or _EVEN_AFTER_A_FAILURE in condition) and self._holds(condition, matrix):
                fine = self._step(step, matrix)
                green = green and (fine or step.whole.get("continue-on-error") is True)
        return green

    def _step(self, step: Step, matrix: Mapping[str, Any]) -> bool:
        if step.run is None:
            return self._action(step, matrix)
        environment = {name: self._text(value, matrix) for name, value in step.environment.items()}
        done = subprocess.run(
            # As GitHub runs a step that names no shell.
            ["bash", "-e", "-c", step.run],
            cwd=self.folder,
            env={**self.machine, **self._variables(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        self.ran.append(Ran(step=step, code=done.returncode, log=done.stdout, environment=environment))
        return done.returncode == 0

    def _variables(self) -> dict[str, str]:
        self.own.mkdir(exist_ok=True)
        files = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")
        return {
            **{name: str(self.own / name) for name in files},
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self._find("github.api_url", {}),
            "GITHUB_REPOSITORY": self._find("github.repository", {}),
            "GITHUB_RUN_ID": "12",
            "GITHUB_SERVER_URL": "https://github.com",
        }

    def _action(self, step: Step, matrix: Mapping[str, Any]) -> bool:
        action, _, _ = (step.uses or "").partition("@")
        if action in _ONLY_INSTALL:
            return True
        artifact = self.own / f"artifact-{self._text(step.given['name'], matrix)}"
        path, *more = (self.folder / one for one in self._text(step.given["path"], matrix).split())
        if action == "actions/upload-artifact":
            found = [one for one in (path, *more) if one.is_file()]
            if not found:
                return bool(step.given["if-no-files-found"] == "ignore")
            assert len({one.parent for one in (path, *more)}) == 1
            # One of the same name is replaced, with all that it has.
            shutil.rmtree(artifact, ignore_errors=True)
            artifact.mkdir()
            for one in found:
                shutil.copy(one, artifact)
            return True
        assert (action, more) == ("actions/download-artifact", [])
        # Another machine: what the job before has left is not there.
        shutil.rmtree(path, ignore_errors=True)
        if not artifact.is_dir():
            return False
        artifact.rename(path)
        return True

    def _holds(self, condition: str, matrix: Mapping[str, Any]) -> bool:
        terms = condition.removeprefix("${{").removesuffix("}}").split("&&")
        return all(self._is_true(term.strip(), matrix) for term in terms)

    def _is_true(self, term: str, matrix: Mapping[str, Any]) -> bool:
        if term in ("", _EVEN_AFTER_A_FAILURE):
            return True
        compared = re.fullmatch(r"([\w.]+) ([!=]=) '([^']*)'", term)
        assert compared is not None, term
        return (self._find(compared[1], matrix) == compared[3]) is (compared[2] == "==")

    def _text(self, value: str, matrix: Mapping[str, Any]) -> str:
        text = _LOOKUP.sub(lambda found: self._find(found[1], matrix), str(value))
        assert "${{" not in text, text
        return text

    def _find(self, name: str, matrix: Mapping[str, Any]) -> str:
        value: Any = {**self.context, **matrix}
        for key in name.split("."):
            # What is not there is an empty text, as on GitHub.
            value = value.get(key, "") if isinstance(value, Mapping) else ""
        return str(value)
