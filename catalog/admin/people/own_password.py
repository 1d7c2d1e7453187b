"""The page on which a person changes their own password: the theme's, and the change is kept in the audit."""

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from catalog.actions.access import record_password_change
from catalog.admin.pages import person_of


def own_password_page(request: HttpRequest) -> HttpResponseBase:
    person = person_of(request)
    before = person.password
    with transaction.atomic():
        answer = admin.site.password_change(request)
        if person.password != before:
            record_password_change(person, by=person)
    return answer
