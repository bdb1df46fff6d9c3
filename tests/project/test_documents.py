"""The documents tell the truth: commands, options, targets, links and pins exist."""

import argparse
import re
import subprocess
from pathlib import Path

import pytest

from autograder import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "autograder").glob("*.md"), *(ROOT / "book").glob("*.md")]
)
MARKDOWN_LINK = re.compile(r"(?<!\!)\[[^\]]+\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)")
# `autograder COMMAND ...` as it stands in a code span or a code block, up to its end or a comment.
CALL = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?autograder ([a-z]+)([^\n`#]*)")


def _code(text):
    blocks = re.findall(r"```(?:bash|sh|console)\n(.*?)```", text, re.S)
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    return "\n".join([*blocks, *spans])


def _subparsers():
    parser = cli._parser(cli._COMMANDS)
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return action.choices


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_and_options_in_the_documents_exist(document):
    commands = _subparsers()
    for name, rest in CALL.findall(_code(document.read_text(encoding="utf-8"))):
        assert name in commands, f"{document.name} names `autograder {name}`, which is no command"
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
            known = commands[name]._option_string_actions
            assert option in known, f"{document.name}: `autograder {name}` has no {option}"


def test_the_readme_shows_every_command_that_an_instructor_needs():
    text = _code((ROOT / "README.md").read_text(encoding="utf-8"))
    shown = {name for name, _ in CALL.findall(text)}
    assert shown >= {"build", "grade", "report", "verify", "doctor", "release"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_pictures_lead_to_files(document):
    text = document.read_text(encoding="utf-8")
    for target in MARKDOWN_LINK.findall(text) + [path for _, path in PICTURE.findall(text)]:
        assert (document.parent / target).exists(), f"{document.name} leads to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_picture_says_what_is_seen(document):
    for alt, path in PICTURE.findall(document.read_text(encoding="utf-8")):
        assert len(alt.split()) >= 4, f"{document.name}: {path} wants a longer text"


def test_make_targets_in_the_documents_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    for document in DOCUMENTS:
        code = _code(document.read_text(encoding="utf-8"))
        for target in re.findall(r"^make ([a-z]+)", code, re.M):
            assert target in targets, f"{document.name} names `make {target}`"


def test_every_make_target_is_phony_and_explained():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split())
    targets = dict(re.findall(r"^([a-z]+):(.*)$", makefile, re.M))
    assert phony == set(targets)
    unexplained = [name for name, rest in targets.items() if "##" not in rest and name != "env"]
    assert unexplained == []


def test_every_requirement_is_pinned_and_agrees_with_the_constraints():
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line
    )
    pins = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
    assert wanted
    for line in wanted:
        name, _, version = line.partition(";")[0].strip().partition("==")
        assert version, f"{name} is not pinned"
        assert pins[name.lower().replace("_", "-")] == version
    assert lines[-1] == "-e ."


def test_no_module_has_grown_past_400_lines():
    # A chapter's catalog and a test's course are lists, and a chapter's reference is one module,
    # half of it docstrings: for them the limit is a wider one.
    wide = ("autograder/hidden_tests/", "autograder/misconceptions/", "solutions/", "tests/")
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    long = {}
    for name in tracked:
        if re.match(r"exercises/\w+/", name):  # generated
            continue
        lines = (ROOT / name).read_text(encoding="utf-8").count("\n")
        if lines > (750 if name.startswith(wide) else 400):
            long[name] = lines
    assert long == {}


def test_every_vendored_part_is_listed_with_its_license():
    listed = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8").lower()
    folders = [*(ROOT / "book/_static/vendor").iterdir(), *(ROOT / "book/_ext/vendor").iterdir()]
    for folder in folders:
        if folder.is_dir():
            assert folder.name.lower() in listed
            assert list(folder.glob("LICENSE*")), f"{folder.name} came without its license"


def test_every_module_of_the_autograder_names_what_is_public():
    silent = []
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        relative = path.relative_to(ROOT / "autograder")
        if relative.parts[0] in {"hidden_tests", "misconceptions", "alternatives", "commands"}:
            continue
        text = path.read_text(encoding="utf-8")
        if path.name not in {"__main__.py", "worker.py"} and "def " in text + "class ":
            has_code = re.search(r"^(def|class|[A-Z_]+ =)", text, re.M)
            if has_code and "__all__" not in text:
                silent.append(relative.as_posix())
    assert silent == []
