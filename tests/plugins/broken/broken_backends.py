"""Backends of a package that is wrong in every way."""

from typing import ClassVar

from deployments.contract import BackendInfo, Kind, SourceBackend


class Misnamed:
    info: ClassVar = BackendInfo("other", "1.0.0", "Other", "Calls itself something else.")


class Future:
    info: ClassVar = BackendInfo("future", "1.0.0", "Future", "For a contract that is not written yet.", api=99)


class Halfway(SourceBackend):
    """It does not say what it produces."""

    info: ClassVar = BackendInfo("halfway", "1.0.0", "Halfway", "Is not whole.")


class Odd(SourceBackend):
    info: ClassVar = BackendInfo("odd", "1.0.0", "Odd", "Makes what nobody knows.")
    produces: ClassVar = frozenset({"zip"})  # type: ignore[arg-type]


class Clumsy(SourceBackend):
    info: ClassVar = BackendInfo("clumsy", "1.0.0", "Clumsy", "Cannot be made.")
    produces: ClassVar = frozenset({Kind.TREE})

    def __init__(self) -> None:
        raise ValueError("its file of settings is missing")
