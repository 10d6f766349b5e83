"""In CI a token instead of an access key: the variables that `ci/environment.sh` sets, those of a key left empty."""

from pathlib import Path
from typing import Any

import pytest
from alibabacloud_credentials.provider import OIDCRoleArnCredentialsProvider
from alibabacloud_credentials.provider.refreshable import Credentials
from alibabacloud_credentials.utils import auth_util

from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.errors import NoCredential

NOTHING: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _without_profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    # As GitHub gives a secret that is not there.
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        monkeypatch.setenv(name, "")


@pytest.fixture
def _token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the package reads when it is imported, and the answer of the token service."""
    file = tmp_path / "oidc-token"
    file.write_text("a.signed.token", "utf-8")
    monkeypatch.setattr(auth_util, "environment_oidc_token_file", str(file))
    monkeypatch.setattr(auth_util, "environment_role_arn", "acs:ram::1:role/preview")
    monkeypatch.setattr(auth_util, "environment_oidc_provider_arn", "acs:ram::1:oidc-provider/github")
    monkeypatch.setattr(auth_util, "enable_oidc_credential", True)

    def exchanged(provider: Any) -> Credentials:
        token = Path(provider._oidc_token_file_path).read_text("utf-8")  # noqa: SLF001 - what it would send
        return Credentials(
            access_key_id="STS.id", access_key_secret=f"for {token}", security_token="temporary", provider_name="oidc"
        )

    monkeypatch.setattr(OIDCRoleArnCredentialsProvider, "get_credentials", exchanged)


@pytest.mark.usefixtures("_token")
def test_the_token_is_exchanged_where_the_variables_of_an_access_key_are_empty() -> None:
    given = credential(NOTHING.get).get_credential()
    assert (given.access_key_id, given.access_key_secret, given.security_token) == (
        "STS.id",
        "for a.signed.token",
        "temporary",
    )


def test_without_one_the_empty_variables_are_named() -> None:
    with pytest.raises(NoCredential, match="ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are empty"):
        credential(NOTHING.get)
