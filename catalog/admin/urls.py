"""Pages of the admin that belong to no single list: `pages:approvals`, `pages:history`, ... under `/admin/`.

They come before Django's own addresses, so that `catalog/provider/3/history/` is ours.
"""

from django.urls import path

from catalog.admin.approvals.review import review_page
from catalog.admin.pages import guarded
from catalog.admin.publishing.publish import publish_page
from catalog.admin.publishing.roll_back import roll_back_page

app_name = "pages"
ENTRY = "catalog/<slug:kind>/<int:pk>"
SNAPSHOT = "catalog/snapshot/<int:pk>"
urlpatterns = [
    path(f"{ENTRY}/review/", guarded(review_page), name="review"),
    path("catalog/snapshot/publish/", guarded(publish_page, "catalog.publish_snapshot"), name="publish"),
    path(f"{SNAPSHOT}/roll-back/", guarded(roll_back_page, "catalog.publish_snapshot"), name="roll-back"),
]
