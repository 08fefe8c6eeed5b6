"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from invocations.api.urls import schema_urlpatterns as invocations_schema

from . import health

api = [
    path("", include("agents.api.urls")),
    path("", include("invocations.api.urls")),
    path("", include("routing.api.urls")),
    path("", include("guardrails.api.urls")),
]
described = [
    path("api/v1/", include("agents.api.urls")),
    path("api/v1/", include(invocations_schema)),
    path("api/v1/", include("routing.api.urls")),
    path("api/v1/", include("guardrails.api.urls")),
]

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", ExportToDjangoView),
    path("api/v1/schema/", SpectacularAPIView.as_view(urlconf=described), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("api/v1/", include(api)),
    path("admin/", admin.site.urls),
    path("", include("neuroflow_site.console_urls")),
]

handler403 = "neuroflow_site.views.not_allowed"
handler404 = "neuroflow_site.views.not_found"
handler500 = "neuroflow_site.views.broke"
