"""Secrets as they are sent: without the line breaks that are pasted around them, and nothing that no header can hold.

An HTTP library would put such a value into its error message.
"""

import re
from collections.abc import Mapping

from deployments.contract import Context, PermanentError

CREDENTIAL_PATTERN = re.compile(r"[!-~]{1,4096}")


def read_credential(reference: Mapping[str, str], context: Context) -> str:
    """The value of a secret without the space around it. Raises PermanentError if it cannot be a key or password."""
    value = context.secret(reference).strip()
    if not CREDENTIAL_PATTERN.fullmatch(value):
        raise PermanentError(
            f"The secret {reference['$secret']} is empty, too long, or holds spaces or characters beyond ASCII.",
            hint="Copy it again, and nothing but it.",
        )
    return value
