"""Fail if something on the site is wider than the page: `make docs-check`.

Headless Chromium opens every page of build/docs at the widths of a phone, a tablet and a laptop. A page fails if it
scrolls sideways, if text is cut off, or if text outside wide tables and code blocks scrolls in its own box. With
`--pictures FOLDER PAGE ...` it saves pictures of pages at the three widths, light and dark.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

SITE = Path(__file__).parents[1] / "build" / "docs"
WIDTHS = (360, 768, 1280)
HARNESS = "/check-widths.html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAX_SECONDS = 900

# Frames have the width of a screen, so the page's style sheets see that width.
CHECK = """<!doctype html><meta charset="utf-8"><body style="margin:0"><script>
const PAGES = %(pages)s, WIDTHS = %(widths)s;
// May scroll sideways, with a visible scroll bar.
const MAY_SCROLL = "pre, .pst-scrollable-table-container, .output_html, div.math, .sphx-glr-thumbnails, iframe";

function named(element) {
  const text = (element.textContent || "").trim().replace(/\\s+/g, " ").slice(0, 60);
  return element.tagName.toLowerCase() + (element.className ? "." + String(element.className).split(" ")[0] : "") +
    " '" + text + "'";
}

function problems(view, width) {
  const page = view.document, found = [];
  const whole = page.scrollingElement.scrollWidth;
  if (whole > width) found.push("the page is " + whole + " wide");
  for (const element of page.querySelectorAll("main *, header *, footer *")) {
    if (!element.getClientRects().length || element.closest("dialog, math, svg, .visually-hidden, .sr-only")) continue;
    const style = view.getComputedStyle(element), extra = element.scrollWidth - element.clientWidth;
    const scrolls = ["auto", "scroll"].includes(style.overflowX), cuts = ["hidden", "clip"].includes(style.overflowX);
    if (style.display == "inline" || extra <= 1) continue;
    if (cuts || (scrolls && !element.matches(MAY_SCROLL))) found.push(named(element) + " is cut by " + extra);
    if (scrolls && element.matches("pre") && !element.closest(".tabular")) {
      found.push(named(element) + " scrolls by " + extra);
    }
    if (scrolls && element.matches(".pst-scrollable-table-container") && width >= 1280) {
      found.push("table " + named(element) + " scrolls by " + extra);
    }
  }
  for (const element of page.querySelectorAll("main img, main table, main pre, main svg, main iframe")) {
    const box = element.getBoundingClientRect();
    const inside = box.right <= width + 1 || element.parentElement.closest(MAY_SCROLL);
    if (!inside) found.push(named(element) + " leaves the page");
  }
  return found;
}

async function check() {
  const results = [], frame = document.createElement("iframe");
  document.body.append(frame);
  for (const page of PAGES) {
    await new Promise(done => { frame.onload = done; frame.src = page; });
    for (const width of WIDTHS) {
      frame.style = `border:0;width:${width}px;height:900px`;
      for (const problem of problems(frame.contentWindow, width)) results.push([page, width, problem]);
    }
  }
  await fetch("/results", {method: "POST", body: JSON.stringify(results)});
}
check().catch(error => fetch("/results", {method: "POST", body: JSON.stringify([["", 0, String(error)]])}));
</script>"""

PICTURE = """<!doctype html><meta charset="utf-8"><body style="margin:0;background:#888;display:flex;gap:16px">
<script>
localStorage.setItem("mode", "%(mode)s");
localStorage.setItem("theme", "%(mode)s");
for (const width of %(widths)s) {
  const frame = document.createElement("iframe");
  frame.style = `border:0;flex:none;width:${width}px;height:%(height)spx`;
  frame.src = "%(page)s";
  document.body.append(frame);
}
</script>"""


class Handler(SimpleHTTPRequestHandler):
    """Serve the site and one page more, which reports what it finds."""

    def __init__(self, *args, harness, results, finished, **kwargs):
        self.harness, self.results, self.finished = harness, results, finished
        super().__init__(*args, directory=SITE, **kwargs)

    def do_GET(self):
        """Serve a file, or the page that checks the others."""
        if self.path != HARNESS:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.harness.encode())

    def do_POST(self):
        """Take the results."""
        self.results.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()
        self.finished.set()

    def log_message(self, *args):
        """Print nothing."""


class Browser:
    """Open a page of our own beside the site in a headless browser."""

    def __init__(self, harness):
        self.results, self.finished = [], Event()
        handler = partial(Handler, harness=harness, results=self.results, finished=self.finished)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def command(self, folder, *options):
        """Return the command that opens the page."""
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        if found is None:
            sys.exit("No browser: install chromium, on Debian `apt-get install chromium`.")
        address = f"http://127.0.0.1:{self.server.server_port}{HARNESS}"
        common = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
        )
        return [found, *common, f"--user-data-dir={folder}", *options, address]


def check(chosen):
    """Return (page, width, problem) of the chosen pages, or of all."""
    pages = [f"/{page}" for page in chosen] or sorted(
        f"/{path.relative_to(SITE)}" for path in SITE.rglob("*.html") if "_static" not in path.parts
    )
    browser = Browser(CHECK % {"pages": json.dumps(pages), "widths": list(WIDTHS)})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(browser.command(folder, "--remote-debugging-port=0"), **quiet)
        try:
            if not browser.finished.wait(MAX_SECONDS):
                sys.exit(f"The browser has not checked the pages in {MAX_SECONDS} seconds.")
        finally:
            process.terminate()
            process.wait()
    print(f"{len(pages)} pages at {', '.join(map(str, WIDTHS))} pixels")
    return browser.results


def take_pictures(folder, pages, height):
    """Save a picture of each page, at all widths, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        for mode in ("light", "dark"):
            settings = {"mode": mode, "widths": list(WIDTHS), "height": height, "page": f"/{page}"}
            path = folder / f"{page.replace('/', '-').removesuffix('.html')}-{mode}.png"
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
                size = f"--window-size={sum(WIDTHS) + 32},{height}"
                options = (f"--screenshot={path}", size, "--virtual-time-budget=10000")
                subprocess.run(Browser(PICTURE % settings).command(profile, *options), capture_output=True, check=True)
            print(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    parser.add_argument("--height", type=int, default=1600, help="pixels of a picture")
    parser.add_argument("pages", nargs="*", help="such as index.html")
    options = parser.parse_args()
    if options.pictures:
        take_pictures(options.pictures, options.pages, options.height)
    else:
        found = check(options.pages)
        for page, width, problem in found:
            print(f"{page} at {width} pixels: {problem}")
        sys.exit(1 if found else 0)
