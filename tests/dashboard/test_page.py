"""The page in a real browser: it draws what came, by mouse, keyboard, on a phone, dark and light."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from chromium import CHROMIUM, Browser

from edge_emotion.dashboard.feed import Feed
from edge_emotion.dashboard.server import DashboardServer
from edge_emotion.runtime.state import SessionState, StateChange
from edge_emotion.sources import SensorEvent, SensorEventKind
from edge_emotion.types import NS_PER_S, Abstention, Modality, Samples, Scr

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium (Debian: apt install chromium)")

DRAWN = """(() => {
  const c = document.getElementById('cardiac');
  return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v !== 0);
})()"""

COUNTED = """(() => {
  const canvas = document.getElementById('%(canvas)s'), width = canvas.width;
  const probe = document.createElement('canvas').getContext('2d');
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('%(colour)s').trim();
  probe.fillRect(0, 0, 1, 1);
  const wanted = probe.getImageData(0, 0, 1, 1).data;
  const from = Math.floor(%(begins)f * width), count = Math.ceil(%(ends)f * width) - from;
  const found = canvas.getContext('2d').getImageData(from, 0, count, canvas.height).data;
  let same = 0;
  for (let i = 0; i < found.length; i += 4) {
    same += found[i + 3] > 100 && [0, 1, 2].every(c => Math.abs(found[i + c] - wanted[c]) <= 5);
  }
  return same;
})()"""
LONG_S, SKIN_S, PEAK_S = 1200, 120, 1167
"""The page's widest strip; what it shows of skin conductance; when the response was, off the grid."""


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


def samples(modality: Modality, at_s: int, rate_hz: int) -> Samples:
    """A second of a wave."""
    t = at_s + np.arange(rate_hz) / rate_hz
    values = np.sin(t).astype(np.float32)
    return Samples(modality=modality, time_ns=at_s * NS_PER_S, rate_hz=rate_hz, values=values)


@pytest.fixture
def long(feed: Feed, make_report) -> Feed:
    """Twenty minutes, of which the third quarter was not spoken about; one response."""
    feed.write(samples(Modality.EDA, 0, 4))
    for second in range(LONG_S - SKIN_S, LONG_S):
        feed.write(samples(Modality.EDA, second, 4))
    feed.write(samples(Modality.ECG, LONG_S - 1, 130))
    peak_ns = PEAK_S * NS_PER_S
    feed.write(
        Scr(
            onset_ns=peak_ns - NS_PER_S,
            peak_ns=peak_ns,
            decided_ns=peak_ns,
            amplitude_us=0.2,
            rise_time_s=1.0,
        )
    )
    feed.write(SensorEvent(time_ns=0, sensor="strap", kind=SensorEventKind.BATTERY, value=80))
    latency_ms = {"filter": 1.0, "inference": 2.5}
    for end_s in range(5, LONG_S + 5, 5):
        silent = LONG_S / 2 < end_s <= 0.75 * LONG_S
        said = (None, Abstention.POOR_QUALITY) if silent else (0.9, None)
        feed.write(make_report(end_s, *said, latency_ms=latency_ms))
    return feed


def pixels(browser: Browser, canvas: str, colour: str, begins: float, ends: float) -> int:
    """How many pixels of a colour of the style sheet lie between two shares of a canvas's width."""
    return int(browser.ask(COUNTED % {"canvas": canvas, "colour": colour, "begins": begins, "ends": ends}))


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


def test_skin_conductance_with_its_responses_and_the_timeline_with_what_was_not_said(
    server: DashboardServer, long: Feed
):
    with Browser() as browser:
        opened(browser, server)
        drawn = partial(pixels, browser)
        assert drawn("skin", "--one", 0, 1) > 300, "the signal"
        at = (SKIN_S - (LONG_S - PEAK_S)) / SKIN_S
        assert drawn("skin", "--two", at - 0.005, at + 0.005) >= 12, "a mark at the response"
        assert drawn("skin", "--two", 0, at - 0.01) + drawn("skin", "--two", at + 0.01, 1) == 0
        before, silent, after = ((0.02, 0.48), (0.51, 0.74), (0.76, 0.99))
        for said in (before, after):
            assert drawn("timeline", "--one", *said) > 100
            assert drawn("timeline", "--two", *said) > 100
            assert drawn("timeline", "--hole", *said) == 0
        assert drawn("timeline", "--hole", *silent) > 1000, "hatched where it said nothing"
        assert drawn("timeline", "--one", *silent) + drawn("timeline", "--two", *silent) == 0


def test_figures_of_the_strip_and_attention_per_signal(server: DashboardServer, long: Feed):
    meters = "[...document.querySelectorAll('#shares [role=meter]')]"
    with Browser() as browser:
        opened(browser, server)
        assert browser.ask(f"{meters}.map(m => [m.ariaLabel, m.ariaValueNow, m.firstChild.style.width])") == [
            ["cardiac", "0.25", "25%"],
            ["eda", "0.75", "75%"],
        ]
        assert browser.ask("document.getElementById('latency').textContent") == "3.5 ms of 5000 ms"
        assert browser.ask("document.getElementById('battery').textContent") == "strap 80 %"
        assert browser.ask("document.getElementById('elapsed').textContent") == "20:00"
        long.write(SensorEvent(time_ns=0, sensor="strap", kind=SensorEventKind.BATTERY, value=79))
        browser.wait_for("document.getElementById('battery').textContent === 'strap 79 %'")


def test_the_age_of_the_data_grows_until_some_comes(server: DashboardServer, long: Feed):
    with Browser() as browser:
        opened(browser, server)
        browser.ask(
            "window.ages = []; new MutationObserver(() => ages.push(parseFloat(document.getElementById('age').textContent)))"
            ".observe(document.getElementById('age'), {childList: true})"
        )
        browser.wait_for("ages.at(-1) >= 2")
        long.write(samples(Modality.ECG, LONG_S, 130))
        browser.wait_for("ages.some((age, i) => i && age < ages[i - 1])")
        assert browser.ask("/^[0-9]+[.][0-9] s ago$/.test(document.getElementById('age').textContent)")


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
