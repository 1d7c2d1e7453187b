"""`python -m indexer.package FILE.zip`: the Lambda's code; the same source gives the same bytes everywhere."""

import sys
import zipfile
from pathlib import Path

ROOM = Path(__file__).resolve().parent
# The earliest that a zip can tell; compressing would depend on the version of zlib.
DATE = (1980, 1, 1, 0, 0, 0)
MODE = 0o644


def write_package(path: Path) -> int:
    """The number of files. boto3 is not among them: the runtime has it."""
    files = sorted(file for file in ROOM.glob("*.py") if file != Path(__file__).resolve())
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for file in files:
            entry = zipfile.ZipInfo(f"{ROOM.name}/{file.name}", DATE)
            entry.external_attr = MODE << 16
            # As if it were made on Unix, wherever it is made.
            entry.create_system = 3
            package.writestr(entry, file.read_bytes())
    return len(files)


def main(target: str) -> None:
    count = write_package(Path(target))
    sys.stdout.write(f"{target}: {count} files, {Path(target).stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1])
