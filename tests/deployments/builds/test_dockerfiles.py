import pytest

from deployments.builds.dockerfiles import base_images


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM scratch\nCOPY . /", []),
        ("from a.test/x:1\n", ["a.test/x:1"]),
        ("FROM --platform=linux/amd64 a.test/x AS base\nFROM base\nCOPY --from=base /a /b", ["a.test/x"]),
        ("FROM a.test/x AS Base\nFROM BASE\nCOPY --from=0 /a /b", ["a.test/x"]),
        ("ARG TAG=1\nFROM a.test/x:${TAG}\n", ["a.test/x:2"]),
        ("ARG OTHER='3'\nFROM a.test/x:$OTHER\n", ["a.test/x:3"]),
        ("FROM a.test/x:${MISSING:-4}\n", ["a.test/x:4"]),
        ("# FROM a.test/no\nFROM \\\n  a.test/x\n", ["a.test/x"]),
        ("FROM a.test/x\r\nRUN true\r\n", ["a.test/x"]),
        ("FROM a.test/x\nCOPY --chown=1 --from=a.test/y /a /b\n", ["a.test/x", "a.test/y"]),
        ("FROM a.test/x\nRUN --mount=type=bind,from=a.test/y,target=/y true\n", ["a.test/x", "a.test/y"]),
        ("FROM a.test/x\nFROM a.test/x\n", ["a.test/x"]),
        ("", []),
        ("nonsense\nFROM\n", []),
    ],
)
def test_base_images_are_found(text: str, images: list[str]) -> None:
    assert base_images(text, {"TAG": "2"}) == images
