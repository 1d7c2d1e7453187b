"""How much is read at most, in bytes, before anything is believed."""

MAX_POINTER_BYTES = 100_000
MAX_KEYS_BYTES = 100_000
MAX_SNAPSHOT_BYTES = 32_000_000
MAX_MANIFEST_BYTES = 32_000_000
MAX_INDEX_BYTES = 4_000_000
MAX_BUNDLE_BYTES = 64_000_000
# A bundle unpacked: a thousand documents.
MAX_UNPACKED_BYTES = 256_000_000
MAX_DOCUMENT_BYTES = 8_000_000
# A server that packs what is packed already makes it a little longer.
PACKING_SLACK_BYTES = 4_096
