"""People and roles."""

from __future__ import annotations

import pytest

from accounts.actions.first_run import ensure_first_run
from accounts.actions.people import add_person, change_role
from accounts.actor import for_user
from accounts.models import ApiKey, Membership, User


def test_the_first_run_makes_an_administrator_and_a_key_once(workspace):
    first = ensure_first_run()
    assert first.password and first.key
    assert for_user(User.objects.get(username="admin")).may("admin")
    again = ensure_first_run()
    assert (again.password, again.key) == (None, None)
    assert (User.objects.count(), ApiKey.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("viewer", "read", "invoke"),
        ("author", "author", "operate"),
        ("operator", "operate", "admin"),
        ("admin", "admin", None),
    ],
)
def test_a_role_stands_for_its_scopes(make_person, role, may, may_not):
    actor = for_user(make_person(role))
    assert actor.may(may)
    assert may_not is None or not actor.may(may_not)


def test_only_administrators_reach_the_admin_site(make_person, system):
    user = make_person("author")
    assert not user.is_staff
    change_role(system, Membership.objects.get(user=user), "admin")
    user.refresh_from_db()
    assert user.is_staff and user.is_superuser


def test_the_last_administrator_stays(make_person, system):
    user = make_person("admin")
    with pytest.raises(ValueError, match="last administrator"):
        change_role(system, Membership.objects.get(user=user), "viewer")


def test_a_person_without_membership_is_nobody(workspace):
    assert for_user(User.objects.create_user("stranger", password="x")) is None


def test_a_superuser_from_the_command_line_is_let_in(workspace):
    assert for_user(User.objects.create_superuser("root", password="x")).may("admin")


def test_two_people_of_one_name_are_refused(system):
    from django.db import IntegrityError

    add_person(system, "ada", "secret-enough", "viewer")
    with pytest.raises(IntegrityError):
        add_person(system, "ada", "secret-enough", "viewer")
