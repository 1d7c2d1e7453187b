"""Says whether the browser tests can run, and brings axe-core: `python -m tests.browser.needs FOLDER`."""

import shutil
import subprocess
import sys
from pathlib import Path

# The accessibility rules that pages are held to; from npm, since PyPI has only wrappers of older ones.
AXE = "axe-core@4.14.1"


def main(folder: Path) -> int:
    missing = [
        f"No {name}: install Debian's package {name}." for name in ("chromium", "npm") if shutil.which(name) is None
    ]
    for line in missing:
        print(line, file=sys.stderr)
    if missing:
        return 1
    if not (folder / "node_modules" / "axe-core" / "axe.min.js").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", str(folder), AXE], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
