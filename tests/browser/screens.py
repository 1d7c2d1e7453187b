"""Which pages are looked at, and the states that they need: each stage goes on from the one before.

The code of a stage runs in the registry's own Django and prints what the addresses need.
"""

import json

from tests.browser.people import EDITOR
from tests.browser.service_screens import PAGES, SERVICE_FORMS
from tests.flows.processes import Registry

ENTRY = "/admin/catalog/provider/{entry}"
START = """
import json
from datetime import timedelta
from io import StringIO
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.utils import timezone
from catalog.actions.approvals import reject
from catalog.actions.imports import try_import
from catalog.actions.snapshots import request_snapshot
from catalog.actions.tokens import make_token
from catalog.models import Activity, AuditRecord, Provider, Snapshot, find_entry
from tests.factories import provider_document, save, stack_document
editor, publisher, administrator = map(User.objects.get_by_natural_key, ("editor", "publisher", "administrator"))
def document(key):
    return find_entry(key).latest_revision.document
def show(**keys):
    print(json.dumps(keys))
"""
# Their passwords are what conftest's `password_of` says.
EDITED = """
reader, newcomer = (User.objects.create_user(name, password=f"{name}-{name}", is_staff=True) for name in ("reader", "newcomer"))
reader.groups.add(Group.objects.get(name="Viewer"))
save("provider", {**document("providers/ssg/eleventy"), "tier_name": "Eleventy - Small and Quick"}, editor)
call_command("publish", note="Words of spring", stdout=StringIO())
save("provider", {**document("providers/cms/contentful"), "monthly_cost_range": [80, 470], "key_features": ["roles_and_permissions", "live_preview"]}, editor, approved=False)
save("provider", {**document("providers/cms/tina"), "description": "Edits Markdown in place."}, editor)
save("provider", {**document("providers/cms/decap"), "display_name": "Decap"}, editor, approved=False)
decap = find_entry("providers/cms/decap")
reject(decap, number=decap.latest_revision.number, by=publisher, comment="Keep the full name.")
save("provider", provider_document("storyblok", lifecycle={"state": "removed", "since": "2026-01-01", "reason": "Never sold"}), editor)
lines = ["provider_name,provider_type,cms_type,display_name,category,monthly_cost_min,monthly_cost_max,complexity_level"]
right = [*lines, "contentful,cms,api_based,Contentful,cms_tier_service,85,500,high", "ghost,cms,api_based,Ghost,cms_tier_service,9,199,low"]
wrong = [*lines, "contentful,cms,api_based,Contentful,cms_tier_service,about 85,500,easy", "tina,cms,git_based,Tina,cms_tier_service,1,2,low"]
files = [try_import("\\n".join(text).encode(), file_name=name, by=administrator) for name, text in (("prices.csv", right), ("wrong.csv", wrong))]
token, _ = make_token(by=editor, owner=editor, name="Nightly build", scopes=["entries:read", "entries:write"], days=9, provider_types=["cms"])
make_token(by=administrator, owner=administrator, name="Look at what is live", scopes=["entries:read"], days=5)
show(
    entry=find_entry("providers/cms/contentful").pk,
    newest=find_entry("providers/cms/contentful").latest_revision.number,
    tina=find_entry("providers/cms/tina").pk,
    decap=decap.pk,
    builder=find_entry("builders/hugo").pk,
    stack=find_entry("stacks/foundation/marketing").pk,
    file=files[0].pk,
    wrong=files[1].pk,
    used=find_entry("providers/ecommerce/foxy").pk,
    audit=AuditRecord.objects.filter(verb="published").first().pk,
    activity=Activity.objects.first().pk,
    token=token.public_id,
    serial=Snapshot.objects.get(state="live").serial,
)
"""  # noqa: E501
SERVICES = """
from deployments.models import BackendKind, Service
from tests.deployments.admin.visits import make_artifact, make_deployment, say, web_service
lines = [f"added {at} packages, and audited {at + 1} packages in {at % 7}s" for at in range(1, 1101)]
ran = {
    "revision": "4c1d5e7f0b6a29c38d7e5f4a3b2c1d0e9f8a7b6c",
    "configs": {"source": {"repository": "https://git.example.com/web/shop.git", "token": {"$secret": "GIT_TOKEN"}}, "build": {"command": "npm run build"}, "target": {"folder": "shop"}},
    "backends": {"source": {"backend": "git@1", "version": "1.0.0"}, "build": {"backend": "command@1", "version": "1.0.0"}, "target": {"backend": "directory@1", "version": "1.0.0"}},
    "schemas": {"source": "5c" * 32, "build": "1f" * 32, "target": "c0" * 32},
    "registry_serial": Snapshot.objects.get(state="live").serial,
    "requested_by": administrator,
}
url = {"id": "r-1", "url": "https://shop.example.com/"}
def steps(*names):
    return [{"step": name, "seconds": 0.4 * at ** 3} for at, name in enumerate(names)]
every = steps("resolve", "fetch", "build", "verify", "upload", "probe", "activate")
shop = web_service("Shop of the bakery", is_pinned=True)
make_deployment(shop, **{**ran, "artifact": make_artifact(collected_at=timezone.now())}, release=url, steps=every)
kept = make_deployment(shop, **ran, release=url, steps=every)
live = make_deployment(shop, **ran, release=url, steps=every, replaces=kept)
say(live, "Source is 4c1d5e7f0b6a29c38d7e5f4a3b2c1d0e9f8a7b6c.", step="resolve")
say(live, "$ npm run build", "\\x1b[32m✓ built in 3.2s\\x1b[0m", "a name in Hebrew: \u05e9\u05dc\u05d5\u05dd (index.html)", "word " * 400)
say(live, "Built 212 files, 1,204,117 bytes.", step="verify")
say(live, "Succeeded.", step="end")
failed = make_deployment(shop, "failed", **ran, steps=steps("resolve", "fetch", "build"), error_kind="permanent", error_message="npm run build ended with status 1: src/pages/index.astro imports ../components/Card.astro, which is not there.", error_hint="Look at the last lines of the log; was the file left out of the commit?")
say(failed, *lines)
say(failed, "Failed.", step="end")
cancelled = make_deployment(shop, "cancelled", **ran, steps=steps("resolve", "fetch"), cancel_requested_at=timezone.now())
running = make_deployment(shop, "building", **ran, steps=steps("resolve", "fetch"), lease_expires_at=timezone.now() + timedelta(days=1))
say(running, "The mirror did not answer.", step="fetch")
say(running, "$ npm ci", "added 214 packages", attempt=2)
waiting = make_deployment(shop, "queued", kind="rollback", artifact_of=kept, artifact=kept.artifact)
blog = web_service("Blog", environment="staging", team=None)
make_deployment(blog, "building", cancel_requested_at=timezone.now(), lease_expires_at=timezone.now() + timedelta(days=1))
new = web_service("A new service whose name is rather long and has many words in it")
show(shop=str(shop.pk), new=str(new.pk), live=str(live.pk), failed=str(failed.pk), cancelled=str(cancelled.pk), running=str(running.pk), queued=str(waiting.pk), kept=str(kept.pk))
"""  # noqa: E501
MASS = """
for entry in Provider.objects.filter(provider_type="source"):
    save("provider", {**document(entry.key), "best_for": "Developers & <script>alert(1)</script>"}, editor)
show()
"""
WAITING = """
snapshot = request_snapshot(by=publisher, note="Prices of spring", confirm_mass_change=True, in_background=False)
Snapshot.objects.filter(pk=snapshot.pk).update(requested_at=timezone.now() - timedelta(seconds=40))
show(request=snapshot.pk)
"""
RUNNING = """
now = timezone.now()
Snapshot.objects.filter(state="pending").update(state="publishing", started_at=now, beat_at=now + timedelta(days=1), progress="objects: 31")
show()
"""  # noqa: E501
FAILED = """
reason = "The store did not answer in time: the address https://registry.example.com/current.json gave 503."
Snapshot.objects.filter(state="publishing").update(state="failed", finished_at=timezone.now(), failure_reason=reason)
show()
"""
PROBLEMS = """
save("provider", provider_document("ghost"), editor)
stack = stack_document("blog", providers={"cms": ["ghost"]})
save("stack", stack, editor)
save("stack", {**stack, "providers": {"cms": ["tina"]}}, editor, approved=False)
gone = {"state": "removed", "since": "2026-01-01", "reason": "It was never sold"}
save("provider", provider_document("ghost", lifecycle=gone), editor)
show()
"""
# By stage: its code, and the pages that are looked at then, by the name that the picture gets. Names of `urlpatterns`
# are those of the picture.
STAGES: dict[str, tuple[str, dict[str, str]]] = {
    "edited": (
        EDITED,
        {
            "sign-in": "/admin/login/",
            "sign-in-failed": "/admin/login/",
            "home": "/admin/",
            "home-editor": "/admin/",
            "home-newcomer": "/admin/",
            "providers": "/admin/catalog/provider/",
            "providers-filtered": "/admin/catalog/provider/?q=content&provider_type=cms",
            "providers-none": "/admin/catalog/provider/?q=wordpress",
            "builders": "/admin/catalog/builder/",
            "stacks": "/admin/catalog/stack/",
            "provider": f"{ENTRY}/change/",
            "provider-wrong": f"{ENTRY}/change/",
            "provider-editor": f"{ENTRY}/change/",
            "provider-read-only": f"{ENTRY}/change/",
            "too-large": f"{ENTRY}/change/",
            "provider-new": "/admin/catalog/provider/add/",
            "conflict": f"{ENTRY}/change/",
            "builder-new": "/admin/catalog/builder/add/",
            "stack-new": "/admin/catalog/stack/add/",
            "builder": "/admin/catalog/builder/{builder}/change/",
            "stack": "/admin/catalog/stack/{stack}/change/",
            "columns": "/admin/catalog/provider/columns/",
            "bulk-edit": "/admin/catalog/provider/?provider_type=source",
            "bulk-preview": "/admin/catalog/provider/?provider_type=source",
            "import": "/admin/catalog/import/",
            "import-result": "/admin/catalog/import/{file}/",
            "import-wrong": "/admin/catalog/import/{wrong}/",
            "approvals": "/admin/approvals/",
            "approvals-rejected": "/admin/approvals/?show=rejected",
            "review": f"{ENTRY}/review/",
            "review-approved": "/admin/catalog/provider/{tina}/review/",
            "review-rejected": "/admin/catalog/provider/{decap}/review/",
            "history": f"{ENTRY}/history/",
            "history-difference": f"{ENTRY}/history/?from=1&to={{newest}}",
            "restore": f"{ENTRY}/history/1/restore/",
            "usage": f"{ENTRY}/usage/",
            "preview": f"{ENTRY}/preview/",
            "lifecycle": f"{ENTRY}/lifecycle/",
            "lifecycle-refused": "/admin/catalog/provider/{used}/lifecycle/",
            "removed": "/admin/catalog/removed/",
            "publish": "/admin/catalog/snapshot/publish/",
            "snapshots": "/admin/catalog/snapshot/",
            "snapshot": "/admin/catalog/snapshot/1/change/",
            "roll-back": "/admin/catalog/snapshot/1/roll-back/",
            "compare": "/admin/catalog/snapshot/1/compare/?with={serial}",
            "activity": "/admin/catalog/activity/",
            "activity-record": "/admin/catalog/activity/{activity}/change/",
            "audit": "/admin/catalog/auditrecord/",
            "audit-record": "/admin/catalog/auditrecord/{audit}/change/",
            "people": "/admin/auth/user/",
            "person": "/admin/auth/user/1/change/",
            "person-new": "/admin/auth/user/add/",
            "person-password": "/admin/auth/user/1/password/",
            "roles": "/admin/auth/group/",
            "role": "/admin/auth/group/1/change/",
            "role-new": "/admin/auth/group/add/",
            "tokens": "/admin/tokens/",
            "tokens-everybody": "/admin/tokens/?whose=all",
            "token": "/admin/tokens/{token}/",
            "token-made": "/admin/tokens/",
            "token-refused": "/admin/tokens/",
            "own-password": "/admin/password_change/",
            "refused": f"{ENTRY}/delete/",
        },
    ),
    "services": (
        SERVICES,
        {
            "services": "/admin/services/",
            "services-filtered": "/admin/services/?environment=production&last=queued",
            "services-none": "/admin/services/?q=wordpress",
            "service": "/admin/services/{shop}/",
            "service-never-deployed": "/admin/services/{new}/",
            "deployments": "/admin/deployments/",
            "deployments-filtered": "/admin/deployments/?state=failed",
            "deployment": "/admin/deployments/{live}/",
            "deployment-was-live": "/admin/deployments/{kept}/",
            "deployment-failed": "/admin/deployments/{failed}/",
            "deployment-line": "/admin/deployments/{failed}/?line=12",
            "deployment-cancelled": "/admin/deployments/{cancelled}/",
            "deployment-running": "/admin/deployments/{running}/",
            "deployment-waiting": "/admin/deployments/{queued}/",
        },
    ),
    "service-forms": (SERVICE_FORMS, PAGES),
    "mass": (
        MASS,
        {
            "publish-mass": "/admin/catalog/snapshot/publish/",
            "publish-unconfirmed": "/admin/catalog/snapshot/publish/",
        },
    ),
    "waiting": (
        WAITING,
        {
            "snapshot-waiting": "/admin/catalog/snapshot/{request}/change/",
            "publish-waits": "/admin/catalog/snapshot/publish/",
        },
    ),
    "running": (RUNNING, {"snapshot-running": "/admin/catalog/snapshot/{request}/change/"}),
    "failed": (FAILED, {"snapshot-failed": "/admin/catalog/snapshot/{request}/change/", "home-failed": "/admin/"}),
    "problems": (PROBLEMS, {"publish-problems": "/admin/catalog/snapshot/publish/"}),
}  # fmt: skip
# Who looks, if it is not an administrator; None has not signed in.
PEOPLE = {
    "sign-in": None,
    "sign-in-failed": None,
    "home-editor": EDITOR,
    "home-newcomer": "newcomer",
    "provider-editor": EDITOR,
    "provider-read-only": "reader",
}
STATUS = {"refused": 403, "too-large": 413}
SCREENS = {name: stage for stage, (_, pages) in STAGES.items() for name in pages}


class Stages:
    """Brings the registry from stage to stage; no worker may take what waits."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.left = registry, list(STAGES)
        self.keys: dict[str, int | str] = {}

    def address_of(self, screen: str) -> str:
        """Where the screen is, in a registry that is as far as it needs."""
        stage = SCREENS[screen]
        while stage in self.left:
            self._go_on(self.left[0])
            self.left.pop(0)
        return STAGES[stage][1][screen].format(**self.keys)

    def _go_on(self, stage: str) -> None:
        if stage == "waiting":
            self.registry.stop("beat", "worker")
        self.keys |= json.loads(self.registry.python(START + STAGES[stage][0]))
