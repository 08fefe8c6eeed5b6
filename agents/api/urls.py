from django.urls import path

from . import secrets, views

urlpatterns = [
    path("agents/", views.AgentList.as_view()),
    path("agents/<slug:slug>/", views.AgentDetail.as_view()),
    path("agents/<slug:slug>/versions/", views.VersionList.as_view()),
    path("agents/<slug:slug>/versions/<int:number>/", views.VersionDetail.as_view()),
    path("agents/<slug:slug>/versions/<int:number>/diff/", views.VersionDiff.as_view()),
    path("agents/<slug:slug>/deployments/", views.DeploymentList.as_view()),
    path("agents/<slug:slug>/rollback/", views.Rollback.as_view()),
    path("agents/<slug:slug>/settings/", views.SettingsDetail.as_view()),
    path("agents/<slug:slug>/grants/", views.GrantList.as_view()),
    path("agents/<slug:slug>/grants/<slug:capability>/", views.GrantDetail.as_view()),
    path("secrets/", secrets.SecretList.as_view()),
    path("secrets/<str:name>/", secrets.SecretDetail.as_view()),
]
