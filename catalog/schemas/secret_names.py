"""What a secret is called that somebody gives with a config, after the member that it is for."""

import re
from collections.abc import MutableMapping, Sequence

MAX_SECRET_NAME = 63


def secret_name(parts: Sequence[str | int]) -> str:
    """`("source", "accessToken")` -> `source-access-token`."""
    name = hyphenated("-".join(map(str, parts)))
    return (name if name[:1].isalpha() else f"secret-{name}")[:MAX_SECRET_NAME].rstrip("-")


def hyphenated(text: str) -> str:
    """`secretAccessKey`, `SECRET_ACCESS.KEY` -> `secret-access-key`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text)
    return re.sub("[^a-z0-9]+", "-", apart.lower()).strip("-")


def keep_secret(secrets: MutableMapping[str, str], wanted: str, value: str) -> dict[str, str]:
    """The reference to the value, which goes to `secrets`. Two of one name and with different values get two names."""
    name, number = wanted, 1
    while secrets.get(name, value) != value:
        number += 1
        name = f"{wanted[: MAX_SECRET_NAME - 4]}-{number}"
    secrets[name] = value
    return {"$secret": name}
