"""What the indexer and searches may do is what their code does: all of it, and nothing else."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from pytest_django import Settings

from catalog.search.dynamodb import DynamoIndex, open_search_table
from catalog.search.health import find_table_problem, rebuild_table
from catalog.search.query import KEY, MONTHLY_COST, NAME, Filters, Query
from indexer import handler
from indexer.rebuild import drop_retired
from indexer.table import BY_COST
from tests.factories import provider_document, publish, save
from tests.indexer.tables import emulated, make_table, tree_of
from tests.indexer.test_upkeep import GONE
from tests.infrastructure.asking import Asked, queue_arn, table_arn, watch_new_clients
from tests.infrastructure.emulated import CODE, client
from tests.infrastructure.policies import actions_of, is_allowed
from tests.infrastructure.templates import Resolved, read_template
from tests.stores import BUCKET, make_bucket_store

pytestmark = pytest.mark.django_db
TABLE = "index-under-test"
QUEUE, LOG = "arn:aws:sqs:::index", "arn:aws:logs:::indexer"
SCHEDULE = {"source": "aws.events"}
# Of the bucket: without it S3 says 403, and not 404, for what is missing. Nothing of the code asks for a list.
FOR_404 = {"s3:ListBucket"}
# What Lambda itself asks in the function's name. Reference: AWS, AWSLambdaSQSQueueExecutionRole.
OF_LAMBDA = {
    ("sqs:ReceiveMessage", QUEUE),
    ("sqs:DeleteMessage", QUEUE),
    ("sqs:GetQueueAttributes", QUEUE),
    ("logs:CreateLogStream", LOG),
    ("logs:PutLogEvents", LOG),
}


def stack(*, dead: str = "arn:aws:sqs:::dead") -> Resolved:
    attributes = {
        "IndexTable.Arn": table_arn(TABLE),
        "IndexQueue.Arn": QUEUE,
        "IndexDeadLetters.Arn": dead,
        "IndexerLog.Arn": LOG,
    }
    return Resolved(read_template("registry.yaml"), {"BucketName": BUCKET, "WithIndex": "true", **CODE}, attributes)


def statements_of(policy: str) -> list[Any]:
    statements: list[Any] = stack().resource(policy)["PolicyDocument"]["Statement"]
    return statements


def unused_resources(statements: list[Any], asked: Asked) -> list[str]:
    """What a policy names and no request was for."""
    named = [
        resource
        for each in statements
        for resource in ([each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"])
    ]
    return [
        resource
        for resource in named
        if not any(is_allowed([{"Effect": "Allow", "Action": "*", "Resource": resource}], *each) for each in asked)
    ]


class Index:
    """An emulated bucket, table and queue; `asked` is what the indexer and searches ask of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: Asked = set()
        self.store = make_bucket_store()
        make_table(TABLE)
        url = client("sqs").create_queue(QueueName="dead")["QueueUrl"]
        self.dead = queue_arn(url)
        given = {"INDEX_TABLE": TABLE, "REGISTRY_BUCKET": BUCKET, "INDEX_DEAD_LETTER_QUEUE_URL": url}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        watch_new_clients(monkeypatch, self.asked)

    def publish(self, **providers: Any) -> None:
        for slug, members in providers.items():
            save("provider", provider_document(slug, **members))
        assert publish(self.store).state == "live"
        assert handler.lambda_handler(SCHEDULE, None)["serial"]


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Index]:
    settings.REGISTRY_SEARCH, settings.REGISTRY_SEARCH_TABLE = "dynamodb", TABLE
    caches = (handler.open_worker, open_search_table)
    with emulated(monkeypatch):
        made = Index(monkeypatch)
        for cache in caches:
            cache.cache_clear()
        yield made
    for cache in caches:
        cache.cache_clear()


def test_indexer_may_do_what_it_does_and_does_all_that_it_may(index: Index) -> None:
    index.publish(one={"key_features": ["a"]}, two={})
    index.publish(one={"key_features": ["b"]}, two={"lifecycle": GONE}, three={"description": "x" * 2000})
    tree = tree_of(index.store)
    rebuild_table(tree.fetch, make_table=False, progress=lambda _done, _all: None)
    drop_retired(handler.open_worker().table, older_than=-1)
    handler.lambda_handler({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": "no event"}]}, None)
    of_tree = statements_of("IndexWriterPolicy")
    (own,) = stack(dead=index.dead).resource("IndexerRole")["Policies"]
    every = [*of_tree, *own["PolicyDocument"]["Statement"]]
    asked = index.asked | OF_LAMBDA

    assert [each for each in sorted(asked) if not is_allowed(every, *each)] == []
    assert actions_of(every) == {action for action, _ in asked} | FOR_404
    assert unused_resources(every, asked) == [f"arn:aws:s3:::{BUCKET}"]
    assert {action for action, _ in index.asked if action.startswith("s3:")} == {"s3:GetObject"}


def test_who_rebuilds_the_table_needs_no_more_than_the_indexers_policy(index: Index) -> None:
    index.publish(one={})
    index.asked.clear()

    rebuild_table(tree_of(index.store).fetch, make_table=False, progress=lambda _done, _all: None)

    assert index.asked
    assert [each for each in sorted(index.asked) if not is_allowed(statements_of("IndexWriterPolicy"), *each)] == []


def test_searches_may_do_what_they_do_and_do_all_that_they_may(index: Index) -> None:
    index.publish(one={"key_features": ["a"], "monthly_cost_range": [1, 2]}, two={"description": "x" * 2000})
    index.asked.clear()

    assert find_table_problem() == ""
    for order, filters in product((KEY, NAME, MONTHLY_COST), (Filters(), Filters(max_cost=5))):
        search = DynamoIndex()
        assert search.search(Query(filters, (), order), version=search.edition().sha256).count
    statements = statements_of("SearchPolicy")

    assert [each for each in sorted(index.asked) if not is_allowed(statements, *each)] == []
    assert actions_of(statements) == {action for action, _ in index.asked}
    assert {resource for _, resource in index.asked} == {table_arn(TABLE), f"{table_arn(TABLE)}/index/{BY_COST}"}
    assert unused_resources(statements, index.asked) == []


def test_roles_have_these_policies_and_no_other() -> None:
    having = {
        name: {str(role).strip("<>") for role in said["Properties"]["Roles"]}
        for name, said in stack().resources().items()
        if said["Type"] == "AWS::IAM::ManagedPolicy"
    }

    assert having == {
        "WriterPolicy": {"WriterRole"},
        "WorkerLogPolicy": {"WriterRole"},
        "ReaderPolicy": {"WebRole"},
        "SearchPolicy": {"WriterRole", "WebRole"},
        "IndexWriterPolicy": {"IndexerRole"},
    }
    inline = {name for name, said in stack().resources().items() if "Policies" in said["Properties"]}
    assert inline == {"IndexerRole", "WatchRole"}
