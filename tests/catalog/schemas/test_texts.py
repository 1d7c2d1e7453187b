"""JSON as people type it: what is wrong is said with its place."""

import pytest

from catalog.schemas.texts import MAX_CHARACTERS, JsonTextError, read_json


@pytest.mark.parametrize(
    ("text", "value"),
    [("{}", {}), (' {"a": [1, null, "ä"]}\n', {"a": [1, None, "ä"]}), ("5", 5)],
)
def test_json_is_read(text: str, value: object) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Line 1, column 1: a value is missing."),
        ('{"a": 1\n "b": 2}', "Line 2, column 2: a comma or a closing bracket is missing."),
        ('{"a": }', "Line 1, column 7: a value is missing."),
        ("{a: 1}", "Line 1, column 2: a name in double quotes is missing."),
        ('{"a" 1}', "Line 1, column 6: a colon is missing."),
        ("{}{}", "Line 1, column 3: there is more text after the end."),
        ('{"a": "b', "Line 1, column 7: the closing quote of this text is missing."),
        ('{"a": NaN}', "NaN is no number in JSON."),
        ('{"a": -Infinity}', "-Infinity is no number in JSON."),
        ('{"a": 1, "b": 2, "a": 3}', "The name 'a' stands twice in one object."),
        ("[" * 100_000, "It is nested too deeply, or a number in it is too long."),
        ("9" * 5_000, "It is nested too deeply, or a number in it is too long."),
        ("1" * (MAX_CHARACTERS + 1), "This has 100,001 characters; 100,000 are allowed."),
    ],
    ids=range(13),
)
def test_what_is_wrong_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(JsonTextError) as refused:
        read_json(text)

    assert str(refused.value) == message
