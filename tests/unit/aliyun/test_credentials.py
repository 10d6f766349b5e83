"""Which credential is used, and what is said when there is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import (
    DefaultCredentialsProvider,
    RamRoleArnCredentialsProvider,
    StaticAKCredentialsProvider,
)

from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.errors import NoCredential
from alb_mtls.aliyun.half_credentials import Part, missing_half, unusable_in

NOTHING: dict[str, str] = {}


@pytest.fixture(autouse=True)
def _no_standard_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: Any) -> Any:
        message = "unable to load credentials from any of the providers in the chain"
        raise CredentialException(message)

    monkeypatch.setattr(DefaultCredentialsProvider, "get_credentials", nothing)


def keys(client: Any) -> tuple[str, str, str | None]:
    model = client.get_credential()
    return model.access_key_id, model.access_key_secret, model.security_token


KEY = {"alicloud:accessKey": "id", "alicloud:secretKey": "secret"}


@pytest.mark.parametrize(
    ("config", "environment", "token"),
    [
        (KEY, {}, None),
        ({**KEY, "alicloud:securityToken": "token"}, {}, "token"),
        # The variables of pulumi-alicloud, without configuration.
        ({}, {"ACCESS_KEY": "id", "SECRET_KEY": "secret", "SECURITY_TOKEN": "token"}, "token"),
        (KEY, {"SECURITY_TOKEN": "token of another key"}, None),
    ],
)
def test_a_key_and_its_token_come_both_from_the_configuration_or_both_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, config: dict[str, str], environment: dict[str, str], token: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"ALICLOUD_{name}", value)
    assert keys(credential(config.get)) == ("id", "secret", token)


@pytest.mark.parametrize("name", ["accessKey", "secretKey", "securityToken"])
@pytest.mark.parametrize("value", ["hunter2\n", "hunter2\u202e", "hunter\u00a02"])
def test_a_credential_with_a_character_that_none_has_is_refused_and_not_shown(name: str, value: str) -> None:
    whole = {**KEY, "alicloud:securityToken": "AAE+/=.-_"}
    assert keys(credential(whole.get)) == ("id", "secret", "AAE+/=.-_")
    with pytest.raises(NoCredential, match=r"has a character that is no printable ASCII") as caught:
        credential({**whole, f"alicloud:{name}": value}.get)
    assert "hunter" not in str(caught.value)


def test_a_credential_server_that_does_not_answer_is_one_sentence_and_no_traceback(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(NoCredential, match="alicloud:credentialsUri gives no usable credential"):
        credential({"alicloud:credentialsUri": "http://127.0.0.1:9/credential"}.get)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("given", "missing"), [("accessKey", "secretKey"), ("secretKey", "accessKey")])
def test_half_a_key_is_refused_by_name_and_not_shown(given: str, missing: str) -> None:
    with pytest.raises(NoCredential, match=f"alicloud:{given} is set without alicloud:{missing}") as caught:
        credential({f"alicloud:{given}": "hunter2"}.get)
    assert "hunter2" not in str(caught.value)


def test_half_a_key_of_the_environment_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALICLOUD_ACCESS_KEY", "id")
    with pytest.raises(NoCredential, match="ALICLOUD_ACCESS_KEY is set without ALICLOUD_SECRET_KEY"):
        credential(NOTHING.get)


STANDARD = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (("id", None, None), f"{STANDARD[0]} is set without {STANDARD[1]}; set"),
        ((None, "hunter2", None), f"{STANDARD[1]} is set without {STANDARD[0]}; set"),
        (("id", "", None), f"{STANDARD[0]} is set while {STANDARD[1]} is empty"),
        ((" ", "hunter2", None), f"{STANDARD[1]} is set while {STANDARD[0]} is empty"),
        ((None, None, "hunter2"), f"{STANDARD[2]} is set without {STANDARD[0]} and {STANDARD[1]}"),
        (("STS.id", "hunter2", None), f"(it begins with STS.) and is set without {STANDARD[2]}"),
        (("STS.id", "hunter2", ""), f"and is set while {STANDARD[2]} is empty"),
        (("", "", None), f"{STANDARD[0]} and {STANDARD[1]} are empty. Give one of"),
    ],
)
def test_half_a_credential_of_the_standard_variables_names_the_missing_half(
    monkeypatch: pytest.MonkeyPatch, values: tuple[str | None, ...], sentence: str
) -> None:
    for name, value in zip(STANDARD, values, strict=True):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(NoCredential) as caught:
        credential(NOTHING.get)
    assert sentence in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("values", [("id", "s", None), ("LTAI", "s", ""), ("STS.id", "s", "t"), (None, None, None)])
def test_a_whole_credential_and_none_at_all_lack_nothing(values: tuple[str | None, ...]) -> None:
    key, secret, token = (Part(name, value) for name, value in zip(STANDARD, values, strict=True))
    assert missing_half(key, secret, token) is None


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    file = tmp_path / "config.json"
    profile = {"name": "prod", "mode": "AK", "access_key_id": "of prod", "access_key_secret": "secret of prod"}
    file.write_text(json.dumps({"current": "prod", "profiles": [profile]}))
    return file


@pytest.mark.parametrize("named", [{"alicloud:profile": "prod"}, {}], ids=["by name", "the current one"])
def test_a_profile_is_read_from_the_shared_file(profiles: Path, named: dict[str, str]) -> None:
    assert keys(credential({**named, "alicloud:sharedCredentialsFile": str(profiles)}.get))[0] == "of prod"


def test_a_profile_that_does_not_exist_is_named_with_its_file(profiles: Path) -> None:
    config = {"alicloud:profile": "staging", "alicloud:sharedCredentialsFile": str(profiles)}
    with pytest.raises(NoCredential, match=f"{profiles} has no profile staging; those it has: prod"):
        credential(config.get)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"mode": "AK", "access_key_id": "id"}, "profile prod of FILE has access_key_id, but no access_key_secret;"),
        ({"mode": "AK", "access_key_id": "id", "access_key_secret": ""}, "but no access_key_secret;"),
        ({"mode": "AK"}, "profile prod of FILE is of mode AK and has no access_key_id and no access_key_secret;"),
        (
            {"mode": "StsToken", "access_key_id": "id", "access_key_secret": "hunter2"},
            "has access_key_id and access_key_secret, but no sts_token; complete it with: aliyun configure --profile",
        ),
        (
            {"mode": "OIDC", "ram_role_arn": "acs:ram::1:role/a"},
            "has ram_role_arn, but no oidc_provider_arn and no oidc_token_file; complete it",
        ),
        ({"mode": "ChainableRamRoleArn", "source_profile": "base"}, "has source_profile, but no ram_role_arn;"),
        (
            {"mode": "ChainableRamRoleArn", "source_profile": "base", "ram_role_arn": "acs:ram::1:role/a"},
            "has source_profile base, which is no other profile of that file",
        ),
        (
            {"mode": "ChainableRamRoleArn", "source_profile": "prod", "ram_role_arn": "acs:ram::1:role/a"},
            "has source_profile prod, which is no other profile of that file",
        ),
        ({"mode": "CredentialsURI"}, "has mode CredentialsURI, and must have one of AK, StsToken, "),
        ({}, "has no mode, and must have one of AK, "),
    ],
)
def test_a_profile_with_half_a_credential_names_what_it_lacks(
    tmp_path: Path, content: dict[str, str], sentence: str
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"current": "prod", "profiles": [{"name": "prod", **content}]}))
    with pytest.raises(NoCredential) as caught:
        credential({"alicloud:sharedCredentialsFile": str(file)}.get)
    assert sentence.replace("FILE", str(file)) in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "is not there; make it with: aliyun configure"),
        ("no JSON", "cannot be read as JSON"),
        ('{"profiles": [{"name": "prod"}]}', "names no current profile; set alicloud:profile to one of prod"),
        ("[]", "names no current profile; set alicloud:profile to one of none"),
        ('{"current": ["prod"], "profiles": [{"name": "prod"}]}', "names no current profile; set alicloud:profile"),
    ],
)
def test_a_file_of_profiles_that_is_of_no_use_is_named(tmp_path: Path, text: str | None, sentence: str) -> None:
    file = tmp_path / "config.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(NoCredential, match=f"{file} {sentence}"):
        credential({"alicloud:sharedCredentialsFile": str(file)}.get)


def test_nothing_anywhere_lists_how_to_give_a_credential() -> None:
    with pytest.raises(
        NoCredential, match=r"alicloud:accessKey .*alicloud:profile .*ALIBABA_CLOUD_ACCESS_KEY_ID"
    ) as caught:
        credential(NOTHING.get)
    assert caught.value.__context__ is None


def test_a_role_is_assumed_with_the_configured_key(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def assume(provider: Any) -> Any:
        asked.append(provider)
        return StaticAKCredentialsProvider(access_key_id="of the role", access_key_secret="s").get_credentials()

    monkeypatch.setattr(RamRoleArnCredentialsProvider, "get_credentials", assume)
    role = json.dumps({"roleArn": "acs:ram::1:role/deploy", "sessionName": "ci"})
    assert keys(credential({**KEY, "alicloud:assumeRole": role}.get))[0] == "of the role"
    assert asked[0]._role_arn == "acs:ram::1:role/deploy"  # noqa: SLF001 - the SDK tells nobody
    assert asked[0]._credentials_provider.access_key_id == "id"  # noqa: SLF001 - the SDK tells nobody


@pytest.mark.parametrize("text", ["acs:ram::1:role/deploy", "[]", "{}"])
def test_a_role_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(NoCredential, match="alicloud:assumeRole must be an object with roleArn"):
        credential({"alicloud:assumeRole": text}.get)


def test_what_is_not_read_is_refused_rather_than_ignored() -> None:
    with pytest.raises(NoCredential, match="ALIBABA_CLOUD_OIDC_TOKEN_FILE"):
        credential({"alicloud:assumeRoleWithOidc": "{}"}.get)


@pytest.mark.parametrize("uri", ["nonsense", "http://", "http://127.0.0.1:port/"])
def test_a_credential_server_that_is_no_url_is_named_by_the_variable_that_names_it(
    monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.setenv("ALICLOUD_CREDENTIALS_URI", uri)
    with pytest.raises(NoCredential, match="ALICLOUD_CREDENTIALS_URI gives no usable credential"):
        credential(NOTHING.get)


def test_a_key_of_a_profile_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    profile = {"name": "prod", "mode": "AK", "access_key_id": 1, "access_key_secret": 20202}
    file.write_text(json.dumps({"current": "prod", "profiles": [profile]}))
    with pytest.raises(NoCredential) as caught:
        credential({"alicloud:sharedCredentialsFile": str(file)}.get)
    assert "20202" not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        (
            {"ALIBABA_CLOUD_ROLE_ARN": "acs:a"},
            "ALIBABA_CLOUD_ROLE_ARN is set without ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE; ",
        ),
        (
            {"ALIBABA_CLOUD_ROLE_ARN": "acs:a", "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "token"},
            "are set without ALIBABA_CLOUD_OIDC_PROVIDER_ARN; an OIDC token needs all three. ",
        ),
        (
            {
                "ALIBABA_CLOUD_ROLE_ARN": "acs:a",
                "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:b",
                "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/nonexistent/token",
            },
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE names a file that is not there. ",
        ),
        (
            {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:9"},
            "ALIBABA_CLOUD_CREDENTIALS_URI names a server that gave none. ",
        ),
        ({}, ""),
    ],
)
def test_what_the_standard_chain_could_not_use_is_named(environment: dict[str, str], sentence: str) -> None:
    assert sentence in unusable_in(environment)
    assert bool(unusable_in(environment)) is bool(sentence)


def test_the_sentence_about_no_credential_names_half_an_oidc_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:b")
    with pytest.raises(NoCredential, match="ALIBABA_CLOUD_OIDC_PROVIDER_ARN is set without ALIBABA_CLOUD_ROLE_ARN"):
        credential(NOTHING.get)
