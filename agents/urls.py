from django.urls import path

from . import deploy_views, grant_views, playground_views, secret_views, settings_views, version_views, views

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
    path("<slug:slug>/settings/", settings_views.agent_settings, name="settings"),
    path("<slug:slug>/grants/", grant_views.grants, name="grants"),
    path("<slug:slug>/grants/<slug:capability>/", grant_views.grant_edit, name="grant"),
    path("<slug:slug>/grants/<slug:capability>/revoke/", grant_views.grant_revoke, name="grant-revoke"),
]

# A place of its own in the console: secrets belong to the workspace.
secrets = (
    [
        path("", secret_views.secrets, name="list"),
        path("+new/", secret_views.secret_set, name="new"),
        path("<str:name>/", secret_views.secret_set, name="set"),
        path("<str:name>/remove/", secret_views.secret_remove, name="remove"),
    ],
    "secrets",
)
