"""How rows name a backend."""

from django.core.validators import RegexValidator

SPEC = RegexValidator(r"\A[a-z][a-z0-9-]*@[1-9][0-9]*\Z", "A backend is named like git@1.")
