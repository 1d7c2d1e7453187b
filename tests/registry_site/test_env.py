"""The environment: each value is read, or replaced by its default and reported under its id."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from registry_site.env import Environment, StoreAddress, cache_beside

DEFAULT = Path("/var/registry")
IN_DEFAULT = StoreAddress(folder=DEFAULT)


def ids(environment: Environment) -> list[str]:
    assert [problem for problem in environment.problems if not problem.message or not problem.hint] == []
    return [problem.id for problem in environment.problems]


@pytest.mark.parametrize(
    ("text", "value", "problems"),
    [
        *((word, True, []) for word in ("1", "true", "TRUE", " yes ", "On")),
        *((word, False, []) for word in ("0", "false", "no", "off", "", "  ")),
        *((word, False, ["registry.E001"]) for word in ("2", "perhaps", "truefalse", "y")),
    ],
)
def test_flag_is_yes_or_no_or_reported(text: str, value: bool, problems: list[str]) -> None:
    environment = Environment({"A": text})

    assert environment.flag("A") is value
    assert ids(environment) == problems


def test_what_is_not_set_is_its_default_and_no_problem() -> None:
    environment = Environment({})

    assert environment.flag("A") is False
    assert (environment.text("A"), environment.text("A", default="b")) == ("", "b")
    assert environment.broker("A", default="filesystem://") == "filesystem://"
    assert environment.words("A") == []
    assert environment.web_address("A") == ""
    assert environment.store("A", default=DEFAULT) == IN_DEFAULT
    assert environment.database("A", default="sqlite:////a.sqlite3")["NAME"] == "/a.sqlite3"
    assert ids(environment) == []


def test_secret_that_is_given_is_taken_and_kept_nowhere(tmp_path: Path) -> None:
    assert Environment({"A": "given"}).secret("A", kept_in=tmp_path / "key") == "given"

    assert list(tmp_path.iterdir()) == []


def test_secret_that_is_missing_is_made_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    first, again = (Environment({}).secret("A", kept_in=tmp_path / "key") for _ in range(2))

    assert first == again
    assert len(first) >= 50
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_secret_that_may_not_be_kept_differs_each_time() -> None:
    first, again = (Environment({}).secret("A", kept_in=None) for _ in range(2))

    assert first != again
    assert len(first) >= 50


def test_words_are_separated_by_commas() -> None:
    assert Environment({"A": " a.example.com, ,b,"}).words("A") == ["a.example.com", "b"]


@pytest.mark.parametrize(
    ("text", "engine", "problems"),
    [
        ("postgres://user:pass@host:5432/name", "postgresql", []),
        ("postgresql://host/name", "postgresql", []),
        ("sqlite:////tmp/a.sqlite3", "sqlite3", []),
        ("mysql://host/name", "sqlite3", ["registry.E002"]),
        ("host/name", "sqlite3", ["registry.E002"]),
        ("postgres://[::1/name", "sqlite3", ["registry.E002"]),
        ("postgres://host:port/name", "sqlite3", ["registry.E002"]),
        ("postgres://host", "sqlite3", ["registry.E002"]),
        ("postgres://", "sqlite3", ["registry.E002"]),
    ],
)
def test_database_is_read_or_reported(text: str, engine: str, problems: list[str]) -> None:
    environment = Environment({"A": text})

    database = environment.database("A", default="sqlite:////a.sqlite3")

    assert database["ENGINE"] == f"django.db.backends.{engine}"
    assert ids(environment) == problems


def test_database_password_is_not_repeated_in_the_problem() -> None:
    environment = Environment({"A": "mysql://user:s3cret@host/name"})

    environment.database("A", default="sqlite:////a.sqlite3")

    (problem,) = environment.problems
    assert "s3cret" not in problem.message + problem.hint


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("redis://broker:6379/0", True),
        ("rediss://:s3cret@broker:6380/0", True),
        ("redis+socket:///run/redis.sock", True),
        ("sentinel://a:26379;sentinel://b:26379", True),
        ("amqp://user:pass@broker//", True),
        ("filesystem://localhost", True),
        ("redis", False),
        ("broker:6379", False),
        ("http://broker", False),
        ("redis://:s3cret@broker:port/0", False),
        ("sentinel://a:26379;b:26379", False),
        ("redis://[", False),
    ],
)
def test_broker_is_taken_or_reported_without_its_password(text: str, is_taken: bool) -> None:
    environment = Environment({"A": text})

    assert environment.broker("A", default="filesystem://") == (text if is_taken else "filesystem://")
    assert ids(environment) == ([] if is_taken else ["registry.E007"])
    assert [problem for problem in environment.problems if "s3cret" in problem.message + problem.hint] == []


@pytest.mark.parametrize("text", ["", "{}/deep/var"])
def test_folder_is_made(text: str, tmp_path: Path) -> None:
    environment = Environment({"A": text.format(tmp_path)})

    folder = environment.folder("A", default=tmp_path / "default", holds="broker")

    assert folder == tmp_path / ("deep/var" if text else "default")
    assert (folder / "broker").is_dir()
    assert ids(environment) == []


def test_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = Environment({"A": str(tmp_path / "file" / "var")})

    folder = environment.folder("A", default=tmp_path, holds="broker")

    assert ids(environment) == ["registry.E006"]
    assert str(folder) in environment.problems[0].message


def test_folder_that_cannot_be_written_to_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser may write anywhere, so the system's answer is a stand-in."""
    monkeypatch.setattr("os.access", lambda place, mode: Path(place).name != "broker")
    environment = Environment({"A": str(tmp_path)})

    environment.folder("A", default=tmp_path, holds="broker")

    assert ids(environment) == ["registry.E006"]


def test_secret_that_cannot_be_kept_lasts_as_long_as_the_process(tmp_path: Path) -> None:
    assert len(Environment({}).secret("A", kept_in=tmp_path / "missing" / "key")) >= 50


@pytest.mark.parametrize(
    ("text", "store", "problems"),
    [
        ("file:///srv/registry", StoreAddress(folder=Path("/srv/registry")), []),
        ("file:///srv/a%20b", StoreAddress(folder=Path("/srv/a b")), []),
        ("s3://bucket", StoreAddress(bucket="bucket"), []),
        ("s3://bucket/a/b/", StoreAddress(bucket="bucket", prefix="a/b"), []),
        ("s3://", IN_DEFAULT, ["registry.E003"]),
        ("s3://Bucket_1", IN_DEFAULT, ["registry.E003"]),
        ("s3://user:pass@bucket", IN_DEFAULT, ["registry.E003"]),
        ("file://host/folder", IN_DEFAULT, ["registry.E003"]),
        ("file:///", IN_DEFAULT, ["registry.E003"]),
        ("/srv/registry", IN_DEFAULT, ["registry.E003"]),
        ("https://bucket", IN_DEFAULT, ["registry.E003"]),
        ("s3://[", IN_DEFAULT, ["registry.E003"]),
    ],
)
def test_store_is_read_or_reported(text: str, store: StoreAddress, problems: list[str]) -> None:
    environment = Environment({"A": text})

    assert environment.store("A", default=DEFAULT) == store
    assert ids(environment) == problems


@pytest.mark.parametrize(
    ("text", "address", "problems"),
    [
        ("https://registry.example.com", "https://registry.example.com", []),
        ("https://registry.example.com/a/", "https://registry.example.com/a", []),
        ("http://127.0.0.1:8000/registry", "http://127.0.0.1:8000/registry", []),
        ("registry.example.com", "", ["registry.E004"]),
        ("ftp://registry.example.com", "", ["registry.E004"]),
        ("https://", "", ["registry.E004"]),
        ("javascript:alert(1)", "", ["registry.E004"]),
        ("https://[", "", ["registry.E004"]),
        ("https://registry.example.com:port", "", ["registry.E004"]),
        ("https://registry.example.com/?a=b", "", ["registry.E004"]),
        ("https://registry.example.com/#a", "", ["registry.E004"]),
    ],
)
def test_web_address_is_read_or_reported(text: str, address: str, problems: list[str]) -> None:
    environment = Environment({"A": text})

    assert environment.web_address("A") == address
    assert ids(environment) == problems


@pytest.mark.parametrize("reader", ["database", "broker", "store", "web_address"])
@pytest.mark.parametrize("text", ["://", "a://[b", "\0", "https://a:b:c", "x" * 10_000, "s3://a\nb", "file:///\0"])
def test_nothing_raises(reader: str, text: str) -> None:
    environment = Environment({"A": text})
    defaults: dict[str, dict[str, Any]] = {
        "database": {"default": "sqlite:////a"},
        "broker": {"default": "filesystem://"},
        "store": {"default": DEFAULT},
    }

    getattr(environment, reader)("A", **defaults.get(reader, {}))

    assert len(environment.problems) <= 1


@pytest.mark.parametrize(
    ("broker", "location"),
    [
        ("redis://:s3cret@broker:6379/0", "redis://:s3cret@broker:6379/0"),
        ("rediss://broker/0?ssl_cert_reqs=CERT_REQUIRED", "rediss://broker/0?ssl_cert_reqs=required"),
        ("filesystem://localhost", "limits"),
        ("sentinel://a:26379;sentinel://b:26379", "limits"),
        ("redis://a;redis://b", "limits"),
    ],
)
def test_cache_is_shared_where_the_broker_is_a_redis(broker: str, location: str) -> None:
    cache = cache_beside(broker, name="limits")

    assert cache["LOCATION"] == location
    assert cache["BACKEND"].endswith("RedisCache" if "://" in location else "LocMemCache")


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("", True),
        ("a" * 16, True),
        ("a" * 15, False),
        ("a" * 513, False),
        ("s3cret word and more", False),
        ("ü" * 16, False),
    ],
)
def test_passphrase_is_taken_or_reported_without_being_shown(text: str, is_taken: bool) -> None:
    environment = Environment({"A": text})

    assert environment.passphrase("A") == (text if is_taken else "")
    assert ids(environment) == ([] if is_taken else ["registry.E008"])
    assert [problem for problem in environment.problems if text in problem.message + problem.hint] == []


@pytest.mark.parametrize(
    ("text", "choice", "problems"),
    [("", "database", []), ("dynamodb", "dynamodb", []), ("Database", "database", ["registry.E009"])],
)
def test_choice_is_taken_or_reported(text: str, choice: str, problems: list[str]) -> None:
    environment = Environment({"A": text})

    assert environment.choice("A", choices=["database", "dynamodb"], default="database") == choice
    assert ids(environment) == problems
    assert [problem.hint for problem in environment.problems] == ["Use database or dynamodb."] * len(problems)


def test_networks_are_read_and_others_reported() -> None:
    environment = Environment({"A": "10.20.0.0/16, 10.0.0.7,fd12::/48", "B": "10.20.0.1/16,nonsense,::1"})

    assert environment.networks("A") == [ip_network(text) for text in ("10.20.0.0/16", "10.0.0.7/32", "fd12::/48")]
    assert environment.networks("B") == [ip_network("::1/128")]
    assert environment.networks("C") == []
    assert ids(environment) == ["registry.E015", "registry.E015"]
