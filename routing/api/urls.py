from django.urls import path

from . import views

urlpatterns = [
    path("route/", views.RouteView.as_view()),
    path("routing/settings/", views.RoutingSettingsView.as_view()),
]
