"""Watching requests: a log line by line, a waterfall that grows, lists that tell of what arrived."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .product import Product, simple

pytestmark = pytest.mark.browser

BEATS = """import asyncio

from neuroflow import agent, skill


@agent(name="{slug}", description="Beats")
class Heart:
    @skill(description="Beat", examples=["beat"])
    async def beat(self, request, context):
        for number in range(1, int(request.text) + 1):
            print("beat", number)
            with context.span(f"pause {{number}}"):
                await asyncio.sleep(0.6)
        return number
"""


def start(product: Product, slug: str, beats: int) -> str:
    product.agent(slug, BEATS.format(slug=slug))
    return str(product.invoke(agent=slug, text=str(beats), wait=0)["id"])


def test_a_running_agent_is_seen_line_by_line(page: Page, product: Product) -> None:
    page.goto(f"/invocations/{start(product, 'pulse', 5)}/")
    lines = page.locator("[data-logs] li")
    counts = set()
    while page.locator("#state [data-state=succeeded]").count() == 0:
        counts.add(lines.count())
        page.wait_for_timeout(80)
    # It was seen under way, at several lengths, not only at its end.
    assert len(counts & {1, 2, 3, 4}) >= 3, counts
    expect(lines).to_have_text([re.compile(f"beat {number}$") for number in range(1, 6)])
    expect(page.locator("#output")).to_have_text("5")
    spans = page.locator(".span-row .label")
    live = [text.strip() for text in spans.all_inner_texts()]
    assert {"request", "admit", "queue", "sandbox", "pause 1", "pause 5", "settle"} <= set(live)
    # What was gathered live is what the record says.
    page.reload()
    expect(lines).to_have_count(5)
    assert [text.strip() for text in spans.all_inner_texts()] == live


def test_a_page_opened_late_misses_nothing(page: Page, product: Product) -> None:
    invocation = start(product, "latecomer", 4)
    page.goto("/agents/")
    page.wait_for_timeout(1200)
    page.goto(f"/invocations/{invocation}/")
    expect(page.locator("[data-logs] li")).to_have_text([re.compile(f"beat {number}$") for number in range(1, 5)])


def test_the_selected_span_is_in_the_address(page: Page, product: Product) -> None:
    product.agent("linked", simple("linked"))
    invocation = product.invoke(agent="linked", text="x")
    page.goto(f"/invocations/{invocation['id']}/")
    page.get_by_role("button", name=re.compile("^sandbox, ")).click()
    expect(page.locator("[data-details] h3")).to_have_text("sandbox")
    expect(page.locator("[data-details]")).to_contain_text("fuel")
    page.goto("/")
    page.go_back()
    expect(page.locator("[data-details] h3")).to_have_text("sandbox")


def test_cancel_and_replay(page: Page, product: Product) -> None:
    page.goto(f"/invocations/{start(product, 'endless', 60)}/")
    expect(page.locator("#state")).to_contain_text("running")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#state")).to_contain_text("cancelled")
    first = page.url
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("replay of an earlier one")).to_be_visible()
    assert page.url != first
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#state")).to_contain_text("cancelled")


def test_an_input_is_carried_into_the_playground(page: Page, product: Product) -> None:
    product.agent("carried", simple("carried"))
    page.goto(f"/invocations/{product.invoke(agent='carried', text='take me along')['id']}/")
    page.get_by_role("button", name="Copy as curl").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"{product.url}/api/v1/invocations/" in copied
    assert '"text":"take me along"' in copied
    page.get_by_role("link", name="Open in the playground").click()
    expect(page.get_by_label("Text")).to_have_value("take me along")


def test_the_list_counts_what_is_new_and_keeps_its_rows(page: Page, product: Product) -> None:
    product.agent("busy", simple("busy"))
    product.invoke(agent="busy", text="first")
    page.goto("/invocations/?agent=busy")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    with page.expect_websocket(lambda socket: "/ws/feed/" in socket.url):
        page.reload()
    page.wait_for_timeout(300)
    for number in range(3):
        product.invoke(agent="busy", text=str(number))
    pill = page.locator("[data-new]")
    expect(pill).to_contain_text("3 new")
    expect(rows).to_have_count(1)
    pill.get_by_role("link").click()
    expect(rows).to_have_count(4)


def test_filters_are_links(page: Page, product: Product) -> None:
    product.agent("mixed", "def handle(request):\n    return 1 / int(request.text)\n")
    product.invoke(agent="mixed", text="1")
    product.invoke(agent="mixed", text="0")
    page.goto("/invocations/?agent=mixed")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Status").select_option("failed")
    page.wait_for_url(re.compile("status=failed"))
    expect(page.locator("tbody tr")).to_have_count(1)
    shown = page.locator("tbody .row-link").inner_text().lstrip("…")
    page.goto(f"/invocations/?q={shown}")  # the one that is found is opened
    page.wait_for_url(re.compile(f"{shown}/$"))
    expect(page.get_by_text("ZeroDivisionError").first).to_be_visible()
    page.get_by_role("link", name="agent.py:2").click()
    expect(page.locator(".line:target")).to_have_text(re.compile("return 1 / int"))


def test_the_overview_moves_by_itself(page: Page, product: Product) -> None:
    product.agent("counted", simple("counted"))
    page.goto("/?agent=counted")
    expect(page.get_by_text("No requests in this time")).to_be_visible()
    expect(page.locator("[data-live-dot]")).to_have_text("live")
    product.invoke(agent="counted", text="x")
    expect(page.get_by_role("table").get_by_role("link", name="counted")).to_be_visible()
