"""What a disk answers that refuses, by the numbers of its errors. Reference: errno(3)."""

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
