"""The pages of services that are looked at, and the services that they show."""

SERVICE = "/admin/services/{service}"
PEOPLE = """
from dataclasses import replace
from catalog.models import Builder
from catalog.models.history import RevisionSource
from deployments.actions.requests import request_deployment
from deployments.actions.secrets import set_secret
from deployments.actions.services.drafts import Draft, draft_of
from catalog.actions.revisions import Change
from deployments.actions.services.saving import change_service, create_service
team, _ = Group.objects.get_or_create(name="Web")
administrator.groups.add(team)
def because(note):
    return Change(by=administrator, note=note, source=RevisionSource.ADMIN)
def source(slug):
    return Provider.objects.get(provider_type="source", slug=slug)
"""
SERVICES = """
bucket = {"bucket": "pages-of-spring", "accessKeyId": {"$secret": "target-access-key-id"}, "secretAccessKey": {"$secret": "target-secret-access-key"}}
draft = Draft(name="Spring campaign", team=team, provider=source("github"), builder=Builder.objects.get(slug="eleventy"), target_backend="s3@1",
    source_config={"repository": "example/spring"}, build_config={"environment": {"SITE_TITLE": "Spring & <b>more</b>"}}, target_config=bucket)
service = create_service(draft, because("First version"), secrets={"target-access-key-id": "key", "target-secret-access-key": "secret"})
change_service(service, replace(draft, source_config={"repository": "example/spring", "branch": "live"}), because("Only what is ready goes live"), expected_revision=None)
hello = Draft(name="Hello", team=team, provider=source("inline"), builder=Builder.objects.get(slug="static"), target_backend="directory@1",
    source_config={"files": {"index.html": "<h1>Hello</h1>"}}, target_config={"folder": "hello"})
request_deployment(create_service(hello, because("To try it")), by=administrator)
"""  # noqa: E501
SHOW = """
show(service=str(service.pk))
"""
# A service for each of `configs`, (name, config), of the source that is installed in two majors.
NOTES = """
from tests.factories import provider_document, save
from tests.deployments.drafts import INLINE
notes = {**INLINE, "backend": "notes@1", "config_schema": {}, "display_name": "Notes", "category": "source_code_provider"}
if find_entry("providers/source/notes") is None:
    save("provider", provider_document("notes", **notes), administrator)
    call_command("publish", note="Notes", stdout=StringIO())
for name, config in configs:
    create_service(Draft(name=name, team=team, provider=source("notes"), builder=Builder.objects.get(slug="static"),
        target_backend="directory@1", source_config=config, target_config={"folder": name.lower().replace(" ", "-")}), because("First version"))
"""  # noqa: E501
NOTES_TO_SEE = """
configs = [
    ("Opening hours", {"title": "When we are open", "text": "Every day from 8 to 18"}),
    ("Menu of the week", {"title": "What there is to eat from Monday to Friday, and what it costs", "text": "Soup"}),
    ("Imprint", {"text": "Bakery at the market"}),
]
"""
CODE = PEOPLE + SERVICES + NOTES_TO_SEE + NOTES + SHOW
STEP_1 = "/admin/services/new/?step=1&name=Spring&environment=production&team=Web"
STEP_2 = "/admin/services/new/?step=2&name=Spring&environment=production&team=Web"
INLINE = f"{STEP_2}&provider=inline&builder=static&target=directory@1"
PAGES = {
    "service-new": "/admin/services/new/",
    "service-new-parts": f"{STEP_1}&provider=github",
    "service-new-stack": f"{STEP_1}&stack=foundation/marketing&provider=upload",
    "service-new-refused": STEP_2,
    "service-settings": f"{STEP_2}&provider=github&builder=eleventy&target=s3@1",
    "service-settings-wrong": INLINE,
    "service-settings-suggested": INLINE,
    "service-settings-pending": f"{STEP_2}&provider=github&builder=static&target=s3@1",
    "service-settings-disabled": INLINE,
    "service-edit": f"{SERVICE}/edit/",
    "service-edit-parts": f"{SERVICE}/edit/",
    "service-edit-other": f"{SERVICE}/edit/",
    "service-edit-checked": f"{SERVICE}/edit/",
    "service-conflict": f"{SERVICE}/edit/",
    "service-history": f"{SERVICE}/history/",
    "service-history-difference": f"{SERVICE}/history/?from=1&to=2",
    "service-restore": f"{SERVICE}/history/1/restore/",
    "service-secrets": f"{SERVICE}/secrets/",
    "service-remove": f"{SERVICE}/remove/",
    "service-hooks": f"{SERVICE}/hooks/",
    "backends": "/admin/services/backends/",
    "upgrade": "/admin/services/backends/source/notes@1/to/notes@2/",
    "service-usage": "/admin/services/usage/",
}
