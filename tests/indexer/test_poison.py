"""What can never be understood holds nothing up that can, wherever it is and whatever refuses it."""

import json
import logging

import pytest

from indexer.handler import lambda_handler
from indexer.state import read_state
from tests.indexer.test_events import record
from tests.indexer.test_handler import Cloud, Context, cloud, created, failures, queued  # noqa: F401 - a fixture
from tests.stores import BUCKET

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_queued", [True, False])
def test_bad_record_is_buried_and_the_good_one_beside_it_is_followed(
    is_queued: bool,
    cloud: Cloud,  # noqa: F811
) -> None:
    cloud.publish(one={})
    body = {"Records": [{"eventSource": "aws:s3"}, record("live/manifest.json", bucket=BUCKET), {}]}

    answer = lambda_handler(queued(body) if is_queued else body, Context())

    assert answer == {"batchItemFailures": [], "seen": {"manifest": 1, "poison": 2}, "serial": 1}
    (buried,) = cloud.buried()
    assert buried["cause"].endswith(" And 1 more records.")
    assert json.loads(buried["record"]) == (queued(body)["Records"][0] if is_queued else body)


def test_dead_letter_queue_that_refuses_holds_up_its_own_message_only(
    cloud: Cloud,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloud.publish(one={})
    cloud.queues.delete_queue(QueueUrl=cloud.queue_url)

    answer = lambda_handler(queued("{", created("manifest.json")), Context())

    # The queue itself takes it there after five times.
    assert (failures(answer), answer["serial"]) == (["0"], 1)
    assert read_state(cloud.table).serial == 1  # type: ignore[union-attr]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if '"level": "ERROR"' in line]
    (refused,) = [line for line in lines if "refuses" in line["message"]]
    assert '\\"body\\": \\"{\\"' in json.dumps(refused["message"])
    assert lambda_handler("nonsense", Context())["seen"] == {"poison": 1}


def test_log_is_lines_of_json_that_tell_the_snapshot_and_the_request(
    cloud: Cloud,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloud.publish(one={})
    lambda_handler("nonsense", Context())
    lambda_handler(created("manifest.json"), Context())
    path = next(path for path in cloud.store.list("snapshots/"))
    cloud.publish(one={"key_features": ["a"]})
    cloud.store.delete(path)
    capsys.readouterr()

    lambda_handler(created("manifest.json"), Context())
    said = capsys.readouterr()

    (line,) = [json.loads(each) for each in said.err.splitlines() if '"indexer.' in each]
    assert {name: line[name] for name in line if name not in ("at", "message")} == {
        "level": "WARNING",
        "logger": "indexer.upkeep",
        "serial": 2,
        "request_id": "request-1",
    }
    assert line["message"].startswith("rebuild: The way back ends at serial 2")
    metrics = json.loads(said.out)
    assert (metrics["serial"], metrics["request_id"]) == (2, "request-1")


def test_failure_is_one_line_with_its_traceback(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    cloud.publish(one={})
    lambda_handler(created("manifest.json"), Context())
    cloud.store.delete("current.json")
    capsys.readouterr()

    lambda_handler(queued(created("manifest.json")), None)

    (line,) = [json.loads(each) for each in capsys.readouterr().err.splitlines() if '"indexer.' in each]
    assert (line["level"], line["message"], "serial" in line, "request_id" in line) == (
        "ERROR", "the index stays as it is", False, False,
    )  # fmt: skip
    assert line["exception"].endswith("DamagedTreeError: current.json is missing.")
    assert logging.getLogger("indexer").handlers == []
