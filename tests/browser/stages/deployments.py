"""What is looked at of deployments: lists, pages of services, and one deployment in each state."""

CODE = """
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
AuditRecord.objects.note("pattern_noted", by=None, object_name=f"service {shop}", detail="The last five deployments failed")
AuditRecord.objects.note("pattern_noted", by=None, object_name="the person dora", detail="32 deployments in a day, ten times as many as usual")
new = web_service("A new service whose name is rather long and has many words in it")
show(shop=str(shop.pk), new=str(new.pk), live=str(live.pk), failed=str(failed.pk), cancelled=str(cancelled.pk), running=str(running.pk), queued=str(waiting.pk), kept=str(kept.pk))
"""  # noqa: E501
PAGES = {
    "home-services": "/admin/",
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
}
