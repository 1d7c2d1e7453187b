"""The index of the source document (4.1, 4.2): an item for each file, and a scan with a filter for each search."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr, ConditionBase

from catalog.search.query import Filters

SCANNED_TABLE = "provider-metadata-scanned"
SETS = {"feature": "features_set", "engine": "ssg_engines_set", "market": "target_market_set"}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one search took; a page of a scan is 1 MB."""

    found: int
    requests: int
    units: float


def fill_scanned_table(documents: Iterable[dict[str, Any]]) -> None:
    table = boto3.resource("dynamodb").create_table(
        TableName=SCANNED_TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with table.batch_writer() as batch:
        for document in documents:
            batch.put_item(Item=_item(document))


def scan(filters: Filters) -> Scanned:
    table = boto3.resource("dynamodb").Table(SCANNED_TABLE)
    condition = _condition(filters)
    options: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL"}
    options |= {"FilterExpression": condition} if condition else {}
    found, requests, units = 0, 0, 0.0
    while True:
        page = table.scan(**options)
        found += page["Count"]
        requests += 1
        units += units_of(page)
        if "LastEvaluatedKey" not in page:
            return Scanned(found, requests, units)
        options["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def units_of(answer: Mapping[str, Any]) -> float:
    """Of one table or several, as DynamoDB says."""
    consumed = answer["ConsumedCapacity"]
    return float(sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed])))


def _condition(filters: Filters) -> ConditionBase | None:
    given = {"provider_type": filters.provider_type, "complexity_level": filters.complexity}
    parts: list[ConditionBase] = [Attr(name).eq(value) for name, value in given.items() if value]
    parts += [Attr(SETS[kind]).contains(name) for kind, name in filters.tags]
    if filters.max_cost is not None:
        parts.append(Attr("monthly_cost_min").lte(filters.max_cost))
    condition = None
    for part in parts:
        condition = condition & part if condition else part
    return condition


def _item(document: dict[str, Any]) -> dict[str, Any]:
    features, engines = document["key_features"], document["ssg_engine_options"]
    return {
        "pk": f"providers/{document['provider_type']}/{document['provider_name']}.json",
        **{name: document[name] for name in ("provider_name", "provider_type", "category", "complexity_level")},
        "monthly_cost_min": document["monthly_cost_range"][0],
        "monthly_cost_max": document["monthly_cost_range"][1],
        "features": features,
        "ssg_engines": engines,
        "target_market": document["target_market"],
        "target_market_set": set(document["target_market"]),
        "features_set": set(features),
        "ssg_engines_set": set(engines),
        "raw_data": json.dumps(document),
    }
