"""Who names an entry: stacks, providers that exclude it, entries that it replaces."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Builder, Stack
from catalog.models.uses import EXCLUDED, REPLACED, STACK, Mention, find_mentions
from tests.factories import SANITY, builder_document, provider_document, sanity, save, stack_document

pytestmark = pytest.mark.django_db
LIFECYCLE = {"state": "deprecated", "since": "2026-01-01", "reason": "Old"}
REMOVED = {**LIFECYCLE, "state": "removed"}


def test_provider_is_named_by_stacks_and_by_what_it_replaces() -> None:
    save("provider", SANITY)
    replaced = {"replacement": "providers/cms/sanity"}
    save("provider", provider_document("decap", lifecycle=LIFECYCLE | replaced))
    save("builder", builder_document("hugo", lifecycle=REMOVED | replaced))
    save("stack", stack_document("b", providers={"cms": ["sanity"]}))
    save("stack", stack_document("a", providers={"cms": ["sanity"]}, lifecycle=REMOVED))

    found = find_mentions(sanity())
    kept = find_mentions(sanity(), with_removed=False)

    assert [(one.how, one.count, [mention.key for mention in one.first]) for one in found] == [
        (STACK, 2, ["stacks/foundation/a", "stacks/foundation/b"]),
        (REPLACED, 2, ["builders/hugo", "providers/cms/decap"]),
    ]
    assert [[mention.key for mention in one.first] for one in kept] == [
        ["stacks/foundation/b"],
        ["providers/cms/decap"],
    ]
    stack = Stack.objects.get(slug="b")
    assert kept[0].first == [Mention("stack", stack.pk, "stacks/foundation/b", "B", "active")]


def test_builder_is_named_by_stacks_and_by_providers_that_exclude_it() -> None:
    save("builder", builder_document("hugo"))
    save("provider", {**SANITY, "incompatible_builders": ["hugo"]})
    save("stack", stack_document(builder="hugo"))

    found = find_mentions(Builder.objects.get())

    assert [(one.how, [mention.kind for mention in one.first]) for one in found] == [
        (STACK, ["stack"]),
        (EXCLUDED, ["provider"]),
        (REPLACED, []),
    ]


def test_long_lists_are_cut_and_cost_the_same() -> None:
    save("provider", SANITY)
    counts = []
    for number in range(3):
        save("stack", stack_document(f"stack-{number}", providers={"cms": ["sanity"]}))
        with CaptureQueriesContext(connection) as queries:
            stacks, _ = find_mentions(sanity(), limit=2)
        counts.append((stacks.count, len(stacks.first), len(queries)))

    assert counts == [(1, 1, 5), (2, 2, 5), (3, 2, 5)]
