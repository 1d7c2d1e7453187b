"""A form of megabytes, or of thousands of fields, is refused in the admin's frame before anything is read of it."""

import pytest

from catalog.models import Revision
from tests.catalog.admin.pages import PROVIDERS, Browsers, page_of, save_one_of_each, send

pytestmark = pytest.mark.django_db
LARGE = {"change_note": "x" * 3_000_000}
MANY = {f"field-{number}": "x" for number in range(2_000)}


@pytest.mark.parametrize("sent", [LARGE, MANY], ids=["megabytes", "fields"])
@pytest.mark.parametrize("content_type", ["multipart", "urlencoded"])
def test_large_form_is_a_message_in_the_frame(sent: dict[str, str], content_type: str, browsers: Browsers) -> None:
    page = page_of(save_one_of_each()["provider"])
    before = Revision.objects.count()
    browser = browsers["editor"]

    if content_type == "multipart":
        answer = browser.post(page, sent)
    else:
        body = "&".join(f"{name}={value}" for name, value in sent.items())
        answer = browser.post(page, body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 413
    assert "What you sent is too large" in answer.content.decode()
    assert "Sanity" not in answer.content.decode()
    assert answer.context["sidebar_navigation"] != []
    assert Revision.objects.count() == before


def test_form_of_allowed_size_is_read(browsers: Browsers) -> None:
    entry = save_one_of_each()["provider"]

    answer = send(browsers["editor"], page_of(entry), best_for="x" * 1_000_000, change_note="Long")

    assert (answer.status_code, "best_for" in answer.context["adminform"].form.errors) == (200, True)


def test_stranger_gets_no_page_of_the_admin(browsers: Browsers) -> None:
    answer = browsers["anonymous"].post(f"{PROVIDERS}add/", LARGE)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={PROVIDERS}add/")
