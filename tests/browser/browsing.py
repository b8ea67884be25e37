"""Headless Chromium and a served app, for journeys and for pictures of the pages.

As a script: `python tests/browser/browsing.py URL FOLDER` writes each page at 1280 and 390 px in
light and dark.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from dashboards.registry import load_pages
from dashboards.serve import streamlit_arguments, streamlit_environment
from warehouse.settings import Settings

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 1060}
PHONE = {"width": 390, "height": 1080}


def chromium_path() -> str | None:
    """The browser to drive: CHROMIUM_PATH, or one that is installed."""
    found = os.environ.get("CHROMIUM_PATH")
    return found or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(home: Path, secrets: Path | None = None) -> Iterator[str]:
    """The app over `home` on a free port of loopback; yields its address and ends it after.

    `secrets` is the file that configures sign-in.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        streamlit_arguments(port, secrets=secrets),
        env=streamlit_environment(Settings(home=home, secrets=secrets), os.environ),
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_healthy(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(f"{address} did not come up")


def settle(page: Page) -> None:
    """Wait until the run of the script is over and its elements are drawn."""
    page.wait_for_selector(".foot", timeout=20_000)  # what the page draws last
    page.wait_for_function(
        "() => document.querySelector('[data-testid=\"stApp\"]')"
        ".getAttribute('data-test-script-state') === 'notRunning'",
        timeout=20_000,
    )
    page.wait_for_timeout(350)


def main(address: str, folder: Path) -> None:
    """Write pictures of every page."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for theme in ("light", "dark"):
            for width, view in (("1280", DESK), ("390", PHONE)):
                context = browser.new_context(
                    viewport=view, color_scheme=theme, device_scale_factor=1.5
                )
                page = context.new_page()
                for entry in load_pages():
                    page.goto(f"{address}/{entry.path}")
                    settle(page)
                    tall = page.evaluate(
                        "() => document.querySelector('[data-testid=\"stMain\"]').scrollHeight"
                    )
                    page.set_viewport_size({**view, "height": min(int(tall) + 8, 4000)})
                    page.wait_for_timeout(400)
                    page.screenshot(path=folder / f"{entry.path}-{width}-{theme}.png")
                    page.set_viewport_size(view)
                context.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
