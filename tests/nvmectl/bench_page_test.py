#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Opens the page of `nvmectl bench --report` in a browser that has no network. Usage: bench_page_test.py NVMECTL

What the browser made of the page must have the run's own figures and the plots, and its console must be silent. That the
console is heard at all is shown by a page that was spoiled.
"""
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

VOID = {"meta", "link", "br", "hr", "img", "input"}
# A proxy that nobody runs: what the page would load could not arrive, and the attempt would be an error.
BROWSER_OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--enable-logging=stderr", "--dump-dom"]


class Page(html.parser.HTMLParser):
    """Counts elements, keeps the text of table cells and tiles, and fails on tags that do not nest."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.count = {}
        self.texts = []
        self.paths = []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag == "path":
            self.paths.append(dict(attributes)["d"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th", "strong", "small", "span", "h1", "h2", "pre", "li", "text"):
            self.texts.append(data.strip())


def measure(nvmectl, folder):
    """A run with reads, writes, errors and a few seconds' worth of plots: its document and the page's path."""
    image, page = os.path.join(folder, "disk.img"), os.path.join(folder, "page.html")
    subprocess.run([nvmectl, "sim", "create", image, "--size", "4MiB", "--quiet"], check=True)
    with open(image + ".faults", "w", encoding="ascii") as file:
        file.write("ringline-faults 1\naction=status opcode=read status=0x281 repeat=2\n"
                   "action=delay opcode=any delay=1ms\n")
    ended = subprocess.run([nvmectl, "bench", "sim:" + image, "--reads", "70", "--all", "--destructive", "--time", "2s",
                            "--threads", "2", "--json", "--report", page], stdout=subprocess.PIPE, check=False)
    assert ended.returncode == 5, f"nvmectl bench ended with {ended.returncode}"
    return json.loads(ended.stdout), page


def browse(browser, page):
    """The document as the browser holds it, and what it said on its console."""
    with tempfile.TemporaryDirectory() as profile:
        ended = subprocess.run([browser, *BROWSER_OPTIONS, f"--user-data-dir={profile}", "file://" + page],
                               capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


def check_figures(page, document):
    """The figures on the page are those of the document."""
    for direction in ("read", "write"):
        assert str(document[direction]["commands"]) in page.texts, f"commands of {direction}"
    assert f"{document['commands']} commands" in page.texts
    assert document["command_line"] in page.texts
    assert document["device"]["serial"] in page.texts
    assert document["kernel"] in page.texts
    assert any("2 commands ended with read: unrecovered-read-error (2/81h)" in text for text in page.texts)
    for heading in ("Throughput over time", "Latency by percentile", "Latency over time", "Commands by latency"):
        assert heading in page.texts, heading


def check_plots(page, document):
    """Each plot has lines in it that end in numbers, and the one over time a step for each second."""
    assert page.count["svg"] == 4, page.count
    assert len(page.paths) == 2 + 2 + 3 + 2, "reads and writes; reads and writes; p50, p99 and max; reads and writes"
    for path in page.paths:
        assert re.fullmatch(r"(M[\d.]+ [\d.]+([HVL][\d. ]+)+Z?)+", path), path
    assert all(page.paths[line].count("H") == len(document["series"]) for line in (0, 1)), page.paths[:2]
    assert page.count.get("script", 0) == 0


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    browser = shutil.which("chromium")
    if browser is None:
        print("skipped: there is no chromium (Debian package chromium); run tools/dev setup")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        document, path = measure(arguments[0], folder)
        with open(path, encoding="utf-8") as file:
            written = file.read()
        shown, console = browse(browser, path)
        assert not console, console
        for text in (written, shown):
            page = Page(text)
            check_figures(page, document)
            check_plots(page, document)

        spoiled = os.path.join(folder, "spoiled.html")
        with open(spoiled, "w", encoding="utf-8") as file:
            file.write(written.replace("</main>", '<img src="http://example.invalid/x.png"></main>'))
        assert browse(browser, spoiled)[1], "an attempt to load something is not heard"
    print(f"{browser}: {document['commands']} commands, {page.count['svg']} plots, nothing on the console")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
