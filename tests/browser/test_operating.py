"""What an operator does for an agent in the browser: grants, secrets, limits."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .product import Product, simple

pytestmark = pytest.mark.browser

ASKING = """from neuroflow import Request, agent, skill


@agent(name="{slug}", description="Asks the web", capabilities=["http"])
class Asking:
    @skill(description="Ask", examples=["ask"])
    async def ask(self, request: Request) -> str:
        return "asked"
"""


def test_a_secret_is_kept_and_a_grant_that_names_it_is_given_and_revoked(page: Page, product: Product, allow) -> None:
    allow("422")
    product.agent("reaching", ASKING.format(slug="reaching"))
    page.goto("/secrets/")
    page.get_by_role("button", name="New secret").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("reaching-key")
    dialog.get_by_label("Value", exact=True).fill("nobody-ever-reads-this")
    dialog.get_by_label("Host").fill("*.example.com")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_label("Value", exact=True)).to_have_value("")  # what was typed does not come back
    dialog.get_by_label("Host").fill("api.example.com")
    dialog.get_by_label("Value", exact=True).fill("nobody-ever-reads-this")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The secret “reaching-key” is kept.")).to_be_visible()

    page.goto("/agents/reaching/grants/")
    expect(page.get_by_role("status").filter(has_text="capability_denied")).to_be_visible()
    page.locator(".grant", has_text="http").get_by_role("link", name="Grant…").click()
    form = page.locator("[data-form]")
    page.get_by_role("button", name="Grant", exact=True).click()
    expect(form).to_contain_text("This is needed.")
    form.get_by_role("button", name="Add to Hosts").click()
    page.keyboard.type("api example.com")
    form.get_by_label("GET").check()
    form.get_by_label("reaching-key").check()
    form.get_by_label("Largest answer").fill("500 000")
    expect(form).to_contain_text("= 488 KiB")
    page.get_by_label("Reason").fill("prices")
    page.get_by_role("button", name="Grant", exact=True).click()
    expect(form.locator(".error").filter(has_text="api example.com")).to_be_visible()  # said where it is wrong
    form.get_by_role("textbox", name="Hosts 1").fill("api.example.com")
    page.get_by_role("button", name="Grant", exact=True).click()
    card = page.locator(".grant", has_text="http")
    expect(card).to_contain_text("in force")
    expect(card).to_contain_text("reaching-key")
    grant = product.call("GET", "/agents/reaching/grants/")["results"][0]
    assert grant["params"] == {
        "hosts": ["api.example.com"], "methods": ["GET"], "secrets": ["reaching-key"], "max_bytes": 500_000,
    }  # fmt: skip

    card.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog", name="Revoke http of reaching?")
    expect(dialog).to_contain_text("Live v1 asks for it: what needs it will fail.")
    dialog.get_by_role("button", name="Revoke").click()
    expect(card).to_contain_text("missing")
    assert product.call("GET", "/agents/reaching/grants/")["results"] == []


def test_limits_are_saved_and_what_changed_is_told(page: Page, product: Product, allow) -> None:
    allow("422")
    product.agent("measured", simple("measured"))
    product.invoke(agent="measured", text="x")
    page.goto("/agents/measured/settings/")
    expect(page.locator(".limits li", has_text="memory_bytes")).to_contain_text("p50")
    page.get_by_label("Time", exact=True).fill("soon")
    page.get_by_label("Memory", exact=True).fill("2 GiB")
    page.get_by_role("button", name="Save as a new revision").click()
    expect(page.locator(".limits li", has_text="wall_ms")).to_contain_text("30 s, 1500 ms, 2 min")
    expect(page.locator(".limits li", has_text="memory_bytes").locator(".error")).to_contain_text("at most")
    page.get_by_label("Time", exact=True).fill("2.5 s")
    page.get_by_label("Memory", exact=True).fill("96 MiB")
    page.get_by_label("Reused").check()
    page.get_by_role("button", name="Save as a new revision").click()
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()
    newest = page.locator(".revisions li").first
    expect(newest).to_contain_text("2500 ms".replace("2500", "2\u202f500"))
    expect(newest).to_contain_text("96 MiB")
    expect(page.locator("h1").get_by_text("sandboxes are used again")).to_be_visible()
    page.get_by_role("link", name="Fill in").click()
    expect(page.get_by_label("Time", exact=True)).to_have_value("")
    page.get_by_role("button", name="Save as a new revision").click()
    expect(page.get_by_text("Saved as revision 3")).to_be_visible()
    assert product.call("GET", "/agents/measured/settings/")["limits"] == {}
