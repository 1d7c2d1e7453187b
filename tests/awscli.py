"""awscli in an environment of its own, made once: it pins an older botocore than ours."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

AWSCLI = "awscli==1.45.5"


def install_awscli() -> Path:
    """The program, in `var/awscli`."""
    folder = Path(__file__).resolve().parents[1] / "var" / "awscli"
    aws = folder / "bin" / "aws"
    if not aws.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", AWSCLI], check=True, stdout=sys.stderr)
    return aws
