"""What every page has: login, keys, theme, language, keyboard."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from .product import Product

pytestmark = pytest.mark.browser


def test_log_in_leads_back_to_where_one_was_going(open_context, product: Product) -> None:
    context, _watch = open_context()
    page = context.new_page()
    page.goto("/audit/?q=something")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("certainly wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("/audit/?q=something")
    page.get_by_label("Preferences and account").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("/login/")
    page.goto("/")
    page.wait_for_url("/login/?next=/")


def test_a_key_is_shown_once_works_and_can_be_disabled(page: Page, product: Product) -> None:
    page.goto("/keys/")
    page.get_by_role("button", name="New key").first.click()
    page.get_by_role("textbox", name="Name").fill("nightly job")
    page.keyboard.press("Control+Enter")
    plaintext = page.locator("#plaintext").inner_text()
    page.locator("[data-copy='#plaintext']").click()
    assert page.evaluate("navigator.clipboard.readText()") == plaintext
    client = httpx.Client(base_url=product.url, headers={"Authorization": f"Bearer {plaintext}"})
    assert client.get("/api/v1/agents/").status_code == 200
    page.goto("/keys/")
    expect(page.get_by_text(plaintext)).to_have_count(0)
    row = page.locator("tr", has_text="nightly job")
    row.get_by_role("button", name="Disable").first.click()
    row.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("disabled")
    assert client.get("/api/v1/agents/").status_code == 401


def test_the_theme_is_known_before_the_first_paint(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/agents/")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_label("Preferences and account").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert dark != light
    answer = page.reload()
    assert answer is not None
    assert 'data-theme="dark"' in answer.text()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark
    page.get_by_label("Preferences and account").click()
    page.get_by_role("button", name="System").click()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == light


def test_the_language_is_switched_in_place(page: Page) -> None:
    page.goto("/agents/?sort=requests")
    page.get_by_label("Preferences and account").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="智能体")).to_be_visible()
    assert page.url.endswith("/agents/?sort=requests")
    page.get_by_label("偏好与账号").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Agents")).to_be_visible()


def test_the_keyboard(page: Page) -> None:
    page.goto("/agents/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Name or description")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("main").focus()
    page.keyboard.press("j")
    expect(page.locator(".row-link").first).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("/invocations/")
