"""Secrets in tracking URIs, and what is shown of them."""

import pytest

from benchmark.errors import BenchmarkError
from benchmark.journal.address import checked, redacted, without_user


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://user:hunter2@host:5000", "http://user:***@host:5000"),
        ("http://user:hunt%40r2@host/base", "http://user:***@host/base"),
        ("http://dapi0123456@host", "http://***@host"),
        ("user:hunter2@host:5000", "user:***@host:5000"),
        ("http://host:5000/teams/@me", "http://host:5000/teams/@me"),
        ("http://host/teams/@me", "http://host/teams/@me"),
        ("http://user:h/u#n?t@er2@host", "http://user:***@host"),
        ("postgresql://user:h/u#n?t@er2@host/db", "postgresql://user:***@host/db"),
        ("postgresql://user@host/db?sslmode=require", "postgresql://user@host/db?sslmode=require"),
        ("mysql+pymysql://user:hunter2@host/db?charset=utf8",
         "mysql+pymysql://user:***@host/db?charset=utf8"),
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BPWD%3Dhunter2",
         "mssql+pyodbc:///?odbc_connect=***"),
        ("https://token:dapi123@adb.azuredatabricks.net", "https://token:***@adb.azuredatabricks.net"),
        ("https://host/?X-Amz-Signature=abc&x=1&sig=d%2Fe#access_token=f",
         "https://host/?X-Amz-Signature=***&x=1&sig=***#access_token=***"),
        ("databricks://profile", "databricks://profile"),
        ("sqlite:////srv/team@home/12:30@x/mlflow.db?timeout=9",
         "sqlite:////srv/team@home/12:30@x/mlflow.db?timeout=9"),
    ],
)  # fmt: skip
def test_a_uri_is_shown_without_its_secrets(uri: str, shown: str) -> None:
    assert redacted(uri) == shown


@pytest.mark.parametrize(
    ("uri", "text", "shown"),
    [
        ("http://u:hunter2@h", "http://u:hunter2@h/api: hunter2", "http://u:***@h/api: ***"),
        ("http://u:p%40ss/w@h", "auth 'p@ss/w', p%40ss%2Fw", "auth '***', ***"),
        ("mssql:///?odbc_connect=a%3Db%3BPWD%3Dhunter2", "login PWD=hunter2;", "login PWD=***;"),
        ("http://h?token=ab", "a table of h?token=ab", "a table of h?token=***"),
        ("http://u:ab@h", "a table, u:ab@h", "a table, u:***@h"),
    ],
)
def test_a_message_is_shown_without_them_in_any_form(uri: str, text: str, shown: str) -> None:
    assert redacted(uri, text) == shown


@pytest.mark.parametrize("uri", ["http://u:hunter2@[h", "http://u:hunter2@h\u2100x"])
def test_what_is_no_uri_is_refused_without_its_password(uri: str) -> None:
    with pytest.raises(
        BenchmarkError, match=r"tracking URI 'http://u:\*\*\*@h?.*' is no URI"
    ) as caught:
        checked(uri)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_address_of_a_server_has_neither_user_nor_parameters() -> None:
    assert without_user("http://u:hunter2@host:5000/mlflow/?token=x#y") == "http://host:5000/mlflow"


@pytest.mark.parametrize(
    "uri",
    [
        "http://user:hunter2@host:5000/path",
        "postgresql://user:hunter2@host/db?sslmode=require",
        "postgresql://host/db?user=me&password=hunter2",
        "mysql://host/db?PWD=hunter2",
    ],
)
def test_a_password_is_taken_out_of_a_uri_and_of_what_quotes_it(uri: str) -> None:
    assert "hunter2" not in redacted(uri)
    assert "***" in redacted(uri)
    assert redacted(uri, f"API request to {uri}/api failed") == (
        f"API request to {redacted(uri)}/api failed"
    )


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///results/mlflow.db", "postgresql://user@host:5000", "https://host/?sslmode=require"],
)
def test_a_uri_without_a_password_stays_as_it_is(uri: str) -> None:
    assert redacted(uri) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://user:p%40ss@host/db",
        "postgresql://host/db?user=a&password=p%40ss",
        "postgresql://host/db?password=p%40ss&sslmode=require",
    ],
)
def test_an_encoded_password_is_taken_out_as_it_is_written(uri: str) -> None:
    assert "p%40ss" not in redacted(uri)
    assert "host" in redacted(uri)


def test_the_address_of_a_server_has_no_user() -> None:
    assert without_user("https://user:secret@host:8080/") == "https://host:8080"
