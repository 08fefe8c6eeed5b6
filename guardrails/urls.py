from django.urls import path

from . import deploy_views, views

app_name = "guardrails"
urlpatterns = [
    path("", views.policy, name="page"),
    path("new/", views.policy_new, name="new"),
    path("<slug:slug>/", views.policy, name="policy"),
    path("<slug:slug>/try/", views.try_it, name="try"),
    path("<slug:slug>/versions/<int:number>/", views.version, name="version"),
    path("<slug:slug>/versions/<int:number>/publish/", deploy_views.publish_version, name="publish"),
    path("<slug:slug>/versions/<int:number>/rollback/", deploy_views.roll_back, name="rollback"),
]
