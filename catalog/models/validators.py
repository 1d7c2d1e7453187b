"""What a text in a form must look like: the released schemas' limits, so that a form can say so at the field."""

from django.core.validators import RegexValidator

MAX_MONEY = 1_000_000_000
OLD_KEY_PATTERN = r"^(providers/[a-z]+|builders|stacks/[a-z-]+)/[a-z0-9]+([_-][a-z0-9]+)*\Z"
validate_slug = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z", "Use lower-case letters and digits, words joined by hyphens.", "slug"
)
validate_line = RegexValidator(
    "^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*\\Z", "Use one line without control characters.", "line"
)
validate_text = RegexValidator(
    "^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*\\Z", "Leave out control characters.", "text"
)
validate_currency = RegexValidator(
    r"^[A-Z]{3}\Z", "Use the three capital letters of ISO 4217, such as USD.", "currency"
)
validate_backend = RegexValidator(
    r"^[a-z0-9]+([_-][a-z0-9]+)*@[1-9][0-9]{0,3}\Z", "Use a name and a major version, such as github@1.", "backend"
)
validate_https = RegexValidator(r"^https://", "Use an address that starts with https://.", "https")
TAG_PATTERN = r"^[a-z0-9]+(_[a-z0-9]+)*\Z"
validate_tag = RegexValidator(TAG_PATTERN, "Use lower-case letters and digits, words joined by underscores.", "tag")
