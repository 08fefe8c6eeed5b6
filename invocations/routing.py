"""WebSocket addresses."""

from django.urls import path

from .consumers import FeedConsumer, InvocationConsumer

websocket_urlpatterns = [
    path("ws/invocations/<uuid:invocation_id>/", InvocationConsumer.as_asgi()),
    path("ws/feed/", FeedConsumer.as_asgi()),
]
