"""Where the publish page leads to, for each thing that has to be put right."""

import pytest
from django.contrib.auth.models import User

from catalog.models import TypeLimit
from tests.catalog.admin.pages import PUBLISH, Browsers, page_of
from tests.factories import SANITY, provider_document, publish, sanity, save, stack_document

pytestmark = pytest.mark.django_db
FADING = {"state": "deprecated", "since": "2026-01-01", "reason": "Old", "replacement": "providers/cms/tina"}


def addresses(browsers: Browsers, name: str = "administrator") -> list[str]:
    return [problem.address for problem in browsers[name].get(PUBLISH).context["problems"]]


def test_problem_of_the_lifecycle_leads_to_the_page_where_it_is_put_right(browsers: Browsers) -> None:
    save("provider", SANITY)
    publish()
    save("provider", provider_document("tina"), User.objects.get(username="editor"), approved=False)
    save("provider", {**SANITY, "lifecycle": FADING})

    found = addresses(browsers)

    assert found == [f"{page_of(sanity(), 'lifecycle')}#replacement"]
    page = browsers["administrator"].get(found[0]).content.decode()
    assert 'id="replacement"' in page


def test_what_is_missing_is_named_with_what_to_do(browsers: Browsers) -> None:
    save("provider", provider_document("tina"))
    save("stack", stack_document(providers={"cms": ["tina"]}))
    gone = {"state": "removed", "since": "2026-01-01", "reason": "Old"}
    save("provider", provider_document("tina", lifecycle=gone))

    (problem,) = browsers["administrator"].get(PUBLISH).context["problems"]

    assert (problem.name, problem.message) == (
        "Marketing",
        "It needs Tina, which is removed. Bring Tina back, or choose another one.",
    )


def test_problem_beyond_a_persons_type_limits_leads_nowhere(browsers: Browsers) -> None:
    save("provider", provider_document("tina"), User.objects.get(username="editor"), approved=False)
    save("provider", {**SANITY, "lifecycle": FADING})
    save("stack", stack_document(providers={"cms": ["tina"]}))
    both = User.objects.create_user("both", is_staff=True)
    both.groups.set(
        [*User.objects.get(username="editor").groups.all(), *User.objects.get(username="publisher").groups.all()]
    )
    browsers["both"] = browsers["anonymous"]
    browsers["both"].force_login(both)

    free = [bool(address) for address in addresses(browsers, "both")]
    TypeLimit.objects.create(person=both, provider_type="cms")
    limited = [bool(address) for address in addresses(browsers, "both")]

    assert (free, limited) == ([True, True], [True, False])
