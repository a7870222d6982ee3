"""Who may look, and where their key stays."""

from playwright.async_api import expect

from tests.acceptance.conftest import API_KEY
from tests.browser.conftest import Office

NUMBER = "919812300001"


async def test_a_wrong_key_is_told_so_and_a_right_one_lets_in(office: Office) -> None:
    await office.town.session("wa_a", phone_number=NUMBER)

    async with office.operator(key=None) as operator:
        await operator.page.get_by_label("API key", exact=True).fill("wrong")
        await operator.click("Sign in")
        await expect(operator.page.get_by_text("This key is not known.")).to_be_visible()
        await expect(operator.page.get_by_text(NUMBER)).to_have_count(0)

        await operator.sign_in()
        await expect(operator.session(NUMBER)).to_be_visible()


async def test_the_key_stays_in_its_tab_and_is_gone_after_signing_out(office: Office) -> None:
    async with office.operator() as operator:
        everywhere = (
            "JSON.stringify([{...localStorage}, document.cookie, location.href, document.documentElement.outerHTML])"
        )
        assert API_KEY not in await operator.page.evaluate(everywhere)
        await operator.page.reload()
        await expect(operator.page.get_by_role("heading", name="Sessions")).to_be_visible()
        other_tab = await operator.context.new_page()
        await other_tab.goto(operator.url)
        await expect(other_tab.get_by_label("API key", exact=True)).to_be_visible()

        await operator.set_up("Sign out")

        await expect(operator.page.get_by_label("API key", exact=True)).to_be_visible()
        assert API_KEY not in await operator.page.evaluate("JSON.stringify({...sessionStorage})")


async def test_a_deep_link_asks_for_the_key_and_then_shows_what_it_names(office: Office) -> None:
    await office.town.session("wa_a", phone_number=NUMBER)

    async with office.operator(path="/messages?status=failed") as operator:
        await expect(operator.page.get_by_role("heading", name="Messages")).to_be_visible()
        assert operator.page.url.endswith("/messages?status=failed")
