from django.urls import path

from . import views

app_name = "invocations"
urlpatterns = [
    path("", views.invocation_list, name="list"),
    path("<uuid:invocation_id>/", views.invocation_detail, name="detail"),
    path("<uuid:invocation_id>/cancel/", views.invocation_cancel, name="cancel"),
    path("<uuid:invocation_id>/replay/", views.invocation_replay, name="replay"),
]
