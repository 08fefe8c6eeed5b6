import pytest

from accounts import audit
from accounts.actor import Actor, NotAllowed
from accounts.models import AuditEntry
from accounts.scopes import Scope
from agents.errors import NotFound
from routing import selectors
from routing.actions.update_settings import update_settings
from routing.errors import RoutingError

from .conftest import RENEW

pytestmark = pytest.mark.django_db


def test_a_change_is_kept_audited_and_raises_the_generation(system, workspace, live, generation):
    live("library", RENEW)
    before = generation()
    update_settings(system, default_agent="library", threshold=0.6)
    row = selectors.settings_of(workspace)
    assert (row.default_agent.slug, row.threshold) == ("library", 0.6)
    assert generation() == before + 1
    entry = AuditEntry.objects.get(action="routing.settings")
    assert entry.before["default_agent"] is None
    assert entry.after["default_agent"] == "library"
    assert "routed" in audit.sentence(entry)


def test_what_is_not_given_is_kept(system, workspace, live):
    live("library", RENEW)
    update_settings(system, default_agent="library", threshold=0.6)
    update_settings(system, margin=0.1)
    row = selectors.settings_of(workspace)
    assert (row.default_agent.slug, row.threshold, row.margin) == ("library", 0.6, 0.1)
    update_settings(system, default_agent=None)
    assert selectors.settings_of(workspace).default_agent is None


def test_no_change_leaves_no_trace(system, generation, live):
    update_settings(system, threshold=0.6)
    before = generation()
    update_settings(system, threshold=0.6)
    assert generation() == before
    assert AuditEntry.objects.filter(action="routing.settings").count() == 1


def test_what_makes_no_sense_is_refused(system):
    with pytest.raises(RoutingError, match="between 0 and 1"):
        update_settings(system, threshold=1.5)
    with pytest.raises(NotFound, match="nobody"):
        update_settings(system, default_agent="nobody")


def test_it_takes_the_permission_to_operate(workspace):
    with pytest.raises(NotAllowed):
        update_settings(Actor(workspace, frozenset({Scope.READ}), "reader"), threshold=0.5)
