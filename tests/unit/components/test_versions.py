"""The Pulumi CLI is compared with the versions that are supported, and refused in a sentence."""

import pulumi
import pytest

from components import versions


def _answering(monkeypatch: pytest.MonkeyPatch, answer: Exception | None) -> list[str]:
    asked: list[str] = []

    def compare(supported: str) -> None:
        asked.append(supported)
        if answer is not None:
            raise answer

    monkeypatch.setattr(pulumi, "require_pulumi_version", compare)
    return asked


def test_a_cli_that_is_supported_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answering(monkeypatch, None)
    versions.refuse_other_cli()
    assert asked == [">=3.259.0 <4.0.0"]


@pytest.mark.parametrize(
    "answer",
    [
        'Pulumi CLI version 3.258.0 does not satisfy the version range ">=3.259.0 <4.0.0"',
        "The installed version of the CLI does not support the `RequirePulumiVersion` RPC.",
    ],
    ids=["another version", "older than the question"],
)
def test_another_cli_is_refused_with_the_versions_that_are_supported(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    _answering(monkeypatch, Exception(answer))
    with pytest.raises(
        pulumi.RunError, match=r"needs the Pulumi CLI in version 3\.259\.0 or later, below 4"
    ) as refused:
        versions.refuse_other_cli()
    assert answer[:40] in str(refused.value)
    assert refused.value.__context__ is None


def test_an_engine_that_is_gone_is_no_other_version(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = pulumi.RunError("Resource monitor has terminated, shutting down")
    _answering(monkeypatch, gone)
    with pytest.raises(pulumi.RunError) as refused:
        versions.refuse_other_cli()
    assert refused.value is gone
