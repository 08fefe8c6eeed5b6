from django.urls import path

from . import views

app_name = "routing"
urlpatterns = [
    path("", views.routing, name="page"),
    path("settings/", views.settings, name="settings"),
]
