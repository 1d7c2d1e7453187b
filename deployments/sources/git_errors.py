"""What git says when it fails, in words for people; pure.

Git has one exit status for nearly everything, so its text (in the C locale) is what there is to go by.
"""

import re
from dataclasses import dataclass

from deployments.contract import BackendError, CalledError, PermanentError, TransientError

FILE_TOO_LARGE_SIGNAL = 25
SHOWN_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Reason:
    """What a text of git's means."""

    pattern: re.Pattern[str]
    message: str
    hint: str = ""
    is_transient: bool = False


def _reason(pattern: str, message: str, hint: str = "", *, is_transient: bool = False) -> Reason:
    return Reason(re.compile(pattern, re.IGNORECASE), message, hint, is_transient)


# The first that fits counts.
REASONS = (
    _reason(
        r"out of memory|cannot allocate memory",
        "The repository is too large: it has too many files, or takes too much memory.",
        "Deploy from a smaller repository.",
    ),
    _reason(
        r"died of signal 25|File too large|File size limit exceeded",
        "The repository is too large: it would need more than {most} bytes.",
        "Deploy from a smaller repository, or keep large files in Git LFS.",
    ),
    _reason(
        r"could not read Username|Authentication failed|returned error: 401",
        "The repository asks for a token, or refuses the one it was given.",
        "Give a token that may read the repository, and the user name that belongs to it.",
    ),
    _reason(
        r"returned error: 403",
        "The server does not let this token read the repository.",
        "Check what the token may do.",
    ),
    _reason(
        r"returned error: 3\d\d|unable to update url base from redirection",
        "The repository's address redirects elsewhere, which is not followed.",
        "Use the address that a browser ends up at.",
    ),
    _reason(
        r"repository '.*' not found|returned error: 4(04|10)|not valid: is this a git repository",
        "There is no repository at this address, or a token is needed to see it.",
        "Check the address; private repositories need a token.",
    ),
    _reason(
        r"returned error: (408|429|5\d\d)",
        "The server cannot answer now.",
        is_transient=True,
    ),
    _reason(
        r"certificate|SSL certificate problem|server verification failed",
        "The server's certificate is not trusted.",
        "If its authority is your own, an administrator names its file in SSL_CERT_FILE.",
    ),
    _reason(
        r"unadvertised object|not our ref|no such remote ref|couldn't find remote ref|upload-pack: not our",
        "The server does not have this commit any more, or does not give it out.",
        "Deploy the branch or tag anew.",
    ),
    _reason(
        r"dumb http transport",
        "The server speaks an old protocol that cannot give out a single commit.",
        "Use a server that speaks Git's smart HTTP protocol.",
    ),
    _reason(
        r"transport '.*' not allowed",
        "This kind of address is not allowed.",
        "Addresses begin with https://.",
    ),
    _reason(
        r"fsck|bad object|invalid path|not a valid (object|tree)",
        "The repository holds something that git does not accept.",
        "Run git fsck in a clone of it, and repair what it names.",
    ),
    _reason(
        r"could not resolve|failed to connect|couldn't connect|connection (reset|refused|timed out)|timed? ?out"
        r"|too slow|early EOF|hung up|RPC failed|empty reply|unexpected disconnect|transfer closed|recv failure",
        "The server could not be reached, or the connection broke.",
        is_transient=True,
    ),
    _reason(
        r"No space left on device",
        "The worker's disk is full.",
        "An administrator makes room in the folder that workers use.",
        is_transient=True,
    ),
    # All that is said when the limit on files ends the process that unpacks.
    _reason(
        r"invalid index-pack output",
        "Unpacking the repository broke off. It is probably too large: it would need more than {most} bytes.",
        "Deploy from a smaller repository, or keep large files in Git LFS.",
    ),
)


def explain(error: CalledError, *, most: int) -> BackendError:
    """The error to raise for a call of git that failed; `most` is how many bytes a file of it may have."""
    if error.status == 127:
        return PermanentError("This worker has no git.", hint="An administrator installs git on the workers.")
    said = error.error_output
    if abs(error.status) in (FILE_TOO_LARGE_SIGNAL, 128 + FILE_TOO_LARGE_SIGNAL):
        said = f"{said} File too large"
    for reason in REASONS:
        if reason.pattern.search(said):
            kind = TransientError if reason.is_transient else PermanentError
            return kind(reason.message.format(most=most), hint=reason.hint)
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "nothing")
    return PermanentError(f"git failed: {last[:SHOWN_CHARACTERS]}", hint="The log has all that it said.")
