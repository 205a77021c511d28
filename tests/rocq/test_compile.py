"""`compile.py` on planted files: what is false, open or assumed ends with exit code 1, a missing Coq with 2."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROVED = "Theorem two : 1 + 1 = 2. Proof. reflexivity. Qed.\nPrint Assumptions two.\n"
FALSE = "Theorem two : 1 + 1 = 3. Proof. reflexivity. Qed.\nPrint Assumptions two.\n"
# No word of it is refused: only Coq's own answer shows that it is assumed.
ASSUMED = "Variable wrong : 0 = 1.\nTheorem two : 1 + 1 = 3.\nProof. now rewrite wrong. Qed.\nPrint Assumptions two.\n"
CHATTY = PROVED + "Check two.\n"
UNGUARDED = PROVED.replace("Print", "Unset Guard Checking.\nFixpoint f (n : nat) : False := f n.\nPrint")


def folder_of(tmp_path: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (tmp_path / f"{name}.v").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("coq")
def test_proved_files_are_listed(script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path, theorem_1=PROVED, theorem_2=PROVED.replace("two", "also"))
    assert script.main(["--record", "--json"], folder) == 0
    first, second = json.loads(capsys.readouterr().out)["files"]
    assert first.pop("seconds") > 0
    closed = ["Closed under the global context"]
    assert first == {"file": "theorem_1.v", "claim": "theorem-1", "theorems": ["two"], "assumptions": closed}
    assert (second["claim"], second["theorems"]) == ("theorem-2", ["also"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["record.json", "theorem_1.v", "theorem_2.v"], (
        "artefacts were left"
    )
    assert script.main(["--only", "theorem-2"], folder) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("theorem_2.v")
    assert printed.endswith("also: Closed under the global context\n")


@pytest.mark.usefixtures("coq")
def test_what_is_proved_must_be_recorded(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path, theorem_1=PROVED, theorem_2=PROVED.replace("two", "also"))
    assert script.main([], folder) == 1
    assert capsys.readouterr().err.count("run compile.py --record") == 2
    assert script.main(["--record", "--only", "theorem-1"], folder) == 0
    assert script.main(["--only", "theorem-1"], folder) == 0
    assert script.main(["--record", "--only", "theorem-2"], folder) == 0
    assert script.main([], folder) == 0
    (folder / "theorem_1.v").write_text(f"{PROVED}(* the same, with a word more *)\n")
    capsys.readouterr()
    assert script.main([], folder) == 1
    assert "theorem_1.v is proved, and record.json does not say so" in capsys.readouterr().err


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FALSE, "Unable to unify"),
        (PROVED.replace("Proof. reflexivity. Qed", "Admitted"), "'Admitted'"),
        (ASSUMED, "wrong : 0 = 1"),
        (CHATTY, "prints something else"),
        (UNGUARDED, "'Unset ... Checking'"),
        (PROVED.replace("Print", "(* Print").replace("two.\n", "two. *)\n"), "no 'Print Assumptions"),
        ("From polybn Require Import proved.\n" + PROVED, "read alone"),
        (PROVED.replace("reflexivity", "reflexivitee"), "reflexivitee"),
    ],
    ids=["false", "admitted", "assumed", "chatty", "unguarded", "silent", "imports", "typing error"],
)
def test_what_is_not_proved_fails(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert script.main([], folder_of(tmp_path, planted=text, proved=PROVED)) == 1
    output = capsys.readouterr()
    assert said in output.err
    failed, proved = output.out.splitlines()
    assert failed.startswith("planted.v")
    assert failed.endswith("FAILED")
    assert proved.endswith("Closed under the global context")


def test_an_unknown_id_lists_the_known_ones(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--only", "theorem-7"], folder_of(tmp_path, theorem_1=PROVED, farkas=PROVED)) == 2
    assert "farkas, farkas-instances, theorem-1" in capsys.readouterr().err


def test_without_coq_it_says_what_to_install() -> None:
    command = [sys.executable, str(ROOT / "proofs" / "rocq" / "compile.py")]
    run = subprocess.run(command, env={**os.environ, "PATH": ""}, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stdout == ""
    assert "apt-get install coq libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics" in run.stderr
    assert "Traceback" not in run.stderr


def make_without_coq(tmp_path: Path, user: str, apt_get: str) -> subprocess.CompletedProcess[str]:
    """`make proofs` with a PATH that holds these two commands, and no coqc."""
    for tool in ("make", "sh", "env"):
        path = shutil.which(tool)
        if path is None:
            pytest.skip(f"{tool} is not installed")
        (tmp_path / tool).symlink_to(path)
    for name, body in (("id", f"echo {user}"), ("apt-get", apt_get)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    command = ["make", "-o", ".venv/.run", "proofs", f"BIN={Path(sys.executable).parent}"]
    environment = {"PATH": str(tmp_path)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_make_installs_for_root_and_keeps_stdout_clean(tmp_path: Path) -> None:
    run = make_without_coq(tmp_path, "0", 'echo apt-get "$@"')
    assert run.stdout == ""
    assert "apt-get update" in run.stderr
    assert "--no-install-recommends coq libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics" in run.stderr
    assert run.returncode != 0, "nothing was installed by this apt-get, so the proofs cannot have been compiled"


def test_make_stops_where_the_installation_fails(tmp_path: Path) -> None:
    run = make_without_coq(tmp_path, "0", "exit 100")
    assert run.returncode != 0
    assert "was not found, and the formal proofs need it" not in run.stderr


def test_make_tells_other_users_what_to_type(tmp_path: Path) -> None:
    run = make_without_coq(tmp_path, "1000", "echo called")
    assert run.returncode != 0
    assert "sudo apt-get install coq libcoq-mathcomp-algebra" in run.stderr
    assert "called" not in run.stderr + run.stdout
