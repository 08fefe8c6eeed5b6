"""Where the console's pages are. Included by neuroflow_site.urls at the root."""

from django.contrib.auth.views import LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from accounts.urls import audit, keys, people
from agents.urls import secrets

from . import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("login/", views.Login.as_view(), name="login"),
    path("favicon.ico", RedirectView.as_view(url=static("img/favicon.svg"))),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("i18n/catalog/<str:language>.js", views.js_catalog, name="js-catalog"),
    path("patterns/", views.patterns, name="patterns"),
    path("agents/", include("agents.urls")),
    path("invocations/", include("invocations.urls")),
    path("routing/", include("routing.urls")),
    path("guardrails/", include("guardrails.urls")),
    path("keys/", include(keys)),
    path("secrets/", include(secrets)),
    path("people/", include(people)),
    path("audit/", include(audit)),
]
