"""The one form of a score that nbgrader reads rightly."""

import nbformat
import numpy as np
import pytest
from nbgrader.utils import determine_grade

from autograder.errors import GraderError
from autograder.nbgrader_plugin import write_scores


def check(points):
    cell = nbformat.v4.new_code_cell("pass")
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "check_dx"}
    cell.metadata.nbgrader["points"] = points
    cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text="forged")]
    return cell


def stage(score, maximum):
    return {"dx": {"name": "dx", "title": "dx", "score": score, "max_score": maximum, "tests": []}}


@pytest.mark.parametrize("score", [0, 0.0, 0.1 + 0.2, 5, np.float64(2.5), 5 + 1e-12, -0.0])
def test_nbgrader_reads_the_score_that_was_given(score):
    cell = check(5)
    write_scores(nbformat.v4.new_notebook(cells=[cell]), stage(score, 5.0))
    expected = min(max(float(score), 0.0), 5.0)
    assert determine_grade(cell) == (expected, 5.0)
    assert len(cell.outputs) == 2


def test_a_check_without_hidden_tests_is_an_error_and_no_score():
    with pytest.raises(GraderError, match="autograder build"):
        write_scores(nbformat.v4.new_notebook(cells=[check(5)]), {})


def test_points_that_differ_from_the_release_are_an_error_and_no_score():
    with pytest.raises(GraderError, match="5 in the released notebook, and 4"):
        write_scores(nbformat.v4.new_notebook(cells=[check(5)]), stage(4.0, 4.0))
