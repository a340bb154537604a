"""Debian's Chromium without a window, driven over its DevTools protocol: open a page, ask it things, take a picture."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from websockets.sync.client import connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_S = 60.0


class Browser:
    """One page of a browser with an empty profile."""

    def __init__(self, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self._size, self._dark = (width, height), dark
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._number = 0
        self._stack = ExitStack()

    def __enter__(self) -> Browser:
        flags = (
            "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --remote-debugging-port=0 "
            "--disable-background-networking --disable-component-update --disable-sync --hide-scrollbars"
        )
        command = [str(CHROMIUM), *flags.split(), f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._stack.callback(self._profile.cleanup)
        self._stack.callback(self._process.wait)
        self._stack.callback(self._process.kill)
        try:
            self._begin()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _begin(self) -> None:
        told = Path(self._profile.name) / "DevToolsActivePort"
        self._until(lambda: told.exists() and len(told.read_text().split()) == 2)
        port, path = told.read_text().split()
        address = f"ws://127.0.0.1:{port}{path}"
        self._link = self._stack.enter_context(connect(address, max_size=None, open_timeout=PATIENCE_S))
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        width, height = self._size
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if self._dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def process_id(self) -> int:
        """Of the browser."""
        return self._process.pid

    def open(self, address: str) -> None:
        """Go there."""
        self.call("Page.navigate", url=address)

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def wait_for(self, expression: str, patience_s: float = PATIENCE_S) -> None:
        """Until an expression holds."""
        self._until(lambda: bool(self.ask(expression)), patience_s)

    def press(self, key: str) -> None:
        """A key, as a person would."""
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=9 if key == "Tab" else 0,
                **text,
            )

    def picture(self, whole: bool = False) -> bytes:
        """A PNG of what is shown, or of the whole page."""
        return base64.b64decode(
            self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        )

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Anything of the DevTools protocol."""
        return self._call(method, self._session, **parameters)

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        self._link.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            answer = json.loads(self._link.recv(timeout=PATIENCE_S))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result

    @staticmethod
    def _until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        end_s = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < end_s, "it never came"
            time.sleep(0.05)
