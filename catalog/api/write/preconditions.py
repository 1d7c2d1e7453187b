"""`If-Match` with the number of the revision that the writer began with: nobody's change is overwritten unseen.

Reference: RFC 9110 (13.1.1), RFC 6585 (428).
"""

import re

from rest_framework.request import Request

from catalog.api.problems import BadRequestError, PreconditionRequiredError

REVISION = re.compile(r'"([0-9]{1,9})"')


def expected_revision(request: Request) -> int:
    """The number in `If-Match: "<number>"`.

    Raises PreconditionRequiredError without one, BadRequestError for anything else; `*` would compare with nothing.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionRequiredError(
            'Send If-Match with the ETag of the revision that you began with, such as If-Match: "3"; GET has it '
            "(of an entry: GET with ?state=draft)."
        )
    if given == "*":
        raise BadRequestError("If-Match: * would overwrite what you have not seen; name the revision you began with.")
    found = REVISION.fullmatch(given)
    if found is None:
        raise BadRequestError('If-Match takes the number of one revision in quotes, such as If-Match: "3".')
    return int(found[1])
