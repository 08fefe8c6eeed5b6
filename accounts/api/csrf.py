"""What a request with a missing or wrong CSRF token gets: the API's error body, or Django's page."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.csrf import csrf_failure

from .errors import body


def failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if not request.path.startswith("/api/"):
        return csrf_failure(request, reason)
    message = "A call by session needs the CSRF token of the page (X-CSRFToken); programs send an API key instead."
    return JsonResponse(body("forbidden", message, {"reason": reason}), status=403)
