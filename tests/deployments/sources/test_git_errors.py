"""What git says becomes what a person can do."""

import pytest

from deployments.contract import CalledError, PermanentError, TransientError
from deployments.sources.git_errors import explain


def explained(said: str, *, status: int = 128) -> tuple[type[Exception], str]:
    error = explain(CalledError("git ended", status=status, error_output=said), most=100)
    assert "{" not in str(error)
    return type(error), str(error)


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        ("fatal: unable to access 'https://h/': Could not resolve host: h", TransientError, "could not be reached"),
        (
            "fatal: unable to access 'https://h/': The requested URL returned error: 502",
            TransientError,
            "cannot answer now",
        ),
        ("error: RPC failed; curl 18 transfer closed with outstanding read data remaining", TransientError, "broke"),
        ("fatal: early EOF\nfatal: index-pack failed", TransientError, "broke"),
        ("fatal: write error: No space left on device", TransientError, "disk is full"),
        (
            "fatal: could not read Username for 'https://h': terminal prompts disabled",
            PermanentError,
            "asks for a token",
        ),
        (
            "fatal: unable to access 'https://h/': The requested URL returned error: 403",
            PermanentError,
            "let this token",
        ),
        ("fatal: repository 'https://h/x/' not found", PermanentError, "There is no repository"),
        ("server certificate verification failed. CAfile: none CRLfile: none", PermanentError, "certificate"),
        ("fatal: transport 'ext' not allowed", PermanentError, "not allowed"),
        ("fatal: dumb http transport does not support shallow capabilities", PermanentError, "an old protocol"),
        ("fatal: Out of memory, malloc failed (tried to allocate 9 bytes)", PermanentError, "too much memory"),
        ("error: index-pack died of signal 25", PermanentError, "more than 100 bytes"),
        ("something else\nfatal: nobody knows\n\n", PermanentError, "git failed: fatal: nobody knows"),
        ("", PermanentError, "git failed: nothing"),
    ],
)
def test_text_of_git_is_explained(said: str, kind: type[Exception], message: str) -> None:
    found, text = explained(said)

    assert found is kind
    assert message in text


@pytest.mark.parametrize("status", [-25, 25, 153])
def test_limit_on_files_is_explained(status: int) -> None:
    assert "more than 100 bytes" in explained("", status=status)[1]


def test_missing_git_is_explained() -> None:
    assert explained("prlimit: failed to execute git", status=127) == (PermanentError, "This worker has no git.")
