"""On a bare machine the commands say in one sentence what is missing, and do not pretend to have worked."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.house import ROOT


def run_script(name: str, path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A script of ours on a machine that has nothing but what lies in ``path``."""
    shell = (
        "/bin/bash" if "bash" in (ROOT / "scripts" / name).read_text(encoding="utf-8").splitlines()[0] else "/bin/sh"
    )
    return subprocess.run(
        [shell, str(ROOT / "scripts" / name), *arguments],
        cwd=ROOT,
        env={"PATH": str(path), "LC_ALL": "C"} | environment,
        capture_output=True,
        text=True,
    )


def program(folder: Path, name: str, body: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


def test_no_python_is_said(tmp_path: Path) -> None:
    done = run_script("find_python.sh", tmp_path)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert not done.stdout


def test_an_old_python_is_not_taken(tmp_path: Path) -> None:
    program(tmp_path, "python3", "exit 1")
    done = run_script("find_python.sh", tmp_path)
    assert done.returncode == 1
    assert "3.11" in done.stderr


def test_a_python_that_cannot_make_environments_is_said(tmp_path: Path) -> None:
    program(tmp_path, "python3", 'case "$2" in *ensurepip*) exit 1;; esac')
    done = run_script("find_python.sh", tmp_path)
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_a_good_python_is_found(tmp_path: Path) -> None:
    program(tmp_path, "python3", "exit 0")
    assert run_script("find_python.sh", tmp_path).stdout.strip() == str(tmp_path / "python3")


@pytest.mark.parametrize(("version", "status"), [("18.20.4", 1), ("20.0.0", 0), ("24.1.0", 0)])
def test_an_old_node_is_said(tmp_path: Path, version: str, status: int) -> None:
    major = version.split(".")[0]
    program(tmp_path, "node", f'[ "$1" = -p ] && echo {major} || echo v{version}')
    program(tmp_path, "npm", "exit 0")
    done = run_script("check_node.sh", tmp_path)
    assert done.returncode == status
    assert ("Node 20 or newer" in done.stderr) == bool(status)


def test_what_the_tests_lack_is_named_and_not_skipped(tmp_path: Path) -> None:
    """Somebody without root: nothing can be installed, so the command fails and names the packages."""
    for name in ("head", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    program(tmp_path, "id", "echo 1000")
    program(tmp_path, "fc-list", "exit 0")
    done = run_script("test_needs.sh", tmp_path)
    assert done.returncode == 1
    assert "chromium fonts-noto-cjk" in done.stderr
    assert "sudo apt-get install" in done.stderr


def test_rasa_without_a_python_that_it_can_run_on_is_said(tmp_path: Path) -> None:
    """A version manager's name that starts nothing, and a Python that is too new: neither is taken."""
    (tmp_path / "dirname").symlink_to(shutil.which("dirname") or "dirname")
    program(tmp_path, "python3.10", "echo 'no such version is set' >&2; exit 127")
    program(tmp_path, "python3", "exit 1")
    done = run_script("rasa.sh", tmp_path, "python", HOME=str(tmp_path))
    assert done.returncode == 1
    assert "RASA_PYTHON=" in done.stderr
    assert not done.stdout


def test_rasa_takes_the_python_that_works(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to(shutil.which("dirname") or "dirname")
    program(tmp_path, "python3.10", "exit 127")
    real = tmp_path / ".pyenv" / "versions" / "3.10.99" / "bin"
    real.mkdir(parents=True)
    program(real, "python3.10", "exit 0")
    done = run_script("rasa.sh", tmp_path, "python", HOME=str(tmp_path))
    assert done.stdout.strip() == str(real / "python3.10")


def test_a_front_end_without_its_lock_is_said(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    done = subprocess.run(
        [str(ROOT / "scripts" / "build_front_end.sh"), str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "package-lock.json is missing" in done.stderr
