"""The playground: a form made from a schema, runs that are watched and stopped, versions side by side."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from .product import Product, simple

pytestmark = pytest.mark.browser

# What the kit makes of nested payloads is its own tests' matter: here plain JSON comes back.
ORDERS = """import json
from dataclasses import asdict, dataclass, field
from typing import Annotated, Literal

from neuroflow import Request, agent, log, skill


@dataclass
class Item:
    sku: Annotated[str, "As on the label"]
    quantity: int = 1


@dataclass
class Address:
    city: str
    country: Literal["DE", "FR"] = "DE"


@dataclass
class Order:
    customer: Annotated[str, "Who pays"]
    amount: float
    items: list[Item] = field(default_factory=list)
    deliver_to: Address | None = None
    priority: Literal["low", "high"] = "low"
    urgent: bool = False
    tags: list[str] = field(default_factory=list)
    note: str | None = None


@agent(name="{slug}", description="Takes orders")
class Orders:
    @skill(description="Take an order", examples=["an order for Ada"])
    async def order(self, request: Request[Order]) -> dict:
        log.info("taken")
        return {{"took": "{mark}", "payload": json.loads(json.dumps(request.payload, default=asdict))}}

    @skill(description="Say it back", examples=["say hello", "say it again"])
    async def say(self, request: Request) -> str:
        return request.text
"""

SLOW = """import asyncio


async def handle(request):
    print("begun")
    if request.text == "compute":
        while True:
            pass
    await asyncio.sleep(60)
"""

SHAPES = """def handle(request):
    if request.text == "x":
        return 1 / 0
    return {"rows": list(range(500)), "deep": {"deeper": {"deepest": True}}, "long": "a" * 5000}
"""


def orders(product: Product, slug: str) -> str:
    return product.agent(slug, ORDERS.format(slug=slug, mark="one"), ORDERS.format(slug=slug, mark="two"))


def answer(page: Page) -> dict:
    """The answer as it can be copied."""
    page.locator("[data-copy]").click()
    return dict(json.loads(page.evaluate("navigator.clipboard.readText()")))


def test_a_form_is_made_from_the_schema_and_what_is_written_in_it_is_sent(page: Page, product: Product) -> None:
    page.goto(f"/agents/{orders(product, 'formed')}/playground/")
    page.get_by_label("Skill").select_option("order")
    form = page.locator("[data-form]")
    form.get_by_label("customer").fill("Ada")
    form.get_by_label("amount").fill("1 234.5")
    form.get_by_role("button", name="Add to items").click()
    form.get_by_label("sku").fill("lamp")
    form.get_by_role("button", name="Add to tags").click()
    page.keyboard.type("red")
    page.keyboard.press("Enter")  # a line leads to the next
    page.keyboard.type("blue")
    form.get_by_label("set this").check()
    form.get_by_label("city").fill("Köln")
    form.get_by_label("country").select_option("FR")
    form.get_by_label("urgent").select_option("yes")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".pane [data-state=succeeded]")).to_be_visible()
    got = answer(page)
    assert got["took"] == "two"
    sent = {
        "customer": "Ada", "amount": 1234.5, "items": [{"sku": "lamp"}], "tags": ["red", "blue"],
        "deliver_to": {"city": "Köln", "country": "FR"}, "urgent": True,
    }  # fmt: skip
    page.get_by_role("button", name="JSON").click()
    assert (
        json.loads(
            page.get_by_label("Payload", exact=True)
            .locator("textarea")
            .or_(page.locator("textarea[name=payload]"))
            .first.input_value()
        )
        == sent
    )
    assert got["payload"]["customer"] == "Ada" and got["payload"]["items"][0]["sku"] == "lamp"
    # The run is told beside it: use against limits, the trace as a waterfall, the log.
    expect(page.locator(".pane .usage")).to_contain_text("Fuel")
    expect(page.locator(".pane .span-row").filter(has_text="sandbox")).to_be_visible()
    expect(page.locator(".pane [data-logs] li")).to_contain_text("taken")


def test_json_and_form_follow_each_other(page: Page, product: Product) -> None:
    page.goto(f"/agents/{orders(product, 'synced')}/playground/")
    page.get_by_label("Skill").select_option("order")
    area = page.locator("textarea[name=payload]")
    page.get_by_role("button", name="JSON").click()
    area.fill(
        '{"customer": "", "amount": 2, "items": [{"sku": "a", "quantity": 3}, {"sku": "b"}], '
        '"note": null, "own": {"x": 1}}'
    )
    page.get_by_role("button", name="Form", exact=True).click()
    form = page.locator("[data-form]")
    expect(form.get_by_label("sku")).to_have_count(2)
    expect(form.get_by_label("quantity").first).to_have_value("3")
    expect(form).to_contain_text("Also sent, seen in the JSON: own")
    form.get_by_label("amount").fill("7")
    form.get_by_role("button", name="Remove").first.click()
    page.get_by_role("button", name="JSON").click()
    # An empty text, a null and what the schema does not know survive the form.
    assert json.loads(area.input_value()) == {
        "customer": "",
        "amount": 7,
        "items": [{"sku": "b"}],
        "note": None,
        "own": {"x": 1},
    }
    area.fill('{"customer": ')
    page.get_by_role("button", name="Form", exact=True).click()
    expect(area).to_be_visible()
    expect(page.locator(".editor-errors")).to_contain_text("Line 1")


def test_what_is_missing_is_said_at_its_field_and_so_is_what_the_server_says(
    page: Page, product: Product, allow
) -> None:
    allow("422")
    page.goto(f"/agents/{orders(product, 'strict')}/playground/")
    page.get_by_label("Skill").select_option("order")
    form = page.locator("[data-form]")
    page.get_by_role("button", name="Run").click()
    expect(form.get_by_label("customer")).to_be_focused()
    expect(form.locator(".field", has=page.get_by_label("customer")).locator(".error")).to_have_text("This is needed.")
    expect(form.get_by_label("amount")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("customer").fill("Ada")
    form.get_by_label("amount").fill("much")
    page.get_by_role("button", name="Run").click()
    expect(form).to_contain_text("This is not a number.")
    # What only the server knows: a field that the schema does not have, and one of the wrong kind below a list.
    page.get_by_role("button", name="JSON").click()
    page.locator("textarea[name=payload]").fill('{"customer": "Ada", "amount": 1, "items": [{"sku": "a"}, {"sku": 5}]}')
    page.get_by_role("button", name="Form", exact=True).click()
    form.get_by_label("sku").nth(1).evaluate("field => (field.value = '')")
    page.get_by_role("button", name="JSON").click()
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".editor-errors")).to_contain_text("payload.items[1]")


def test_it_runs_any_version_and_says_why_one_cannot_be_run(page: Page, product: Product) -> None:
    product.agent("several", simple("several", "one"), simple("several", "two"))
    failing = "def test_it():\n    assert 1 == 2, 'no good'\n"
    files = {"agent.py": simple("several", "three"), "tests/test_it.py": failing}
    product.call("POST", "/agents/several/versions/", {"files": files})
    page.goto("/agents/several/playground/?version=1")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("[data-answer]")).to_contain_text("one")
    page.get_by_label("Version").select_option("3")
    expect(page.get_by_role("alert").filter(has_text="was rejected")).to_contain_text("no good")
    expect(page.get_by_role("button", name="Run")).to_be_disabled()
    page.get_by_role("link", name="What its checks found").click()
    page.wait_for_url("/agents/several/versions/3/")


def test_two_versions_answer_side_by_side(page: Page, product: Product) -> None:
    page.goto(f"/agents/{orders(product, 'paired')}/playground/")
    page.get_by_label("Beside it").select_option("1")
    page.get_by_label("Skill").select_option("say")
    page.get_by_role("button", name="say hello").click()
    page.get_by_role("button", name="Run").click()
    expect(page.locator("[data-same]")).to_have_text("Both answered the same.")
    page.get_by_label("Skill").select_option("order")
    page.get_by_label("customer").fill("Ada")
    page.get_by_label("amount").fill("1")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("[data-same]")).to_have_text("The answers differ.")
    expect(page.locator("[data-version]")).to_have_text(["v2", "v1"])


@pytest.mark.parametrize("what", ["compute", "wait"])
def test_a_run_is_stopped_whether_it_computes_or_waits(page: Page, product: Product, what: str) -> None:
    product.agent(f"slow-{what}", SLOW)
    page.goto(f"/agents/slow-{what}/playground/")
    page.get_by_label("Text").fill(what)
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".pane [data-logs] li")).to_contain_text("begun")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".pane [data-state=cancelled]")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()


def test_last_inputs_survive_a_reload_and_fill_the_form(page: Page, product: Product) -> None:
    page.goto(f"/agents/{orders(product, 'recalled')}/playground/")
    page.get_by_label("Skill").select_option("order")
    page.get_by_label("customer").fill("Grace")
    page.get_by_label("amount").fill("3")
    page.get_by_label("Session").fill("s-1")
    page.get_by_role("button", name="Run").click()
    past = page.locator("[data-past-list] li")
    expect(past).to_have_count(1)
    page.reload()
    expect(past).to_have_count(1)
    past.get_by_role("link").click()
    expect(page.get_by_label("Skill")).to_have_value("order")
    expect(page.get_by_label("customer")).to_have_value("Grace")
    expect(page.get_by_label("Session")).to_have_value("s-1")


def test_an_answer_is_folded_and_what_failed_is_told(page: Page, product: Product) -> None:
    product.agent("shapes", SHAPES)
    page.goto("/agents/shapes/playground/")
    page.get_by_role("button", name="Run").click()
    tree = page.locator(".json-tree")
    expect(tree).to_contain_text("500 entries")
    expect(tree.get_by_text("deepest")).to_be_hidden()
    tree.locator("summary", has_text="deeper").last.click()
    expect(tree.get_by_text("deepest")).to_be_visible()
    tree.locator("summary", has_text="rows").click()
    expect(tree.get_by_role("button", name="400 more")).to_be_visible()
    tree.get_by_role("button", name="4400 characters more").click()
    expect(tree).to_contain_text("a" * 5000)
    page.get_by_label("Text").fill("x")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("[data-answer]")).to_contain_text("ZeroDivisionError")
    expect(page.get_by_label("Traceback")).to_contain_text("return 1 / 0")


def test_the_request_is_copied_as_code(page: Page, product: Product) -> None:
    page.goto(f"/agents/{orders(product, 'copied')}/playground/")
    page.get_by_label("Skill").select_option("order")
    page.get_by_label("customer").fill("O'Hara")
    page.get_by_label("amount").fill("1")
    page.get_by_label("urgent").select_option("no")
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    program = page.evaluate("navigator.clipboard.readText()")
    compile(program, "copied.py", "exec")
    assert '"urgent": False' in program and '"customer": "O\'Hara"' in program
    page.get_by_role("button", name="Copy as curl").click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.startsWith('curl'))")
    assert "O'\\''Hara" in page.evaluate("navigator.clipboard.readText()")


def test_it_is_usable_on_a_telephone(page: Page, product: Product) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/agents/{orders(product, 'pocket')}/playground/")
    page.get_by_label("Skill").select_option("order")
    page.get_by_label("customer").fill("Ada")
    page.get_by_label("amount").fill("1")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".pane [data-state=succeeded]")).to_be_in_viewport()
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
    expect(page.locator(".pane .usage")).to_contain_text(re.compile("Memory.*MiB"))


def test_all_that_the_server_refuses_is_said_at_its_fields(page: Page, product: Product, allow) -> None:
    allow("422")
    product.agent(
        "dated",
        "from datetime import time\nfrom uuid import UUID\n\n\n"
        "def handle(request, opens: time, closes: time, number: UUID):\n    return 1\n",
    )
    page.goto("/agents/dated/playground/")
    page.get_by_label("opens").fill("noon")
    page.get_by_label("closes").fill("18:00")
    page.get_by_label("number").fill("seven")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".error:visible")).to_have_count(2)
    expect(page.get_by_label("number")).to_be_focused()  # the server tells them by name
    page.get_by_label("opens").fill("09:00")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".error:visible")).to_have_count(1)
    expect(page.locator(".error:visible")).to_contain_text("seven")
