"""The processes of the registry by name, for containers: `python -m registry_site.start web`.

What stands behind the name is added to the command; the process takes this one's place, so signals reach it.
"""

import os
import subprocess
import sys

CELERY = ("celery", "--quiet", "-A", "registry_site")
COMMANDS = {
    "web": ("gunicorn", "--config", "python:registry_site.serving", "registry_site.asgi:application"),
    "worker": (*CELERY, "worker", "--loglevel", "INFO", "--queues", "publish,default"),
    "deployer": (*CELERY, "worker", "--loglevel", "INFO", "--queues", "deploy", "--pool", "solo"),
    "beat": (*CELERY, "beat", "--loglevel", "INFO", "--pidfile="),
    "manage": (sys.executable, "manage.py"),
}
# In this order; each is safe to run again.
MIGRATE = ("migrate --no-input", "create_roles", "load_starter_catalog")


def main(arguments: list[str]) -> int:
    """The exit code of `migrate`, or 2 for a name that there is not; the others take this process's place."""
    name, *rest = arguments or [""]
    if name == "migrate" and not rest:
        return next(filter(None, map(_manage, MIGRATE)), 0)
    if name in COMMANDS:
        command = (*COMMANDS[name], *rest)
        os.execvp(command[0], command)  # noqa: S606 - no shell
    sys.stderr.write(f"There is no process {name!r}. Use one of: {', '.join(sorted({*COMMANDS, 'migrate'}))}.\n")
    return 2


def _manage(words: str) -> int:
    return subprocess.run([sys.executable, "manage.py", *words.split()], check=False).returncode  # noqa: S603 - ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
