"""Chromium without a window, for tests of web pages: it is told what to do through a pipe, by the DevTools protocol."""

import json
import os
import select
import shutil
import subprocess
from base64 import b64decode

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The last ones keep it from calling its makers.
OPTIONS = (
    "--headless --remote-debugging-pipe --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars "
    "--no-first-run --disable-quic --disable-background-networking --disable-component-update --disable-sync"
)
# How long a busy machine may take for an answer.
SECONDS = 120


def command():
    """Return the path of Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One tab of a browser, closed at the end of a `with` block."""

    def __init__(self, folder):
        to_browser, self._commands = os.pipe()
        self._answers, from_browser = os.pipe()
        # The protocol reads from descriptor 3 and writes to descriptor 4.
        shell = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, command(), *OPTIONS.split(), f"--user-data-dir={folder}"],
            pass_fds=(to_browser, from_browser),
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._number = 0
        self._session = {}
        self._pending = b""
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.terminate()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)

    def __call__(self, method, **parameters):
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        return self._next(lambda answer: answer.get("id") == self._number)

    def open(self, path, width=1000, height=800, is_dark=False):
        """Load a file in a window of this size."""
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self("Emulation.setEmulatedMedia", features=[scheme])
        self("Page.enable")
        self("Page.navigate", url=path.as_uri())
        self._next(lambda answer: answer.get("method") == "Page.loadEventFired")

    def evaluate(self, expression):
        """Return the value of an expression in the page."""
        answer = self("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key, code):
        """Press and release a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path):
        """Save the whole page as a picture."""
        picture = self("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(b64decode(picture))

    def _next(self, is_awaited):
        """Read messages up to the one that is awaited; return its result."""
        while True:
            while b"\0" not in self._pending:
                is_ready, _, _ = select.select([self._answers], [], [], SECONDS)
                assert is_ready, "the browser is silent"
                read = os.read(self._answers, 2**16)
                assert read, "the browser ended"
                self._pending += read
            message, _, self._pending = self._pending.partition(b"\0")
            answer = json.loads(message)
            if is_awaited(answer):
                assert "error" not in answer, answer["error"]
                return answer.get("result")
