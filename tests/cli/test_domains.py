"""`polybn regions` on all of space, polytopes, planes and lines: the counts of the library, and typed refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

import polybn as pb
from polybn.cli import main
from polybn.importing.network_file import read_network
from polybn.regions.domain_serial import domain_from_data

TRIANGLE = '{"A": [[1, "1"], [-1, 0], [0, -1.0]], "b": ["3/2", 1, 0.5]}'


@pytest.fixture
def place(model: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the model, as the current one."""
    folder = Path(model).parent
    monkeypatch.chdir(folder)
    return folder


def result(capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    assert main(["regions", "net.json", *options, "--adjacency", "--exact", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(list(argv)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("polybn: error: ")
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix("polybn: error: ").rstrip("\n")


def agrees(found: dict[str, Any], domain: Any) -> None:
    """The result is what the library finds on this domain, and says so."""
    part = pb.enumerate_regions(read_network("net.json"), domain, exact=True)
    assert found["regions"] == len(part)
    assert found["layer_counts"] == list(part.layer_counts)
    assert found["adjacent_pairs"] == part.adjacency().number_of_edges()
    assert (found["dimension"], found["widths"], found["outputs"]) == (2, [3, 2], 1)
    assert found["semantics"] == part.semantics
    assert domain_from_data(found["domain"]) == domain


def test_the_whole_space(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "--whole-space")
    agrees(found, pb.whole_space(2))
    assert found["domain"] == {"kind": "whole space", "dimension": "2"}
    assert main(["regions", "net.json", "--whole-space"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "domain              R^2" in lines
    assert "network             2-3-2-1, leaky_relu(1/10), relu" in lines


def test_a_polytope(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "triangle.json").write_text(TRIANGLE, encoding="utf-8")
    found = result(capsys, "--polytope", "triangle.json")
    agrees(found, pb.Polytope([[1, 1], [-1, 0], [0, -1]], ["3/2", 1, "1/2"]))
    assert found["domain"]["kind"] == "polytope"
    assert found["domain"]["rows"] == [["-2", "-2", "3"], ["1", "0", "1"], ["0", "2", "1"]]
    assert main(["regions", "net.json", "--polytope=triangle.json"]) == 0
    assert "domain              a polytope of 3 facets in R^2" in capsys.readouterr().out.splitlines()


def test_a_polytope_with_rows_that_say_little(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Doubled, scaled, redundant and zero rows."""
    rows = [[1, 0], [2, 0], [-1, 0], [0, 1], [0, -3], [0, 0], [1, 1]]
    bounds = [1, 2, 1, "1/3", 1, 0, 90]
    (place / "p.json").write_text(json.dumps({"A": rows, "b": bounds}), encoding="utf-8")
    agrees(result(capsys, "--polytope", "p.json"), pb.Polytope(rows, bounds))
    square = result(capsys, "--box", "-1,-1/3", "1,1/3")
    assert square["regions"] == result(capsys, "--polytope", "p.json")["regions"]
    assert square["domain"] == {"lower": [-1, "-1/3"], "upper": [1, "1/3"]}


def test_a_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "points.csv").write_text("alcohol,colour\n0,1/2\n\n1,-0.25\n", encoding="utf-8")
    found = result(capsys, "--plane-through", "points.csv")
    agrees(found, pb.line_through([0, "1/2"], [1, "-1/4"]))
    assert found["domain"] == {
        "kind": "slice",
        "origin": ["0", "1/2"],
        "directions": [["1", "-3/4"]],
        "within": {"kind": "whole space", "dimension": "1"},
    }
    assert main(["regions", "net.json", "--plane-through", "points.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "network             2-3-2-1, leaky_relu(1/10), relu" in lines
    assert "domain              a slice of R^2 by 1 directions, t in R^1" in lines


def test_a_plane_of_the_plane_has_the_regions_of_the_plane(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "points.csv").write_text("1,2\n3,1\n-1/3,0\n", encoding="utf-8")
    found = result(capsys, "--plane-through", "points.csv")
    agrees(found, pb.plane_through([1, 2], [3, 1], ["-1/3", 0]))
    everywhere = result(capsys, "--whole-space")
    assert [found[key] for key in ("regions", "adjacent_pairs")] == [
        everywhere[key] for key in ("regions", "adjacent_pairs")
    ]


def test_a_plane_in_a_wider_space(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = pb.Network.from_arrays(
        [([[1, 0, 2, -1, 1], [0, 1, 1, 1, 1], [1, 1, 1, 0, 0]], [0, 1, -1]), ([[1, 1, 1]], [0])]
    )
    pb.write_network(net, "wide.json")
    points = [[0, 0, 0, 0, 0], [1, 0, 0, 0, "1/2"], [0, 1, 0, 1, 0]]
    (place / "points.csv").write_text("\n".join(",".join(map(str, point)) for point in points), encoding="utf-8")
    assert main(["regions", "wide.json", "--plane-through", "points.csv", "--exact", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    part = pb.enumerate_regions(net, pb.plane_through(*points), exact=True)
    assert (found["regions"], found["dimension"]) == (len(part), 5)
    assert domain_from_data(found["domain"]) == part.domain


def test_one_input(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = pb.Network.from_arrays([([[1], [-2], [1]], [0, 1, 0]), ([[1, 1, 1]], [0])])
    pb.write_network(net, "one.json")
    (place / "interval.json").write_text('{"A": [[1], [-1]], "b": [1, 1]}', encoding="utf-8")
    (place / "points.csv").write_text("3\n1/2\n", encoding="utf-8")
    for options in (["--whole-space"], ["--polytope", "interval.json"], ["--plane-through", "points.csv"]):
        assert main(["regions", "one.json", *options, "--exact", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["regions"], found["dimension"]) == (3, 1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--whole-space", "--box", "-3", "3"], "argument --box: not allowed with argument --whole-space"),
        (["--box", "-3", "3", "--whole-space"], "argument --whole-space: not allowed with argument --box"),
        (["--box", "-3", "3", "--polytope", "p.json"], "argument --polytope: not allowed with argument --box"),
        (["--polytope", "p.json", "--plane-through", "p.csv"], "argument --plane-through: not allowed with argument"),
        (["--whole-space", "--polytope", "p.json"], "argument --polytope: not allowed with argument --whole-space"),
        (["--polytope"], "argument --polytope: expected one argument"),
        (["--whole-space=2"], "argument --whole-space: ignored explicit argument '2'"),
        (
            [],
            "required: --box (or --whole-space, --polytope, --plane-through in its place). See polybn regions --help.",
        ),
        (["--polytope", "absent.json"], "There is no file absent.json. Check the path."),
        (["--plane-through", "absent.csv"], "There is no file absent.csv. Check the path."),
    ],
)
def test_options_that_do_not_go_together(
    options: list[str], expected: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expected in refused(capsys, "regions", "net.json", *options)


def test_a_domain_without_a_model(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there is not asked for again."""
    for options in (["--whole-space"], ["--polytope", "p.json"], ["--box", "-3", "3"]):
        message = refused(capsys, "regions", *options)
        assert message == "the following arguments are required: MODEL. See polybn regions --help."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "p.json is not JSON"),
        ("[[1, 2]]", "p.json is a list; an object {...} is needed."),
        ('{"A": [[1, 1]]}', "p.json has no 'b'. Needed here: 'A', 'b'."),
        ('{"A": [[1, 1]], "b": [1], "c": 2}', "p.json has the unknown key 'c'"),
        ('{"A": 3, "b": [1]}', "p.json: A is '3'; a list [...] is needed."),
        ('{"A": [[1, 1], 2], "b": [1, 1]}', "p.json: A[1] is '2'; a list [...] is needed."),
        ('{"A": [[1, 1]], "b": "1"}', "p.json: b is '1'; a list [...] is needed."),
        ('{"A": [], "b": []}', "p.json: A is empty (0 x 0); at least one row and one column are needed."),
        ('{"A": [[1, 1], [1]], "b": [1, 1]}', "p.json: A[1] has 1 entries and the network takes 2 coordinates."),
        ('{"A": [[1, 1]], "b": [1, 2]}', "p.json: A has 1 rows and b 2 entries. Give one bound a row."),
        ('{"A": [[1, "x"]], "b": [1]}', "p.json: A[0][1] is 'x', which is not a rational number"),
        ('{"A": [[1, [2]]], "b": [1]}', "p.json: A[0][1] is ['2'] of type list; an exact number is needed."),
        ('{"A": [[1, true]], "b": [1]}', "p.json: A[0][1] is the truth value True; a number is needed."),
        ('{"A": [[1, 1]], "b": ["1/0"]}', "p.json: b[0] is '1/0', which divides by zero."),
        ('{"A": [[1, NaN]], "b": [1]}', "p.json contains NaN"),
        ('{"A": [[1, 1]], "b": [1]}', "p.json: The polytope A x <= b is unbounded: it goes on along the direction"),
        ('{"A": [[1, 0], [-1, 0], [0, 1], [0, -1]], "b": [0, 0, 1, 1]}', "p.json: The polytope A x <= b is empty or"),
        ('{"A": [[1, 0], [-1, 0], [0, 1], [0, -1]], "b": [0, -1, 1, 1]}', "p.json: The polytope A x <= b is empty or"),
    ],
)  # fmt: skip
def test_bad_polytopes(content: str, expected: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "p.json").write_text(content, encoding="utf-8")
    assert expected in refused(capsys, "regions", "net.json", "--polytope", "p.json")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "p.csv has no points"),
        ("1,2\n", "p.csv has 1 point; 2 span a line and 3 a plane. Keep 2 or 3, one a line."),
        ("1,2\n3,4\n5,7\n0,0\n", "p.csv has 4 points; 2 span a line and 3 a plane."),
        ("1,2\n3\n", "p.csv, line 2: 1 columns, and a point has 2 coordinates"),
        ("1,2\n2/2,2.0\n", "p.csv: Points 0 and 1 are the same; a line needs 2 different ones."),
        ("1,2\n0,0\n1,2\n", "p.csv: Points 0 and 2 are the same; a plane needs 3 different ones."),
        ("0,0\n1,1\n1/3,1/3\n", "p.csv: The three points lie on one line, exactly: point 2 is point 0 + 1/3"),
        ("1,2\n3,inf\n", "p.csv, line 2 is 'inf', which is not a rational number"),
    ],
)
def test_bad_points(content: str, expected: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "p.csv").write_text(content, encoding="utf-8")
    assert expected in refused(capsys, "regions", "net.json", "--plane-through", "p.csv")


def test_pictures_take_a_box(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, "draw", "net.json", "--out", "p.svg")
    assert message == "the following arguments are required: --box. See polybn draw --help."
