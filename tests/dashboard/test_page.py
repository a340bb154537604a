"""The page in a real browser: it draws what came, by mouse, keyboard, on a phone, dark and light."""

from __future__ import annotations

import numpy as np
import pytest
from chromium import CHROMIUM, Browser

from edge_emotion.dashboard.feed import Feed
from edge_emotion.dashboard.server import DashboardServer
from edge_emotion.runtime.state import SessionState, StateChange
from edge_emotion.types import NS_PER_S, Abstention, Modality, Samples

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium (Debian: apt install chromium)")

DRAWN = """(() => {
  const c = document.getElementById('cardiac');
  return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v !== 0);
})()"""


@pytest.fixture
def told(feed: Feed, make_report) -> Feed:
    """A minute of signals, a label, and an abstention before it."""
    t = np.arange(130) / 130
    for second in range(60):
        for modality, values in ((Modality.ECG, np.sin(9 * t)), (Modality.EDA, t)):
            feed.write(
                Samples(
                    modality=modality,
                    time_ns=second * NS_PER_S,
                    rate_hz=130.0,
                    values=values.astype(np.float32),
                )
            )
    feed.write(make_report(55, None, Abstention.POOR_QUALITY))
    feed.write(make_report(60))
    feed.write(StateChange(time_ns=60 * NS_PER_S, state=SessionState.RUNNING))
    return feed


def opened(browser: Browser, server: DashboardServer) -> None:
    browser.open(server.address)
    browser.wait_for("document.getElementById('label')?.textContent === 'stress'")


def test_it_shows_the_session_and_follows_it(server: DashboardServer, told: Feed, make_report):
    with Browser() as browser:
        opened(browser, server)
        assert browser.ask("location.search") == ""
        assert browser.ask("document.getElementById('state').textContent") == "running"
        assert browser.ask(
            "[...document.querySelectorAll('#classes [role=meter]')].map(m => m.ariaValueNow)"
        ) == ["0.10", "0.90"]
        assert browser.ask(DRAWN)
        told.write(make_report(65, None, Abstention.UNCERTAIN))
        browser.wait_for("document.getElementById('label').textContent === 'says nothing'")
        assert browser.ask("document.getElementById('why').textContent") == "not sure enough"
        assert browser.picture().startswith(b"\x89PNG")


def test_everything_is_reached_by_keyboard(server: DashboardServer, told: Feed):
    with Browser() as browser:
        opened(browser, server)
        reached = []
        for _ in range(4):
            browser.press("Tab")
            reached.append(
                browser.ask(
                    "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
                )
            )
        assert reached == ["skip", "pause", "theme", "SUMMARY"]
        browser.press("p")
        assert browser.ask("document.getElementById('pause').getAttribute('aria-pressed')") == "true"


def test_dark_and_light_follow_the_system_and_the_button(server: DashboardServer, told: Feed):
    paper = "getComputedStyle(document.body).backgroundColor"
    with Browser(dark=True) as browser:
        opened(browser, server)
        assert browser.ask(paper) == "rgb(15, 19, 24)"
        browser.press("t")
        assert browser.ask(paper) == "rgb(246, 247, 249)"


def test_a_phone_scrolls_down_and_never_sideways(server: DashboardServer, told: Feed):
    with Browser(390, 844) as browser:
        opened(browser, server)
        assert browser.ask("document.documentElement.scrollWidth") == 390
        assert browser.ask("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
        tall = "[...document.querySelectorAll('button')].map(b => b.getBoundingClientRect().height)"
        assert min(browser.ask(tall)) >= 44
