"""What anybody gets without trying: a ModelSerializer over the same rows, with nothing else in its way."""

from django.urls import include, path
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.serializers import ModelSerializer

from catalog.models import Provider


class PlainSerializer(ModelSerializer[Provider]):
    class Meta:
        model = Provider
        fields = "__all__"


class PlainPages(LimitOffsetPagination):
    default_limit = 200


class PlainList(ListAPIView[Provider]):
    queryset = Provider.objects.prefetch_related("incompatible_builders")
    serializer_class = PlainSerializer
    pagination_class = PlainPages
    permission_classes = ()
    throttle_classes = ()


class PlainOne(RetrieveAPIView[Provider]):
    queryset = Provider.objects.all()
    serializer_class = PlainSerializer
    lookup_field = "slug"
    permission_classes = ()
    throttle_classes = ()


urlpatterns = [
    path("plain", PlainList.as_view()),
    path("plain/<slug:slug>", PlainOne.as_view()),
    path("", include("registry_site.urls")),
]
