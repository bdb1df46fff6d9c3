"""Intake: from whatever a learner handed in to a fresh notebook and a program to grade."""

from autograder.intake.downloads import Intake, read_download
from autograder.intake.layouts import LAYOUTS
from autograder.intake.rollcall import call_roll
from autograder.intake.rosters import Roster, read_roster
from autograder.intake.submissions import Submission, read_submission_folder, read_submissions

__all__ = [
    "LAYOUTS",
    "Intake",
    "Roster",
    "Submission",
    "call_roll",
    "read_download",
    "read_roster",
    "read_submission_folder",
    "read_submissions",
]
