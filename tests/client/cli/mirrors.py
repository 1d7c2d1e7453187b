"""Mirrors as tests look at them."""

from pathlib import Path

from registry_client import RegistryClient

from tests.factories import KEY

# How many a mirror of the tests' registry has.
FILES = 34


def tree(mirror: Path) -> dict[str, bytes]:
    return {str(path.relative_to(mirror)): path.read_bytes() for path in sorted(mirror.rglob("*")) if not path.is_dir()}


def read_mirror(mirror: Path) -> tuple[int | None, list[str]]:
    """Serial and names that a client reads out of it, every byte checked."""
    with RegistryClient(mirror.as_uri(), cache_dir=None, trusted_keys=[KEY.x]) as client:
        names = [one["provider_name"] for one in client.get_all_providers()]
        for line in client.get_index(client.get_snapshot()).values():
            client.fetch_file(line.file)
        return client.snapshot_serial, names


def keys_file(mirror: Path) -> Path:
    path = mirror.parent / "pinned.json"
    path.write_text(f'["{KEY.x}"]')
    return path
