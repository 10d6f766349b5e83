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
from tests.helpers.certificates import NOW
from tests.helpers.imported_stack import ROOT
from tests.helpers.stack_file import surroundings


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is said of a stack file."""

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


Judged = Callable[..., Said]
Judge = Callable[..., tuple[str, ...]]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judged:
    """Return what is said about a stack file beside some files, the root's key among them, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.key").write_text(private_key_pem(ROOT.key))

    def said(values: dict[str, Any], *, now: datetime = NOW, preview: bool = False, **files: str | bytes) -> Said:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / f"{name}.pem").write_bytes(data)
        deployment = {"cas": {"endpoint": "china"}, "listeners": [{"albConfig": "alb", "port": 443}]}
        try:
            around = surroundings(read_file=lambda path: Path(path).read_text("utf-8"), now=now, preview=preview)
            settings = parse_settings({**deployment, **values}, around)
        except SettingsError as error:
            return Said(problems=error.problems)
        return Said(warnings=settings.warnings)

    return said


@pytest.fixture
def judge(judged: Judged) -> Judge:
    """Return only the mistakes."""
    return lambda values, **options: judged(values, **options).problems
