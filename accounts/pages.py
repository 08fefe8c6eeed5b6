"""What every page of the console starts with: an actor, the right to be here, and refusals as pages that say why."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .actor import NotAllowed, for_request
from .errors import ProductError
from .scopes import Scope

PER_PAGE = 50


def page(scope: str = Scope.READ) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A console view `view(request, actor, …)`: needs `scope`; what an action refuses becomes a page."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                actor = for_request(request)
                if actor is None:
                    message = _("Your login belongs to no workspace. An administrator can add you under People.")
                    return error_page(request, 403, message)
                actor.require(scope)
                return view(request, actor, *args, **kwargs)
            except NotAllowed as error:
                return error_page(request, 403, str(error))
            except ProductError as error:
                return error_page(request, error.http, error.message)

        return wrapped

    return decorate


def error_page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """A refusal in words; inside a dialog when htmx asked."""
    titles = {403: _("Not allowed"), 404: _("Not found"), 409: _("Changed in between"), 500: _("Something broke")}
    context = {"status": status, "title": titles.get(status, _("This cannot be done")), "message": message}
    template = "errors/dialog.html" if getattr(request, "htmx", False) else "errors/error.html"
    return render(request, template, context, status=status)


def go(request: HttpRequest, to: str, *args: Any, **kwargs: Any) -> HttpResponse:
    """Redirect to a named URL; htmx is told to follow with the whole page."""
    response = redirect(to, *args, **kwargs)
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": response["Location"]})
    return response


def paginate(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page:
    """The page that the URL's `page` asks for; a number out of range is the nearest one."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))
