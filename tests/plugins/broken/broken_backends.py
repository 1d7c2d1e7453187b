"""Backends of a package that is wrong in every way."""

from typing import ClassVar

from deployments.contract import BackendInfo


class Misnamed:
    info: ClassVar = BackendInfo("other", "1.0.0", "Other", "Calls itself something else.")


class Future:
    info: ClassVar = BackendInfo("future", "1.0.0", "Future", "For a contract that is not written yet.", api=99)
