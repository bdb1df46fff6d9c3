"""Intake: from whatever a learner handed in to a fresh notebook and a program to grade."""

from autograder.intake.submissions import Submission, read_submission_folder, read_submissions

__all__ = ["Submission", "read_submission_folder", "read_submissions"]
