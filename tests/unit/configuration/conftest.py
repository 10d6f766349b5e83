"""Stack files beside real files, in a folder of their own and read as the program reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.configuration.parse import parse_settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.text_files import read_text
from tests.helpers.certificates import NOW
from tests.helpers.imported_stack import ROOT
from tests.helpers.stack_file import surroundings


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The problems and warnings of a stack file."""

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


Parse = Callable[..., Findings]
ProblemsOf = Callable[..., tuple[str, ...]]


@pytest.fixture
def parse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parse:
    """Return a function that parses a stack file beside other files; the key of the root is one of them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.key").write_text(private_key_pem(ROOT.key))

    def findings(
        values: dict[str, Any], *, now: datetime = NOW, preview: bool = False, **files: str | bytes
    ) -> Findings:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / f"{name}.pem").write_bytes(data)
        deployment = {"cas": {"endpoint": "china"}, "listeners": [{"albConfig": "alb", "port": 443}]}
        try:
            context = surroundings(read_file=read_text, now=now, preview=preview)
            settings = parse_settings({**deployment, **values}, context)
        except SettingsError as error:
            return Findings(problems=error.problems)
        return Findings(warnings=settings.warnings)

    return findings


@pytest.fixture
def problems_of(parse: Parse) -> ProblemsOf:
    """Return a function that returns only the problems."""
    return lambda values, **options: parse(values, **options).problems
