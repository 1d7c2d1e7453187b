"""What is in a folder, in a form that a test can compare."""

from pathlib import Path


def read_tree(folder: Path) -> dict[str, str]:
    """Path -> content, `-> target` or `folder`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = "folder" if path.is_dir() else path.read_text()
    return found
