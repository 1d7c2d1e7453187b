"""Says clearly whether the services that `make test-services` needs are there: `python -m tests.services`."""

import os
import sys

import psycopg
from kombu import Connection


def main() -> int:
    database, broker = os.environ["DATABASE_URL"], os.environ["CELERY_BROKER_URL"]
    wrong = []
    try:
        psycopg.connect(database, connect_timeout=3).close()
    except psycopg.Error as error:
        wrong.append(f"No PostgreSQL at DATABASE_URL={database}: {error}")
    try:
        with Connection(broker, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1)
    except Exception as error:  # noqa: BLE001 - every transport of kombu has errors of its own
        wrong.append(f"No broker at CELERY_BROKER_URL={broker}: {error}")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
