"""A learner's answers put into a fresh copy of the release, and the program that it makes."""

import copy

from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.errors import IntakeError
from autograder.intake.cells import defined_names, drop_magics, magic_effort
from autograder.sandbox.program import Cell, Program

__all__ = ["answer_functions", "program_of", "rebuild"]

_ANSWER = "answer_"
MAX_MAGIC_EFFORT = 2_000_000


def answer_functions(release):
    """Return the functions that a released notebook asks for, in order."""
    ids = [_grade_id(cell) for cell in release.cells]
    return tuple(name[len(_ANSWER) :] for name in ids if name.startswith(_ANSWER))


def rebuild(release, cells, *, is_module=False):
    """Put a learner's answers into the released notebook.

    Parameters
    ----------
    release : NotebookNode
        What the learner was given. It is not changed.
    cells : list of RawCell
        What the learner handed in.
    is_module : bool
        Whether it was a Python file: that has no marks, no prose and no written answers, and
        needs no note about their absence.

    Returns
    -------
    notebook : NotebookNode
        The release's cells with the answers, and the learner's own cells at their place, marked
        ``metadata.autograder.role = "added"``. No outputs, no metadata of the learner's.
    notes : list of str
        What was changed on the way.

    Raises
    ------
    IntakeError
        If none of the answers is there.
    """
    return _Rebuild(release, cells, is_module).run()


def program_of(notebook, given=""):
    """Return what the sandbox is to run of a rebuilt notebook.

    Parameters
    ----------
    notebook : NotebookNode
        From `rebuild`.
    given : str
        Source of the given layers.

    Returns
    -------
    Program
        The learner's own cells, then the answers, without magics.
    """
    effort = 0

    def without_magics(source):
        # Of a submission that is full of magics the rest stays: the worker has its own way with
        # lines that are no Python, and its time is limited.
        nonlocal effort
        effort += magic_effort(source)
        return drop_magics(source) if effort <= MAX_MAGIC_EFFORT else source

    added, answers = [], []
    for cell in notebook.cells:
        grade_id = _grade_id(cell)
        if cell.cell_type != "code":
            continue
        if grade_id.startswith(_ANSWER):
            answers.append(Cell(grade_id, without_magics(cell.source), "answer"))
        elif cell.metadata.get("autograder", {}).get("role") == "added":
            added.append(Cell(cell.id, without_magics(cell.source), "added"))
    return Program(tuple(added + answers), answer_functions(notebook), given)


class _Rebuild:
    """One rebuilding: which of the learner's cells stands for which of the release's."""

    def __init__(self, release, cells, is_module):
        self.release = release
        self.cells = cells
        self.is_module = is_module
        self.notes = []
        self.home = {}  # learner's cell -> the release's cell that it is
        self.taken = {}  # release's cell -> the learner's cell that fills it
        self.shared = {}  # release's answer -> the release's answer in whose cell it is written
        self.dropped = set()

    def run(self):
        self._match()
        answers = [i for i, cell in enumerate(self.release.cells) if _is_answer(cell)]
        for place in answers:
            self._take_answer(place)
        if not self.taken:
            names = ", ".join(answer_functions(self.release))
            raise IntakeError(f"none of the answers is in it (looked for {names})")
        for place, cell in enumerate(self.release.cells):
            if _is_slot(cell) and place not in answers:
                self._take_text(place)
        self._drop_copies()
        return self._build(), self.notes

    def _match(self):
        """Recognize the release's own cells: by grade_id, by their text, by their id."""
        by_mark = {_grade_id(cell): i for i, cell in enumerate(self.release.cells)}
        by_text, by_id = {}, {}
        for i, cell in enumerate(self.release.cells):
            by_id[cell.get("id", "")] = i
            if not _is_slot(cell):
                by_text.setdefault(_plain(cell.source), i)
        by_mark.pop("", None), by_id.pop("", None), by_text.pop("", None)
        edited = 0
        for i, cell in enumerate(self.cells):
            text = _plain(cell.source)
            if not text:
                self.dropped.add(i)
            elif cell.grade_id in by_mark:
                place = by_mark[cell.grade_id]
                self.home[i] = place
                if not _is_slot(self.release.cells[place]):
                    self.dropped.add(i)
                    edited += _plain(self.release.cells[place].source) != text
            elif text in by_text:
                self.home[i] = by_text[text]
                self.dropped.add(i)
            elif cell.id in by_id:
                self.home[i] = by_id[cell.id]
        if edited:
            self.notes.append(
                f"{_count(edited, 'locked cell')} had been changed; the original is used."
            )
        if self.is_module:
            return
        marks = {_grade_id(cell) for cell in self.release.cells if _grade_id(cell)}
        if self.cells and not marks & {cell.grade_id for cell in self.cells}:
            self.notes.append("The cells bore no nbgrader marks; the answers were found by name.")
        else:
            there = {self.home[i] for i in self.home}
            gone = [
                cell
                for i, cell in enumerate(self.release.cells)
                if _grade_id(cell) and not _is_slot(cell) and i not in there
            ]
            if gone:
                self.notes.append(f"{_count(len(gone), 'locked cell')} had been deleted; restored.")

    def _take_answer(self, place):
        release = self.release.cells[place]
        name = _grade_id(release)[len(_ANSWER) :]
        stub = _plain(release.source)
        marked = [i for i, home in self.home.items() if home == place and i not in self.dropped]
        definers = [
            i
            for i, cell in enumerate(self.cells)
            if i not in self.dropped and name in defined_names(cell.source)
        ]
        own = [i for i in definers if i in marked and _plain(self.cells[i].source) != stub]
        others = [i for i in definers if i not in marked and self.cells[i].kind == "code"]
        if own:
            chosen = own[-1]
            if len(marked) > 1:
                self.notes.append(
                    f"{len(marked)} cells were marked as the answer {name}; the last one that "
                    "defines it counts."
                )
        elif others:
            chosen = others[-1]
            if marked:
                self.notes.append(f"{name} was taken from another cell: its own does not hold it.")
            elif any(cell.grade_id for cell in self.cells):
                self.notes.append(f"{name} was found by its name: its cell had lost its mark.")
        elif marked:
            chosen = marked[-1]
        else:
            self.notes.append(f"The answer {name} is missing; its untouched stub stands there.")
            return
        if self.cells[chosen].kind != "code":
            self.notes.append(f"The cell of {name} was not a code cell; it was read as one.")
        holder = next((p for p, i in self.taken.items() if i == chosen), None)
        if holder is None:
            self.taken[place] = chosen
        else:
            self.shared[place] = holder

    def _take_text(self, place):
        """Fill a written answer, or a warm-up: by its mark or id, else by its place."""
        release = self.release.cells[place]
        untouched = _plain(release.source)
        found = [i for i, home in self.home.items() if home == place and i not in self.dropped]
        changed = [i for i in found if _plain(self.cells[i].source) != untouched]
        if changed or found:
            self.taken[place] = (changed or found)[-1]
            return
        if release.cell_type != "markdown" or self.is_module:
            return
        before = place - 1
        here = [
            i
            for i, anchor in self._anchors().items()
            if anchor == before and self.cells[i].kind != "code" and i not in self.taken.values()
        ]
        here = [i for i in here if i not in self.dropped and i not in self.home]
        name = _grade_id(release)
        if here:
            self.taken[place] = here[0]
            self.notes.append(f"The written answer {name} was found by its place.")
        else:
            self.notes.append(f"The written answer {name} is missing.")

    def _drop_copies(self):
        """Leave out what only repeats an untouched stub: it would define nothing of use."""
        stubs = {_plain(cell.source) for cell in self.release.cells if _is_slot(cell)}
        for i, cell in enumerate(self.cells):
            if i not in self.taken.values() and _plain(cell.source) in stubs:
                self.dropped.add(i)

    def _anchors(self):
        """For each learner's cell, the release's cell that it stands behind."""
        filled = {i: place for place, i in self.taken.items()}
        anchors, last = {}, -1
        for i in range(len(self.cells)):
            anchors[i] = last
            place = filled.get(i, self.home.get(i, -1))
            last = place if place >= 0 else last
        return anchors

    def _build(self):
        notebook = copy.deepcopy(self.release)
        for place, i in self.taken.items():
            notebook.cells[place].source = self.cells[i].source
        for place, holder in self.shared.items():
            name, where = (
                _grade_id(self.release.cells[p])[len(_ANSWER) :] for p in (place, holder)
            )
            notebook.cells[place].source = f"# {name} is written in the cell of {where}."
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        # What stood before everything goes before the first code, not above the title.
        first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        extra, number = {}, 0
        for i, anchor in self._anchors().items():
            if i in self.dropped or i in self.taken.values():
                continue
            number += 1
            make = new_code_cell if self.cells[i].kind == "code" else new_markdown_cell
            added = make(self.cells[i].source, id=f"added-{number}")
            added.metadata["autograder"] = {"role": "added"}
            extra.setdefault(anchor if anchor >= 0 else first - 1, []).append(added)
        if number and not self.is_module:
            self.notes.append(f"{_count(number, 'added cell')} {_was(number)} kept.")
        cells = list(extra.get(-1, []))
        for place, cell in enumerate(notebook.cells):
            cells += [cell, *extra.get(place, [])]
        notebook.cells = cells
        return notebook


def _grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _is_answer(cell):
    return _grade_id(cell).startswith(_ANSWER)


def _is_slot(cell):
    """Say whether the learner writes into this cell."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _plain(source):
    return "\n".join(line.rstrip() for line in source.strip().split("\n"))


def _count(number, thing):
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _was(number):
    return "was" if number == 1 else "were"
