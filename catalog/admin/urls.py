"""Pages of the admin that belong to no single list: `pages:approvals`, `pages:history`, ... under `/admin/`.

They come before Django's own addresses, so that `catalog/provider/3/history/` is ours.
"""

from django.urls import path

from catalog.admin.approvals.queue import queue_page
from catalog.admin.approvals.review import review_page
from catalog.admin.bulk.edits import edit_page
from catalog.admin.bulk.exports import export_page
from catalog.admin.bulk.imports import import_page, import_result_page
from catalog.admin.entries.columns import columns_page
from catalog.admin.entries.config_form import config_form_page
from catalog.admin.entries.history import history_page
from catalog.admin.entries.lifecycle import lifecycle_page
from catalog.admin.entries.preview import preview_page
from catalog.admin.entries.removed import removed_page
from catalog.admin.entries.restoring import restore_page
from catalog.admin.entries.suggestions import suggestions_page
from catalog.admin.entries.usage import usage_page
from catalog.admin.pages import guarded
from catalog.admin.people.own_password import own_password_page
from catalog.admin.people.tokens import token_page, tokens_page
from catalog.admin.publishing.compare import compare_page
from catalog.admin.publishing.progress import progress_page
from catalog.admin.publishing.publish import publish_page
from catalog.admin.publishing.roll_back import roll_back_page

app_name = "pages"
ENTRY = "catalog/<slug:kind>/<int:pk>"
SNAPSHOT = "catalog/snapshot/<int:pk>"
urlpatterns = [
    path("catalog/<slug:kind>/columns/", guarded(columns_page), name="columns"),
    path("catalog/<slug:kind>/export/<slug:file_format>/", guarded(export_page), name="export"),
    path("catalog/<slug:kind>/bulk-edit/", guarded(edit_page), name="bulk-edit"),
    path("catalog/import/", guarded(import_page), name="import"),
    path("catalog/import/<int:pk>/", guarded(import_result_page), name="import-result"),
    path("config-form/", guarded(config_form_page), name="config-form"),
    path("suggestions/<slug:name>/", guarded(suggestions_page), name="suggestions"),
    path("approvals/", guarded(queue_page, "catalog.view_revision"), name="approvals"),
    path(f"{ENTRY}/review/", guarded(review_page), name="review"),
    path(f"{ENTRY}/history/", guarded(history_page), name="history"),
    path(f"{ENTRY}/history/<int:number>/restore/", guarded(restore_page), name="restore"),
    path(f"{ENTRY}/usage/", guarded(usage_page), name="usage"),
    path(f"{ENTRY}/preview/", guarded(preview_page), name="preview"),
    path(f"{ENTRY}/lifecycle/", guarded(lifecycle_page), name="lifecycle"),
    path("catalog/removed/", guarded(removed_page), name="removed"),
    path("catalog/snapshot/publish/", guarded(publish_page, "catalog.publish_snapshot"), name="publish"),
    path("password_change/", guarded(own_password_page), name="own-password"),
    path("tokens/", guarded(tokens_page), name="tokens"),
    path("tokens/<slug:public_id>/", guarded(token_page), name="token"),
    path(f"{SNAPSHOT}/progress/", guarded(progress_page, "catalog.view_snapshot"), name="progress"),
    path(f"{SNAPSHOT}/compare/", guarded(compare_page, "catalog.view_snapshot"), name="compare"),
    path(f"{SNAPSHOT}/roll-back/", guarded(roll_back_page, "catalog.publish_snapshot"), name="roll-back"),
]
