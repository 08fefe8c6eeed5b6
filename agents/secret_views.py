"""The console's page of secrets: a value is typed once, goes to its host alone, and is shown to nobody again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.actor import Actor
from accounts.errors import ProductError
from accounts.pages import go, page
from accounts.scopes import Scope

from . import selectors
from .actions.secrets import remove_secret, set_secret
from .errors import NotFound
from .models import Secret
from .views import dialog

FIELDS = ("name", "host", "header", "prefix")


@page(Scope.OPERATE)
@never_cache
def secrets(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Names, hosts and use; never a value."""
    used = selectors.secret_users(actor.workspace)
    rows = [{"secret": secret, "agents": used.get(secret.name, [])} for secret in selectors.secrets(actor.workspace)]
    return render(request, "agents/secrets.html", {"rows": rows})


@page(Scope.OPERATE)
@never_cache
@sensitive_post_parameters("value")
def secret_set(request: HttpRequest, actor: Actor, name: str = "") -> HttpResponse:
    """A dialog: a new secret, or another value (and place) for the one of that name."""
    secret = _secret(actor, name) if name else None
    header, prefix = (field.default for field in (Secret._meta.get_field("header"), Secret._meta.get_field("prefix")))
    values = {"name": "", "host": "", "header": header, "prefix": prefix}
    if secret is not None:
        values = {field: getattr(secret, field) for field in FIELDS}
    error, field = "", ""
    if request.method == "POST":
        typed = {each: request.POST.get(each, "") for each in FIELDS}
        values |= {each: text if each == "prefix" else text.strip() for each, text in typed.items()}
        if secret is not None:
            values["name"] = secret.name
        try:
            set_secret(actor, value=request.POST.get("value", ""), **values)
            text = _("The secret “%(name)s” is replaced.") if secret else _("The secret “%(name)s” is kept.")
            messages.success(request, text % {"name": values["name"]})
            return go(request, "secrets:list")
        except ProductError as refused:
            error, field = refused.message, str(refused.detail.get("field", ""))
    context = {"secret": secret, "values": values, "error": error, "field": field}
    return dialog(request, "agents/secret.html", context, refused=bool(error))


@page(Scope.OPERATE)
def secret_remove(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """A dialog that says which agents will miss it."""
    secret = _secret(actor, name)
    if request.method == "POST":
        remove_secret(actor, secret.name)
        messages.success(request, _("The secret “%(name)s” is gone for good.") % {"name": name})
        return go(request, "secrets:list")
    context = {"secret": secret, "agents": selectors.secret_users(actor.workspace).get(secret.name, [])}
    return dialog(request, "agents/secret_remove.html", context)


def _secret(actor: Actor, name: str) -> Secret:
    found: Secret | None = selectors.secrets(actor.workspace).filter(name=name).first()
    if found is None:
        raise NotFound(_("There is no secret “%(name)s”.") % {"name": name})
    return found
