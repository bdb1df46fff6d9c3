"""Our parts in nbgrader's places: a tolerant reader, and the hidden tests.

``nbgrader_config.py`` puts them there. Nothing of nbgrader is changed; ``nbgrader autograde``,
``generate_feedback``, ``export`` and the formgrader all meet them.
"""

import copy
import glob
import os
import re
from functools import lru_cache
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    GetGrades,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Bool

from autograder.course import find_course
from autograder.errors import GraderError, IntakeError
from autograder.export import CsvExport
from autograder.feedback import TEMPLATES, stage_outputs, stages_of
from autograder.given import given_source
from autograder.gradebook import (
    COURSE_ID,
    class_folder,
    hold_grades,
    register_assignments,
)
from autograder.grading import Job, grade_many
from autograder.intake import read_submission_folder
from autograder.intake.rebuild import program_of
from autograder.nbgrader_feedback import FeedbackExporter, FeedbackPage
from autograder.results import ResultStore
from autograder.sandbox import best_backend

__all__ = ["GradeCells", "SubmissionExporter", "configure"]


def configure(config, root):
    """Set nbgrader up for a course.

    Parameters
    ----------
    config : traitlets.config.Config
        What ``get_config()`` gives in ``nbgrader_config.py``.
    root : path-like
        The course's folder. ``CNN_COURSE_ROOT`` comes before it; ``CNN_GRADEBOOK`` names another
        folder than its ``gradebook/``.
    """
    course = find_course(root)
    folder = class_folder(course)
    places = config.CourseDirectory
    places.course_id = COURSE_ID
    places.root = str(course.root)
    places.source_directory = os.path.join("_build", "nbgrader", "source")
    places.release_directory = "exercises"
    for step in ("submitted", "autograded", "feedback"):
        places[f"{step}_directory"] = _below(course.root, folder.path / step)
    places.db_url = folder.db_url

    config.Autograde.exporter_class = SubmissionExporter
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        GradeCells,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.GenerateFeedback.exporter_class = FeedbackExporter
    config.GenerateFeedback.preprocessors = [GetGrades, FeedbackPage]
    config.FeedbackExporter.template_name = "cnn_feedback"
    config.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]
    config.ExportApp.plugin_class = CsvExport


class SubmissionExporter(NotebookExporter):
    """Read what a learner handed in through our intake, however it is named or damaged.

    nbgrader reads a submission with ``from_filename``. One that it cannot parse, or whose marks
    are doubled or empty, would stop the whole class there.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        if self.parent is not None:
            self._ignored = list(self.parent.coursedir.ignore)
            # A fresh gradebook knows no assignment, and nbgrader would stop there.
            course = find_course(self.parent.coursedir.root)
            register_assignments(course, class_folder(course))
            # The hook is told the notebooks only. This exporter knows its converter as well.
            self.parent.pre_convert_hook = self.prepare

    def prepare(self, assignment, student, notebooks):
        """Point nbgrader at one notebook for the folder, and keep it from copying the rest.

        Parameters
        ----------
        assignment, student : str
            nbgrader's patterns, not these of this folder.
        notebooks : list of str
            The notebooks that nbgrader has found in one folder; changed in place.
        """
        folder = Path(notebooks[0]).parent
        notebooks[:] = [str(folder / f"{folder.name}.ipynb")]
        # A link that nbgrader copies is a way to other people's files. Only the time counts.
        names = [
            entry.name
            for entry in os.scandir(folder)
            if entry.name != "timestamp.txt" or not entry.is_file(follow_symlinks=False)
        ]
        self.parent.coursedir.ignore = [*self._ignored, *(glob.escape(name) for name in names)]

    def from_filename(self, filename, resources=None, **kwargs):
        """Read a notebook.

        Parameters
        ----------
        filename : str
            In submitted/ the place where the notebook ought to be; in autograded/ the notebook.
        resources : dict
            nbgrader's.
        **kwargs
            nbconvert's.

        Returns
        -------
        output : str
            The notebook after the preprocessors.
        resources : dict
            The same, filled in.

        Raises
        ------
        IntakeError
            If the submission cannot be read. Its scores are held, not zero.
        """
        marks = resources["nbgrader"]
        folder = class_folder(find_course(self.parent.coursedir.root))
        place = folder.submitted / marks["student"] / marks["assignment"]
        if Path(filename).absolute().parent != place.absolute():
            return super().from_filename(filename, resources=resources, **kwargs)
        found = read_submission_folder(place, folder.course, marks["assignment"])
        if found.status:
            hold_grades(marks["db_url"], marks["assignment"], marks["student"])
            raise IntakeError(f"{marks['student']}: {found.status}: {' '.join(found.notes)}")
        notebook = copy.deepcopy(found.notebook)
        _disarm(notebook)
        return self.from_notebook_node(notebook, resources=resources, **kwargs)


class GradeCells(NbGraderPreprocessor):
    """Run the hidden tests in place of the notebook, and write each check's points below it."""

    unsafe = Bool(False, help="Run learners' code without a sandbox. Never for a class.").tag(
        config=True
    )

    def preprocess(self, nb, resources):
        """Grade a notebook that our exporter has rebuilt.

        Parameters
        ----------
        nb : NotebookNode
            The notebook; its checks get outputs.
        resources : dict
            nbgrader's.

        Returns
        -------
        nb, resources
            The same.

        Raises
        ------
        GraderError
            If the grader failed. The learner's scores are held, not zero.
        """
        marks = resources["nbgrader"]
        slug, student = marks["assignment"], marks["student"]
        try:
            folder = class_folder(find_course(self.parent.parent.coursedir.root))
            report, backend, seed = self._report(folder, slug, nb)
            if report.status != "graded":
                raise GraderError(f"{student}: {' '.join(report.notes)}")
            write_scores(nb, stages_of(folder.course, report))
        except Exception:
            hold_grades(marks["db_url"], slug, student)
            raise
        own = nb.metadata.setdefault("autograder", {})
        own.update(seed=seed, isolation=backend.isolation)
        own["notes"] = [*own.get("notes", []), *report.notes]
        return nb, resources

    def _report(self, folder, slug, nb):
        backend = _backend(self.unsafe)
        store = ResultStore(folder)
        seed = store.seed()
        program = program_of(nb, given_source(folder.course, slug))
        key = store.key(slug, program, seed=seed, isolation=backend.isolation)
        report = store.load(slug, key)
        if report is None:
            # In a process of its own: pytest must not meet the formgrader's server.
            job = Job(folder.course, slug, program, backend, seed)
            ((_, report),) = grade_many([job], workers=1)
            store.save(slug, key, report, seed=seed, isolation=backend.isolation)
        return report, backend, seed


def write_scores(nb, stages):
    """Write each stage's result below its check, in the one form that nbgrader reads rightly.

    Parameters
    ----------
    nb : NotebookNode
        The rebuilt notebook; all other outputs are dropped.
    stages : dict of str to dict
        From `autograder.feedback.stages_of`.

    Raises
    ------
    GraderError
        If the notebook's points are not those of the hidden tests.
    """
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if not utils.is_grade(cell) or utils.is_solution(cell):
            continue
        name = cell.metadata.nbgrader["grade_id"].removeprefix("check_")
        points = float(cell.metadata.nbgrader["points"])
        stage = stages.get(name)
        if stage is None or abs(stage["max_score"] - points) > 1e-9:
            raise GraderError(
                f"the check {name} is worth {points:g} in the released notebook, and "
                f"{stage['max_score'] if stage else 0:g} in the hidden tests: autograder build"
            )
        # determine_grade gives full points for anything but one plain float in range.
        score = float(min(max(stage["score"], 0.0), points))
        cell.outputs = [
            new_output("display_data", stage_outputs(stage)),
            new_output("execute_result", {"text/plain": repr(score)}),
        ]


@lru_cache(maxsize=2)
def _backend(unsafe):
    return best_backend(unsafe=unsafe)


def _below(root, path):
    """Name a folder as nbgrader's patterns want it: relative where it lies in the course."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _disarm(notebook):
    """Take the HTML out of learners' Markdown: the formgrader would run it as the instructor."""
    for cell in notebook.cells:
        own = cell.metadata.get("autograder", {}).get("role") == "added"
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and (own or marks.get("solution")):
            safe = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", cell.source)
            if safe != cell.source:
                cell.metadata.setdefault("autograder", {})["text"] = cell.source
                cell.source = safe
