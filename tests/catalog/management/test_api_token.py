"""`manage.py api_token`: the token alone on standard output; nothing that may not be."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.actions.tokens import find_token
from catalog.models import AuditRecord, Token
from tests.catalog.api.access.people import person

pytestmark = pytest.mark.django_db
MAKE = ("make", "--owner", "Editor", "--name", "Nightly build", "--scope", "entries:read")


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("api_token", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def test_token_is_printed_alone_and_works() -> None:
    person("Editor")

    out, err = run(*MAKE, "--scope", "entries:write", "--type", "cms", "--days", "7")

    token = Token.objects.get()
    assert find_token(out.strip()) == token
    assert (token.scopes, token.provider_types) == (["entries:read", "entries:write"], ["cms"])
    assert (token.expires_at - token.created_at).days == 7
    assert out.strip().split("_", 2)[2] not in err
    assert AuditRecord.objects.get().by is None


def test_tokens_are_listed_and_revoked() -> None:
    person("Editor")
    person("Viewer")
    text = run(*MAKE)[0].strip()
    run("make", "--owner", "Viewer", "--name", "Other", "--scope", "entries:read")
    public_id = text.split("_")[1]

    rows: list[dict[str, Any]] = json.loads(run("list", "--owner", "Editor", "--json")[0])
    lines = run("list")[0]
    revoked = run("revoke", public_id)[0]

    assert [(row["id"], row["name"], row["owner"], row["state"]) for row in rows] == [
        (public_id, "Nightly build", "Editor", "active")
    ]
    assert lines.endswith("2 in all.\n")
    assert text.split("_", 2)[2] not in lines
    assert revoked == "“Nightly build” of Editor opens nothing any more.\n"
    assert find_token(text) is None
    assert f"{public_id}  revoked" in run("list")[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*MAKE[:2], "nobody", *MAKE[3:]), "There is no active person named nobody."),
        ((*MAKE, "--days", "0"), "A token lives from 1 to 366 days."),
        ((*MAKE, "--days", "999999999999"), "A token lives from 1 to 366 days."),
        ((*MAKE, "--scope", "entries:approve"), "Editor may not do this, so a token cannot: entries:approve."),
        ((*MAKE, "--scope", "root"), "invalid choice: 'root'"),
        ((*MAKE, "--type", "erp"), "invalid choice: 'erp'"),
        (("revoke", "reg_0_s3cret"), "There is no token with this id: see api_token list."),
    ],
)
def test_what_cannot_be_is_an_error(arguments: tuple[str, ...], message: str) -> None:
    person("Editor")

    with pytest.raises(CommandError, match=message):
        run(*arguments)

    assert Token.objects.count() == 0


def test_second_revoking_is_an_error() -> None:
    person("Editor")
    public_id = run(*MAKE)[0].split("_")[1]
    run("revoke", public_id)

    with pytest.raises(CommandError, match="revoked already"):
        run("revoke", public_id)
