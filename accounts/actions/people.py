"""Add a person to a workspace; change their role."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.actor import Actor
from accounts.models import Membership, User
from accounts.scopes import Role, Scope


def add_person(actor: Actor, username: str, password: str, role: str, email: str = "") -> User:
    """Create a login with a role. An administrator may also use the Django admin (`is_staff`)."""
    actor.require(Scope.ADMIN)
    with transaction.atomic():
        user = User.objects.create_user(username=username, email=email, password=password)
        _apply_role(user, role)
        Membership.objects.create(workspace=actor.workspace, user=user, role=role)
        audit.record(actor, "person.create", user, after={"role": role})
    return user


def change_role(actor: Actor, membership: Membership, role: str) -> None:
    """Set another role. The last administrator of a workspace cannot be demoted: ValueError."""
    actor.require(Scope.ADMIN)
    with transaction.atomic():
        # Locked, so that two administrators who demote each other at once do not leave none.
        admins = set(
            Membership.objects.select_for_update()
            .filter(workspace=actor.workspace, role=Role.ADMIN)
            .values_list("pk", flat=True)
        )
        if role != Role.ADMIN and admins == {membership.pk}:
            raise ValueError("This is the last administrator. Make somebody else one first.")
        before = membership.role
        membership.role = role
        membership.save(update_fields=["role"])
        _apply_role(membership.user, role)
        audit.record(actor, "person.role", membership.user, before={"role": before}, after={"role": role})


def _apply_role(user: User, role: str) -> None:
    """Django's own flags follow the role: the admin site is the administrators'."""
    is_admin = role == Role.ADMIN
    User.objects.filter(pk=user.pk).update(is_staff=is_admin, is_superuser=is_admin)
