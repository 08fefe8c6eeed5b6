from django.urls import path

from . import views

urlpatterns = [
    path("invocations/", views.collection),
    path("invocations/<uuid:invocation_id>/", views.InvocationDetail.as_view()),
    path("invocations/<uuid:invocation_id>/cancel/", views.InvocationCancel.as_view()),
    path("invocations/<uuid:invocation_id>/replay/", views.replay_invocation),
    path("invocations/<uuid:invocation_id>/events/", views.stream_events),
]

# The same addresses as DRF classes, from which the OpenAPI schema is generated.
schema_urlpatterns = [
    path("invocations/", views.InvocationList.as_view()),
    path("invocations/<uuid:invocation_id>/", views.InvocationDetail.as_view()),
    path("invocations/<uuid:invocation_id>/cancel/", views.InvocationCancel.as_view()),
    path("invocations/<uuid:invocation_id>/replay/", views.InvocationReplay.as_view()),
    path("invocations/<uuid:invocation_id>/events/", views.InvocationEvents.as_view()),
]
