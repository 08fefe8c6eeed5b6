"""From code to service and back: upload, publish, run, roll back, as an author does it in the console."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .product import Product, simple

pytestmark = pytest.mark.browser


def test_create_upload_publish_run(page: Page, allow) -> None:
    allow("422")  # the first upload is refused
    page.goto("/agents/")
    page.get_by_role("button", name="New agent").click()
    page.get_by_label("Name", exact=True).fill("Greeter")
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_url("/agents/greeter/versions/new/")

    editor = page.get_by_label("Source")
    expect(editor).to_have_value(re.compile(r'@agent\(name="greeter"'))
    editor.fill("def handle(request):\n    return request.text\n\n\ndef broken(:\n    pass\n")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="This cannot become a version.")).to_contain_text("agent.py:5")
    expect(page.locator(".gutter .marked")).to_have_text("5")
    expect(editor).to_have_value(re.compile("def broken"))

    editor.fill('def handle(request):\n    return {"greeting": f"Hello, {request.text}!"}\n')
    page.get_by_label("Message").fill("greets")
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url("/agents/greeter/versions/1/")

    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog", name="Publish greeter v1")
    expect(dialog).to_contain_text("passed")
    expect(dialog).to_contain_text("def handle(request):")
    dialog.get_by_label("Reason").fill("it greets")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("/agents/greeter/")
    expect(page.get_by_text("Version 1 serves every request from now on.")).to_be_visible()

    page.get_by_role("link", name="Playground").click()
    page.get_by_label("Text").fill("Ada")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("[data-answer]")).to_contain_text("Hello, Ada!")
    page.get_by_role("link", name="Open the trace").click()
    expect(page.locator("#state")).to_contain_text("succeeded")
    expect(page.locator("#output")).to_contain_text("Hello, Ada!")


def test_several_files_are_uploaded(page: Page, tmp_path: Path) -> None:
    page.goto("/agents/")
    page.get_by_role("button", name="New agent").click()
    page.get_by_label("Name", exact=True).fill("Bundle")
    page.get_by_role("button", name="Create", exact=True).click()
    page.wait_for_url("/agents/bundle/versions/new/")
    for path, text in {
        "agent.py": "from words import HELLO\n\n\ndef handle(request):\n    return HELLO\n",
        "words.py": 'HELLO = "你好"\n',
    }.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    page.get_by_label("Or choose files").set_input_files([tmp_path / "agent.py", tmp_path / "words.py"])
    expect(page.get_by_role("button", name="words.py")).to_be_visible()
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url("/agents/bundle/versions/1/")
    expect(page.get_by_label("words.py")).to_contain_text("你好")


def test_roll_back_with_one_click(page: Page, product: Product) -> None:
    product.agent("swinging", simple("swinging", "old"), simple("swinging", "new"))
    assert product.invoke(agent="swinging", text="x")["data"] == {"said": "new"}
    page.goto("/agents/swinging/")
    page.get_by_role("button", name="Roll back to v1").click()
    dialog = page.get_by_role("dialog", name="Roll swinging back to v1")
    expect(dialog).to_contain_text("Every request from now on is served by v1.")
    expect(dialog).to_contain_text("Requests under way finish on v2.")
    dialog.get_by_label("Reason").fill("too new")
    dialog.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("Rolled back: version 1 serves every request again.")).to_be_visible()
    assert product.invoke(agent="swinging", text="x")["data"] == {"said": "old"}
    page.goto("/audit/?q=swinging")
    expect(page.get_by_text("rolled back to swinging v1")).to_be_visible()


def test_publish_is_refused_when_somebody_was_faster(page: Page, product: Product, allow) -> None:
    allow("409|422")
    product.agent("contested", simple("contested", "a"), simple("contested", "b"))
    product.publish("contested", 1)
    page.goto("/agents/contested/")
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog", name="Publish contested v2")
    expect(dialog).to_be_visible()
    product.publish("contested", 1)  # meanwhile, elsewhere
    dialog.get_by_role("button", name="Publish").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Somebody published in between")
    assert product.invoke(agent="contested", text="x")["version"] == 1
    dialog.get_by_role("button", name="Publish").click()  # having seen it, again
    expect(page.get_by_text("Version 2 serves every request from now on.")).to_be_visible()


def test_a_viewer_sees_what_they_may_not_do_and_why(page: Page, open_context, product: Product) -> None:
    product.agent("guarded", simple("guarded", "a"), simple("guarded", "b"))
    page.goto("/people/")
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("User name").fill("vera")
    page.get_by_role("dialog").get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Add", exact=True).click()
    password = page.locator("#password").inner_text()

    context, watch = open_context()
    watch.allow("403")
    viewer = context.new_page()
    viewer.goto("/agents/guarded/")
    viewer.get_by_label("User name").fill("vera")
    viewer.get_by_label("Password").fill(password)
    viewer.get_by_role("button", name="Log in").click()
    viewer.wait_for_url("/agents/guarded/")
    back = viewer.get_by_role("button", name="Roll back to v1")
    expect(back).to_be_disabled()
    expect(back).to_have_attribute("title", re.compile("needs the permission"))
    viewer.goto("/agents/guarded/versions/1/publish/")
    expect(viewer.get_by_role("heading", name="Not allowed")).to_be_visible()
