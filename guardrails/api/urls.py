from django.urls import path

from . import views

urlpatterns = [
    path("guardrails/check/", views.Check.as_view()),
    path("guardrails/schema/", views.PolicySchema.as_view()),
    path("guardrails/policies/", views.PolicyList.as_view()),
    path("guardrails/policies/<slug:slug>/", views.PolicyDetail.as_view()),
    path("guardrails/policies/<slug:slug>/versions/", views.PolicyVersionList.as_view()),
    path("guardrails/policies/<slug:slug>/versions/<int:number>/", views.PolicyVersionDetail.as_view()),
    path("guardrails/policies/<slug:slug>/deployments/", views.PolicyDeploymentList.as_view()),
    path("guardrails/policies/<slug:slug>/rollback/", views.PolicyRollback.as_view()),
]
