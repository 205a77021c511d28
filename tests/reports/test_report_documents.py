"""Words that look like Markdown or HTML stay words; pictures in a page do not mix; proofs and witnesses are told."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

import polybn as pb
from polybn.auditing.at_hand import Needed
from polybn.auditing.audit import Report
from polybn.claims import CLAIMS
from polybn.claims.verdict import Exhaustion, ProofEvidence, Tally, Verdict
from polybn.reports import report_document
from polybn.reports.document import Heading, Items, Lines, Paragraph, Picture, Table
from polybn.reports.report import evidence
from polybn.reports.report_document import document
from polybn.reports.report_html import inlined, page
from polybn.reports.report_markdown import escaped, markdown

EVIL = "<script>alert(1)</script> & \"q\" 'a' [x](http://e.org) ![y](z) *b* _i_ `c` | # ~ $m$ \\ <!-- -->"
SVG = (
    b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">\n'
    b'<svg xmlns="http://www.w3.org/2000/svg"><metadata>\n<a href="http://e.org"/></metadata>'
    b'<defs><clipPath id="c1"/></defs><g id="free"/><g id="g" clip-path="url(#c1)"><use href="#g"/></g></svg>\n'
)
BLOCKS = (
    Heading(1, EVIL),
    Paragraph(EVIL),
    Items((EVIL, "twin: here")),
    Heading(2, "here: REFUTED", "here"),
    Table((EVIL, "b"), ((EVIL, "here"), ("REFUTED", "TESTED(3)"))),
    Lines((EVIL, "  second")),
    Picture("one", SVG, EVIL),
    Picture("two", SVG, "again"),
)


class Words(HTMLParser):
    """The running text of a page, and its tags."""

    def __init__(self, text):
        super().__init__()
        self.text, self.tags = "", Counter()
        self.feed(text)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1


def test_html_shows_words_as_they_are():
    found = Words(page(BLOCKS, EVIL))
    assert found.text.count(EVIL) == 8, "title, heading, paragraph, item, header, cell, lines, caption"
    assert "script" not in found.tags
    assert found.tags["a"] == 2, "the links to here, and none from the words"
    assert f"{EVIL}\n  second" in found.text


def test_markdown_shows_words_as_they_are():
    text, files = markdown(BLOCKS, "my (report)")
    for line in text.splitlines():
        bare = re.sub(r"\\.", "", line)
        if not line.startswith("    "):
            bare = re.sub(r'^<a id="here"></a>$|^!\[|\]\((?:#here|my%20%28report%29-\w+\.svg)\)|\[here', "", bare)
            assert not re.search(r"[<\[*_`~$]", bare), line
    assert "[here](#here)" in text
    assert f"    {EVIL}" in text
    assert set(files) == {"my (report)-one.svg", "my (report)-two.svg"}
    rows = [re.sub(r"\\.", "", line).count("|") for line in text.splitlines() if line.startswith("|")]
    assert rows == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("- not a list", "\\- not a list"),
        ("+ nor this", "\\+ nor this"),
        ("= nor a title", "\\= nor a title"),
        ("1. nor this", "1\\. nor this"),
        ("12) nor this", "12\\) nor this"),
        ("1.5 is a number", "1\\.5 is a number"),
        ("two\n\nlines", "two lines"),
        ("x = -1", "x = -1"),
    ],
)
def test_words_do_not_begin_a_list(words, shown):
    assert escaped(words) == shown


def test_pictures_of_one_page_keep_to_themselves():
    first, second = inlined(SVG, "one"), inlined(SVG, "two")
    for name, text in (("one", first), ("two", second)):
        assert text.startswith("<svg")
        assert set(re.findall(r' id="([^"]*)"', text)) == {f"{name}-c1", f"{name}-g"}
        assert f"url(#{name}-c1)" in text
        assert f'href="#{name}-g"' in text
        assert "e.org" not in text
    with pytest.raises(ValueError, match="substring not found"):
        inlined(b"no picture", "x")


def verdict(**given):
    return Verdict(CLAIMS["theorem-1"], "batchnorm", **{"tally": Tally(10, 10), "floor": 5, **given})


def words_of(row):
    report = Report("batchnorm", 10, 0, (row,))
    return markdown(document(report, [], {}), "r")[0].replace("\\", "")


def test_a_proof_is_told_with_what_is_checked_argued_and_tested():
    proof = ProofEvidence("proofs/theorem_1.py", ("a step",), ("an argument",), ("location-is-mean",))
    text = words_of(verdict(proof=proof, declared_facts=pb.BatchNorm.facts))
    for words in ("theorem-1: PROVED", "The proof, proofs/theorem_1.py:", "- checked: a step", "- argued: an argument"):
        assert words in text
    assert "- tested: location-is-mean" in text
    assert "which does not apply here" in words_of(verdict(proof=proof))


def test_counts_name_what_was_rejected():
    tally = Tally(10, 4, 1, 2, Counter({"w != 0": 3}), Counter({"generic": 4}))
    text = words_of(verdict(tally=tally))
    assert "| drawn | live | repeated | undecided | without w != 0 |" in text
    assert "| 10 | 4 | 1 | 2 | 3 |" in text
    assert "by stratum: generic 4." in text


def test_an_exhausted_family_is_named():
    row = verdict(exhaustion=Exhaustion("all samples of a coin", 7))
    assert row.status_text == "EXHAUSTED(7)"
    assert evidence(row) == "all of a finite family, property test: 10 live of 10 drawn"
    assert "EXHAUSTED(7)" in words_of(row)
    assert "all samples of a coin, 7 of them live" in words_of(row)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Needed("open"), "open"),
        (Needed("no meaning"), "for a meaning: no meaning"),
        (
            Needed("f", "proofs/sharpness/f.json", None, "it holds"),
            "proofs/sharpness/f.json is not confirmed: it holds",
        ),
    ],
)
def test_why_a_hypothesis_is_there(why, words, monkeypatch):
    monkeypatch.setattr(report_document, "needed", lambda claim: {one.name: why for one in claim.hypotheses})
    assert f"| {words} |" in words_of(verdict())
