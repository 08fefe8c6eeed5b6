"""Three places of the console, each with its own namespace."""

from django.urls import path

from . import views

keys = (
    [
        path("", views.keys, name="list"),
        path("<int:pk>/disable/", views.key_disable, name="disable"),
    ],
    "keys",
)
people = (
    [
        path("", views.people, name="list"),
        path("<int:pk>/role/", views.person_role, name="role"),
    ],
    "people",
)
audit = ([path("", views.audit_log, name="list")], "audit")
