"""The console's pages of API keys, people and the audit log."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from . import audit, selectors
from .actions.keys import create_key, disable_key
from .actions.people import add_person, change_role
from .actor import Actor, NotAllowed
from .forms import KeyForm, PersonForm
from .pages import go, page, paginate
from .scopes import Role, Scope


@page()
@never_cache
def keys(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list; a POST makes a key and shows it, this once, in its answer."""
    initial = {"scopes": [Scope.READ, Scope.INVOKE]}
    form = KeyForm(request.POST or None, initial=initial)
    created = plaintext = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            created, plaintext = create_key(
                actor, data["name"], set(data["scopes"]), expires_at=form.expires_at,
                rate_per_second=data["rate_per_second"], burst=data["burst"],
            )  # fmt: skip
            form = KeyForm(initial=initial)
        except (ValueError, NotAllowed) as error:
            form.add_error(None, str(error))
    context = {
        "form": form,
        "keys": selectors.keys(actor.workspace),
        "created": created,
        "plaintext": plaintext,
        "scopes": Scope.choices,
        "chosen": form["scopes"].value() or [],
    }
    return render(request, "accounts/keys.html", context, status=422 if form.errors else 200)


@require_POST
@page(Scope.ADMIN)
def key_disable(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    key = selectors.key(actor.workspace, pk)
    disable_key(actor, key)
    messages.success(request, _("The key “%(name)s” is refused from now on.") % {"name": key.name})
    return go(request, "keys:list")


@page()
@never_cache
def people(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list; a POST adds a person and shows their first password, this once."""
    form = PersonForm(request.POST or None, initial={"role": Role.AUTHOR})
    created = password = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        password = secrets.token_urlsafe(12)
        created = add_person(actor, data["username"], password, data["role"], data["email"])
        form = PersonForm(initial={"role": Role.AUTHOR})
    context = {
        "form": form,
        "memberships": selectors.memberships(actor.workspace),
        "roles": Role.choices,
        "created": created,
        "password": password,
    }
    return render(request, "accounts/people.html", context, status=422 if form.errors else 200)


@require_POST
@page(Scope.ADMIN)
def person_role(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    membership = selectors.membership(actor.workspace, pk)
    role = request.POST.get("role", "")
    if role in Role.values:
        try:
            change_role(actor, membership, role)
            messages.success(
                request, _("%(person)s: %(role)s.") % {"person": membership.user, "role": Role(role).label}
            )
        except ValueError as error:
            messages.error(request, str(error))
    return go(request, "people:list")


@page(Scope.ADMIN)
def audit_log(request: HttpRequest, actor: Actor) -> HttpResponse:
    wanted = {name: request.GET.get(name, "") for name in ("actor", "action", "q")}
    entries = selectors.audit_entries(
        actor.workspace, actor=wanted["actor"], action=wanted["action"], text=wanted["q"].strip()
    )
    rows = paginate(request, entries)
    for entry in rows:
        entry.sentence = audit.sentence(entry)
    context = {
        "page": rows,
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "actors": selectors.audit_actors(actor.workspace),
        "actions": sorted(audit.SENTENCES),
    }
    return render(request, "accounts/audit.html", context)
