import pytest

from autograder.commands import doctor
from autograder.errors import SandboxError


@pytest.fixture(autouse=True)
def _own_gradebook(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_GRADEBOOK", str(tmp_path / "gradebook"))


def by_name(findings):
    return {finding.what: finding for finding in findings}


@pytest.mark.sandbox
def test_a_machine_that_can_grade_is_told_so(capsys, bubblewrap):
    assert doctor.run(None) == 0
    said = capsys.readouterr().out
    assert "This machine can grade." in said
    assert "isolation full" in said


def test_without_any_isolation_the_doctor_says_no_and_how_to_mend_it(monkeypatch, capsys):
    def broken(backend):
        raise SandboxError("no walls here")

    monkeypatch.setattr(doctor.selftest, "check", broken)
    monkeypatch.setenv("CNN_BWRAP", "/nonexistent")
    monkeypatch.setattr(doctor, "_gradebook", lambda course: [])
    assert doctor.run(None) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "This machine cannot grade yet." in said
    assert "To mend bubblewrap: unset CNN_BWRAP" in said


def test_forbidden_user_namespaces_are_recognized(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "_SYSCTL", tmp_path)
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "apparmor_restrict_unprivileged_userns").write_text("1\n")
    assert "AppArmor" in doctor._bwrap_cure()


def test_packages_are_compared_with_the_requirements(tmp_path):
    (tmp_path / "requirements.txt").write_text(
        "# a comment\n-c constraints.txt\nnumpy==1.0\nrich>=1\nno-such-package-here==1\n"
        "other-system==1; sys_platform == 'nowhere'\n-e .\n"
    )
    (finding,) = doctor._packages(tmp_path)
    assert finding.state == "note"
    assert "numpy is" in finding.found
    assert "no-such-package-here is not installed" in finding.found
    assert "other-system" not in finding.found


def test_without_a_package_that_grading_needs_the_doctor_says_no(monkeypatch, tmp_path):
    (tmp_path / "requirements.txt").write_text("nbgrader==0.9.6\nrich>=1\n")

    def version(name):
        if name == "nbgrader":
            raise doctor.metadata.PackageNotFoundError(name)
        return "99"

    monkeypatch.setattr(doctor.metadata, "version", version)
    (finding,) = doctor._packages(tmp_path)
    assert (finding.state, finding.found) == ("missing", "nbgrader is not installed")


def test_a_broken_gradebook_is_a_finding_and_not_a_crash(monkeypatch):
    gradebook = pytest.importorskip("autograder.gradebook")

    def broken(course, folder=None):
        raise RuntimeError("database is locked")

    monkeypatch.setattr(gradebook, "register_assignments", broken)
    (finding,) = doctor._gradebook(doctor.find_course())
    assert finding.state == "missing"
    assert "database is locked" in finding.found
