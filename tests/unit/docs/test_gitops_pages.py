"""What the pages on GitOps show can be committed: fragments as the program makes them, manifests that parse.

The fragments of the pages are compared with what `python -m ops fragment` prints for the AlbConfig of the pages, and a
patch of Kustomize is applied by kubectl.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from alb_mtls.cluster.owner_habits import page_of
from alb_mtls.cluster.owners import Owner, Tool
from ops.fragment import Commit, what_to_commit
from tests.helpers.albconfigs import LISTENER
from tests.helpers.current import deployed
from tests.helpers.documents import REPOSITORY, read
from tests.helpers.needed import need

FOLDER = "how-to/gitops"
TOOLS = ["argo-cd.md", "flux.md", "helm.md"]
IDENTIFIER = "1ed65580-example"
_BLOCK = re.compile(r"^( *)```yaml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SHOWN = re.compile(r"^# AlbConfig alb, spec\.listeners")
_FILE = re.compile(r"^# [\w/.-]+\.yaml\n")


def _blocks(page: str) -> list[str]:
    """Return the YAML of a page, also what stands indented below a number."""
    return [
        "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
        for indent, text in _BLOCK.findall(read(f"{FOLDER}/{page}"))
    ]


def _files(page: str) -> list[Any]:
    return [yaml.safe_load(one) for one in _blocks(page) if _FILE.match(one) and "{{" not in one]


BEFORE, ON, OFF, BACK = _files("kubectl.md")


def _printed(commit: Commit, albconfig: Any = BEFORE) -> str:
    return what_to_commit(deployed(None, ca_identifier=IDENTIFIER), albconfig, commit).text


@pytest.mark.parametrize("page", TOOLS)
def test_the_three_commits_of_a_page_are_what_the_program_prints(page: str) -> None:
    shown = [one for one in _blocks(page) if _SHOWN.match(one)]
    assert shown == [_printed(commit) for commit in (Commit.AS_DEPLOYED, Commit.OFF, Commit.WITHOUT_LIST)]


def test_each_whole_file_is_the_one_before_with_the_fragment_in_the_place_of_the_listener() -> None:
    for before, after, commit in (
        (BEFORE, ON, Commit.AS_DEPLOYED),
        (ON, OFF, Commit.OFF),
        (OFF, BACK, Commit.WITHOUT_LIST),
    ):
        listeners = [before["spec"]["listeners"][0], *yaml.safe_load(_printed(commit, before))]
        assert after == {**before, "spec": {**before["spec"], "listeners": listeners}}


def test_every_manifest_of_the_pages_parses_and_is_of_a_kind_that_is_meant() -> None:
    kinds = {page: [one.get("kind") for one in _files(page)] for page in (*TOOLS, "kubectl.md")}
    assert kinds == {
        "argo-cd.md": [None, "Application"],
        "flux.md": ["Kustomization", "AlbConfig", "HelmRelease"],
        "helm.md": [],
        "kubectl.md": ["AlbConfig"] * 4,
    }


@pytest.mark.parametrize("page", ["argo-cd.md", "flux.md"])
def test_a_patch_of_kustomize_makes_the_same_of_the_albconfig_as_the_fragment(page: str, tmp_path: Path) -> None:
    need("kubectl")
    manifest = _files(page)[0]
    patches = manifest.get("patches") or manifest["spec"]["patches"]
    (tmp_path / "albconfig.yaml").write_text(yaml.safe_dump(BEFORE))
    kustomization = {"resources": ["albconfig.yaml"], "patches": patches}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    built = subprocess.run(
        [str(shutil.which("kubectl")), "kustomize", str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert yaml.safe_load(built.stdout) == ON


def test_the_paths_that_argo_cd_is_to_ignore_are_the_two_fields_of_the_listener() -> None:
    (application,) = (one for one in _files("argo-cd.md") if one.get("kind"))
    (ignored,) = application["spec"]["ignoreDifferences"]
    assert (ignored["group"], ignored["kind"], ignored["name"]) == ("alibabacloud.com", "AlbConfig", "alb")
    select = f'.spec.listeners[] | select(.port == {LISTENER.port} and .protocol == "{LISTENER.protocol}")'
    assert ignored["jqPathExpressions"] == [f"{select} | .{field}" for field in ("caEnabled", "caCertificates")]
    assert "RespectIgnoreDifferences=true" in application["spec"]["syncPolicy"]["syncOptions"]


@pytest.mark.parametrize("tool", Tool)
def test_every_tool_has_a_page(tool: Tool) -> None:
    page = page_of(Owner(tool=tool, evidence="x"))
    assert page.startswith(f"docs/{FOLDER}/")
    assert (REPOSITORY / page).is_file()
