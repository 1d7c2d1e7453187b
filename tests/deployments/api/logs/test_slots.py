"""So many streams and no more."""

import pytest

from deployments.api.logs.slots import FullError, Slot, Slots


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def take(slots: Slots, caller: str = "one", *, most: int = 3, each: int = 2) -> Slot:
    return slots.take(caller, most=most, most_of_caller=each, seconds=10)


def test_a_caller_and_all_callers_have_a_bound() -> None:
    slots = Slots()
    take(slots), take(slots)

    with pytest.raises(FullError) as refused:
        take(slots)
    assert refused.value.is_caller
    take(slots, "two")
    with pytest.raises(FullError) as refused:
        take(slots, "three")
    assert not refused.value.is_caller


def test_a_slot_that_is_given_back_is_taken_again() -> None:
    slots = Slots()
    first, _ = take(slots), take(slots)

    slots.free(first)
    slots.free(first)

    take(slots)
    assert slots.count() == 2


def test_a_stream_that_never_begins_holds_none() -> None:
    clock = Clock()
    slots = Slots(clock)
    take(slots), take(slots)

    clock.now = 10

    take(slots)
    assert slots.count() == 1


def test_a_stream_that_began_keeps_its_slot() -> None:
    clock = Clock()
    slots = Slots(clock)
    slots.keep(take(slots), seconds=100)
    slots.keep(take(slots), seconds=100)

    clock.now = 50

    with pytest.raises(FullError):
        take(slots)
