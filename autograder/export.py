"""The grades as CSV: `nbgrader export` with a status, and without zeros that nobody earned."""

import csv

from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin

__all__ = ["CsvExport", "export_row"]


class CsvExport(ExportPlugin):
    """Write the grades as CSV; who has no score gets none, and the reason, instead of a zero."""

    def export(self, gradebook):
        """Write the file that ``--to`` names, else grades.csv.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
            The database.
        """
        columns = "assignment duedate timestamp student_id last_name first_name email raw_score"
        columns = [*columns.split(), "late_submission_penalty", "score", "max_score", "status"]
        students = {str(name) for name in self.student}
        with open(self.to or "grades.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for assignment in gradebook.assignments:
                if self.assignment and assignment.name not in map(str, self.assignment):
                    continue
                for student in gradebook.students:
                    if not students or student.id in students:
                        writer.writerow(export_row(gradebook, assignment, student))


def export_row(gradebook, assignment, student):
    """Give one learner's row of the export.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
        The database.
    assignment, student : nbgrader.api.Assignment, nbgrader.api.Student
        Which row.

    Returns
    -------
    row : dict
        By column; without a score where the status is ``missing`` or ``not graded``.
    """
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate or "",
        "student_id": student.id,
        "last_name": student.last_name or "",
        "first_name": student.first_name or "",
        "email": student.email or "",
        "max_score": assignment.max_score,
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return row | {"status": "missing"}
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    row["timestamp"] = submission.timestamp or ""
    if any(
        g.auto_score is None and g.manual_score is None for g in grades if g.cell_type == "code"
    ):
        return row | {"status": "not graded"}
    penalty = submission.late_submission_penalty
    waiting = any(grade.needs_manual_grade for grade in grades)
    return row | {
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - penalty),
        "status": "waits for a person" if waiting else "graded",
    }
