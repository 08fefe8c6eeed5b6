from django.urls import path

from . import deploy_views, playground_views, version_views, views

app_name = "agents"
# No slug begins with "+", so that no agent hides behind a page of ours.
urlpatterns = [
    path("", views.agent_list, name="list"),
    path("+new/", views.agent_new, name="new"),
    path("<slug:slug>/", views.agent_detail, name="detail"),
    path("<slug:slug>/edit/", views.agent_edit, name="edit"),
    path("<slug:slug>/archive/", views.agent_archive, name="archive"),
    path("<slug:slug>/playground/", playground_views.playground, name="playground"),
    path("<slug:slug>/versions/new/", version_views.version_new, name="version-new"),
    path("<slug:slug>/versions/<int:number>/", version_views.version_detail, name="version"),
    path("<slug:slug>/versions/<int:number>/publish/", deploy_views.publish_version, name="publish"),
    path("<slug:slug>/versions/<int:number>/rollback/", deploy_views.roll_back, name="rollback"),
    path("<slug:slug>/diff/", version_views.version_diff, name="diff"),
    path("<slug:slug>/settings/", deploy_views.agent_settings, name="settings"),
    path("<slug:slug>/settings/grants/", deploy_views.grant_give, name="grant-give"),
    path("<slug:slug>/settings/grants/<slug:capability>/revoke/", deploy_views.grant_revoke, name="grant-revoke"),
]
