"""Our parts in the place of nbgrader's feedback page: what it shows, and how it is rendered."""

from nbconvert.exporters import HTMLExporter
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course import find_course
from autograder.feedback import book_root, page_of
from autograder.gradebook import class_folder, open_gradebook

__all__ = ["FeedbackExporter", "FeedbackPage"]


class FeedbackPage(NbGraderPreprocessor):
    """Gather what the feedback page shows, after nbgrader has put in scores and comments."""

    def preprocess(self, nb, resources):
        """Put the page's content into ``resources["feedback"]``.

        Parameters
        ----------
        nb : NotebookNode
            The graded notebook.
        resources : dict
            nbgrader's.

        Returns
        -------
        nb, resources
            The same.
        """
        marks = resources["nbgrader"]
        folder = class_folder(find_course(self.parent.parent.coursedir.root))
        with open_gradebook(folder) as gradebook:
            submission = gradebook.find_submission_notebook(
                marks["notebook"], marks["assignment"], marks["student"]
            )
            waiting = {grade.name for grade in submission.grades if grade.needs_manual_grade}
        for cell in nb.cells:
            own = cell.metadata.get("nbgrader", {})
            if own.get("grade_id") in waiting:
                own["waiting"] = True
        page_folder = folder.feedback / marks["student"] / marks["assignment"]
        book = book_root(folder.course, page_folder)
        resources["feedback"] = page_of(nb, marks, book=book)
        return nb, resources


class FeedbackExporter(HTMLExporter):
    """The feedback page; its template is templates/cnn_feedback, a setting of its own.

    With nbgrader's own setting, HTMLExporter.template_name, the formgrader would change too.
    """

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Render the page, with all text escaped: nbconvert's templates escape nothing.

        Parameters
        ----------
        nb : NotebookNode
            The graded notebook.
        resources : dict
            nbgrader's.
        **kwargs
            nbconvert's.

        Returns
        -------
        output, resources
            The page, and the same.
        """
        self.environment.autoescape = True
        return super().from_notebook_node(nb, resources, **kwargs)
