"""`polybn audit --report`: Markdown with pictures beside it, one HTML page that loads nothing; the same bytes."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from polybn.auditing.parallel import audit_on_cores
from polybn.auditing.wine import census
from polybn.claims.candidate import normalization_of
from polybn.cli import main
from polybn.commands.audit_report import figures, write_report
from polybn.reports.words import refutation

CLAIMS = ("corollary-2", "subdivision")
VOID = {"meta", "br", "hr", "img", "link"}


class Page(HTMLParser):
    """The tags of a page, checked to be closed in order; ids, references and attributes that load something."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.targets, self.loads, self.tags, self.words = [], [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self._look(attrs)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self._look(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def _look(self, attrs):
        for name, given in attrs:
            if name == "id":
                self.ids.append(given)
            elif name in ("href", "xlink:href") and given.startswith("#"):
                self.targets.append(given[1:])
            elif name in ("href", "xlink:href", "src", "data", "action", "poster", "background") or "//" in given:
                self.loads.append((name, given))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An audit of the median in both ways, and once more, decided in two processes, as a page."""
    folders = [tmp_path_factory.mktemp(f"report{workers}") for workers in (1, 2)]
    counts = census(0, normalization_of("median"))
    reports = [audit_on_cores("median", CLAIMS, 6, 0, workers=workers) for workers in (1, 2)]
    for report, folder in zip(reports, folders, strict=True):
        write_report(report, counts, folder / "audit.html", pictured=True)
    write_report(reports[0], counts, folders[0] / "audit.md", pictured=True)
    return *folders, reports[0]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_audit_gives_the_same_bytes(made):
    first, second = map(files, made[:2])
    assert first["audit.html"] == second["audit.html"]
    assert set(first) == {
        "audit.html",
        "audit.md",
        "audit-median-corollary-2.svg",
        "audit-figure-2.svg",
        "audit-figure-9.svg",
    }


@pytest.mark.parametrize("name", ["audit.md", "audit.html"])
def test_a_report_says_what_was_found(made, name):
    text = unescape((made[0] / name).read_text(encoding="utf-8").replace("\\", ""))
    found = refutation(made[2]["corollary-2"].witness)
    for words in (
        "corollary-2: REFUTED" if name.endswith("md") else '<span class="refuted">REFUTED</span>',
        "Corollary 2, Eq. 5-6",
        "every beta_k of a normalised layer is zero",
        "proofs/sharpness/corollary-2--beta.json",
        *found,
        "6 drawn",
        "Live instances by stratum:",
        "repeated",
        "178 wines",
        "Figure 2",
        "Figure 9",
    ):
        assert words in text, words


def test_markdown_shows_the_pictures_that_lie_beside_it(made):
    text = (made[0] / "audit.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text)
    assert sorted(shown) == sorted(name for name in files(made[0]) if name.endswith(".svg"))


def test_links_lead_to_places_in_the_report(made):
    text = (made[0] / "audit.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= set(re.findall(r'<a id="([^"]*)">', text))
    page = Page((made[0] / "audit.html").read_text(encoding="utf-8"))
    assert set(page.targets) <= set(page.ids)
    assert set(CLAIMS) <= set(page.targets)


def test_a_page_is_well_formed_and_loads_nothing(made):
    text = (made[0] / "audit.html").read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.ids) == len(set(page.ids)), "every picture has ids of its own"
    assert [given for given in page.loads if not given[0].startswith("xmlns")] == []
    assert not {"script", "link", "img", "iframe", "object", "embed", "image"} & set(page.tags)
    assert page.tags.count("svg") == 3
    assert "@import" not in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {f"#{id}" for id in page.ids}
    assert "default-src 'none'" in text


def test_a_command_names_the_files_and_draws_nothing_on_request(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--claims", "affine-pieces", "--examples", "2", "--quiet", "--no-picture"]
    assert main(["audit", *words, "--report", "bare.md"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "written: bare.md"
    assert [path.name for path in Path().iterdir() if path.is_file()] == ["bare.md"]
    assert "![" not in Path("bare.md").read_text(encoding="utf-8")


def test_the_figures_sweep_six_values_each():
    for picture in figures():
        assert picture.svg.count(b'id="axes_') == 6
