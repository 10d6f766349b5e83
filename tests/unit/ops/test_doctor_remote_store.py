"""What doctor says of a bucket or a database, which it knows by the URL alone."""

import pytest

from ops.doctor.diagnosis import Health, Line
from ops.doctor.state_store import examine_stack_in_store, examine_state_store

OSS = "s3://states?endpoint=s3.oss-ap-southeast-1.aliyuncs.com&region=ap-southeast-1"
MINIO = "s3://states?endpoint=https://minio.example.com&s3ForcePathStyle=true&region=us-east-1"
DATABASE = "postgres://pulumi@db.example.com:5432/states?sslmode=verify-full"


def _examined(url: str, stack: str = "prod", project: str = "alb-mtls") -> list[Line]:
    environment = {"PULUMI_BACKEND_URL": url}
    assert list(examine_state_store(environment)) == []
    return list(examine_stack_in_store(project, stack, environment))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (OSS, "bucket states at s3.oss-ap-southeast-1.aliyuncs.com"),
        (MINIO, "bucket states at minio.example.com"),
        ("s3://states?region=eu-central-1", "bucket states"),
        ("s3://states?endpoint=http://127.0.0.1:9000&s3ForcePathStyle=true", "bucket states at 127.0.0.1"),
        (DATABASE, "database states at db.example.com"),
        ("postgres://pulumi@db.example.com/states", "database states at db.example.com"),
        ("postgres://pulumi@127.0.0.1:5432/states?sslmode=disable", "database states at 127.0.0.1"),
    ],
)
def test_an_address_that_is_as_it_should_be_is_fine_and_what_was_not_looked_at_is_a_note(url: str, name: str) -> None:
    address, not_looked_at = _examined(url)
    assert address.health is Health.FINE
    assert name in address.found
    assert not_looked_at.health is Health.NOTE
    assert f"of {name}, Pulumi shows neither a lock nor whether older states are kept" in not_looked_at.found


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"{OSS}&s3ForcePathStyle=true", "OSS takes a bucket in the host name only"),
        (MINIO.replace("https", "http"), "states travel to minio.example.com without TLS"),
        ("s3://states?endpoint=minio.example.com&disableSSL=true", "states travel to minio.example.com without TLS"),
        (DATABASE.replace("verify-full", "disable"), "sslmode is disable, so states can travel to db.example.com"),
        (DATABASE.replace("pulumi@", "pulumi:hunter2hunter2@"), "the URL holds the password of the database"),
    ],
)
def test_an_address_with_a_flaw_is_a_problem_and_no_line_repeats_a_password(url: str, found: str) -> None:
    problem, _ = lines = _examined(url)
    assert problem.health is Health.PROBLEM
    assert found in problem.found
    assert problem.remedy
    assert "hunter2" not in str(lines)


@pytest.mark.parametrize(("project", "stack"), [("alb_mtls", "prod"), ("alb-mtls", "prod_eu")])
def test_an_underscore_in_a_name_is_worth_a_note_in_a_database_and_not_in_a_bucket(project: str, stack: str) -> None:
    named, _ = _examined(DATABASE, stack, project)
    assert named.health is Health.NOTE
    assert "stands for any character" in named.found
    assert [line.health for line in _examined(OSS, stack, project)] == [Health.FINE, Health.NOTE]


@pytest.mark.parametrize("url", ["https://api.pulumi.com", "s3://[", "", "mem://"])
def test_of_other_stores_and_of_what_is_no_url_there_is_no_line(url: str) -> None:
    assert list(examine_stack_in_store("alb-mtls", "prod", {"PULUMI_BACKEND_URL": url, "PULUMI_HOME": "/none"})) == []
