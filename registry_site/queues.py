"""Which queue a task waits in. A worker takes `publish` and `default`, a deployer `deploy`.

A build takes minutes, so it stands before no publish; nor does what is neither, where a worker takes `publish` alone.
"""

from kombu import Queue

QUEUES = (Queue("publish", routing_key="publish"), Queue("default", routing_key="default"))
ROUTES = {
    "catalog.tasks.publish_snapshot": {"queue": "publish"},
    "catalog.tasks.sweep_publishing": {"queue": "publish"},
    "deployments.tasks.*": {"queue": "deploy"},
}
