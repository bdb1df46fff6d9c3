"""How learning platforms name what they give: whose a file is, of which attempt, and whether late.

One small function for each platform turns a path of its download into a `Place`. Which platform it
was is told by all paths together.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

__all__ = ["LAYOUTS", "Learner", "Place", "find_layout", "place_all"]

_MOST_WRAPPERS = 3
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

# In each, what the platform writes is found first: a learner's own file name cannot pose as it.
# lovelaceada_LATE_12345_678901_stride-1.ipynb; anonymous: anon_x7Kp2_678901_stride.ipynb
_CANVAS = re.compile(
    r"(?:(?P<name>.+?)_)??(?P<late>LATE_)?(?:anon_(?P<anon>[A-Za-z0-9]+)|(?P<user>\d{1,19}))_"
    r"(?:(?P<file>\d{1,19})_(?P<rest>.+)|(?P<text>(?:text|link)\.html))",
    re.DOTALL,
)
# What Canvas puts behind the name of a file that is handed in again.
_CANVAS_AGAIN = re.compile(r"(?P<stem>.*?)(?:-(?P<again>\d{1,4}))?(?P<suffix>\.\w+)?", re.DOTALL)
# Ada Lovelace_1234567_assignsubmission_file_/stride.ipynb; without folders it is all one name.
_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<id>\d{1,19})_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?",
    re.DOTALL,
)
# stride_alovelace_attempt_2026-11-20-10-30-00_stride.ipynb, and .txt, the cover sheet
_BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<when>\d{4}(?:-\d{2}){5})(?:_(?P<rest>.+)|(?P<cover>\.txt))",
    re.DOTALL,
)
# 12345-67890 - Ada Lovelace - Nov 20, 2026 1030 AM/stride.ipynb
_BRIGHTSPACE = re.compile(
    r"(?P<id>\d{1,19})-\d{1,19} {1,3}- {1,3}(?P<name>.+?) {1,3}- {1,3}"
    r"(?P<when>[^-]{0,40}\b\d{4}\b[^-]{0,20}?)(?: {1,3}- {1,3}(?P<rest>.+))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Learner:
    """Who handed something in, as far as a name in a download tells.

    Parameters
    ----------
    label : str
        What a report calls the learner unless a roster knows better.
    name : str
        The name as the platform gives it; Canvas gives only its letters, family name first.
    ids : tuple of str
        What the platform knows the learner by, the surest first.
    """

    label: str
    name: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a file of a download belongs.

    Parameters
    ----------
    learner : Learner
        Whose it is.
    inner : str
        Its path among the learner's files.
    attempt : tuple
        Sorts the learner's attempts; empty where the platform gives none.
    when : str
        The same for people.
    again : str
        Where attempts are counted for each file: its name without the count.
    late : bool
        Whether the platform says that it came late.
    cover : bool
        Whether the platform made the file itself.
    """

    learner: Learner
    inner: str
    attempt: tuple = ()
    when: str = ""
    again: str = ""
    late: bool = False
    cover: bool = False


def _canvas(path):
    match = _CANVAS.fullmatch(path)
    if "/" in path or not match or not (match["name"] or match["anon"]):
        return None
    name = match["name"] or ""
    # The platform writes an anonymous learner as anon_ID, and nothing before it.
    if match["anon"] and name:
        return None
    learner = Learner(name or f"anon_{match['anon']}", name, (match["user"] or match["anon"],))
    late = bool(match["late"])
    if match["text"]:
        return Place(learner, match["text"], late=late)
    rest = match["rest"]
    parts = _CANVAS_AGAIN.fullmatch(rest)
    again = int(parts["again"] or 0) if parts else 0
    stem = parts["stem"] + (parts["suffix"] or "") if parts else rest
    return Place(learner, rest, (again, int(match["file"])), rest, stem, late)


def _moodle(path):
    first, slash, below = path.partition("/")
    match = _MOODLE.fullmatch(first)
    if not match or not (slash or match["rest"]):
        return None
    name, number = match["name"], match["id"]
    # Blind marking: a word in the site's language, and the number.
    anonymous = name in ("Participant", "participant")
    label = f"{name} {number}" if anonymous else name
    inner = below if slash else match["rest"]
    if match["kind"] != "file":
        inner = f"{match['kind']}/{inner}"
    return Place(Learner(label, "" if anonymous else name, (number,)), inner)


def _blackboard(path):
    match = _BLACKBOARD.fullmatch(path)
    if "/" in path or not match:
        return None
    head, when = match["head"], match["when"]
    # Neither the assignment's name nor the user's is free of underscores.
    parts = head.split("_")
    ids = tuple("_".join(parts[i:]) for i in range(len(parts)))
    day, clock = when[:10], when[11:].replace("-", ":")
    return Place(
        Learner(head, "", ids),
        match["rest"] or f"{head}.txt",
        tuple(map(int, when.split("-"))),
        f"{day} {clock}",
        cover=bool(match["cover"]),
    )


def _brightspace(path):
    first, slash, below = path.partition("/")
    match = _BRIGHTSPACE.fullmatch(first)
    if not match:
        return None if path != "index.html" else Place(Learner(""), path, cover=True)
    inner = below if slash else match["rest"]
    if not inner:
        return None
    learner = Learner(match["name"], match["name"], (match["id"],))
    return Place(learner, inner, _moment(match["when"]), match["when"])


def _moment(text):
    """Read a time as Brightspace writes it, whatever order day and month have in the language."""
    words = re.findall(r"[^\W\d_]+|\d+", text.lower())
    month = next((_MONTHS.index(w[:3]) + 1 for w in words if w[:3] in _MONTHS), 0)
    numbers = [int(word) for word in words if word.isdecimal()]
    try:
        day, year, *clock = numbers
        hour, minute = divmod(clock[0], 100) if len(clock) == 1 else clock
        if "pm" in words or "am" in words:
            hour = hour % 12 + 12 * ("pm" in words)
        moment = datetime(year, month, day, hour, minute)
    except (ValueError, IndexError):
        return ()
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute)


def _github(prefix):
    def place(path):
        first, slash, below = path.partition("/")
        if not slash or not prefix or not _hyphened(first).startswith(prefix):
            return None
        user = first[len(prefix) :]
        # `gh classroom clone` puts all repositories into stride-submissions/.
        if user in ("", "submissions"):
            return None
        return Place(Learner(user, "", (user,)), below)

    return place


def _hyphened(name):
    return name.lower().replace("_", "-")


def _assignment_prefix(paths, slugs):
    """Return what all repositories' names begin with: the assignment and a hyphen."""
    tops = {_hyphened(path.split("/")[0]) for path in paths if "/" in path}
    known = [f"{_hyphened(slug)}-" for slug in slugs]
    fitting = [prefix for prefix in known if tops and all(top.startswith(prefix) for top in tops)]
    if fitting:
        return max(fitting, key=len)
    if len(tops) < 2 or not any("/.git" in path for path in paths):
        return ""
    return _common_start(tops, "-")


def _common_start(names, separator):
    """Return the words that all names begin with, with the separator behind the last."""
    parts = [name.split(separator)[:-1] for name in names]
    common = []
    for words in zip(*parts, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0] + separator)
    return "".join(common)


def _folders(stem, paths, slugs):
    """One folder or one file for each learner, or all of it one learner's."""
    files = [path for path in paths if "/" not in path and path.lower().endswith(".ipynb")]
    named = any(path.rsplit(".", 1)[0] in slugs for path in files)
    single = all("/" not in path for path in paths) and (named or len(files) < 2)
    single = single or any(path.split("/")[0] in slugs for path in paths if "/" in path)

    def place(path):
        first, slash, below = path.partition("/")
        if single:
            return Place(Learner(stem, "", (stem,)), path)
        learner = first if slash else first.rsplit(".", 1)[0]
        return Place(Learner(learner, "", (learner,)), below if slash else first)

    return place


#: The names of the layouts, as `--layout` takes them.
LAYOUTS = ("canvas", "moodle", "blackboard", "brightspace", "github", "folders")
_BY_NAME: dict[str, Callable] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "blackboard": _blackboard,
    "brightspace": _brightspace,
}


def find_layout(paths, slugs=()):
    """Tell which platform a download is from.

    Parameters
    ----------
    paths : list of str
        Of all files in it, relative, with forward slashes.
    slugs : sequence of str
        The course's chapters: a repository of GitHub Classroom begins with its assignment's name.

    Returns
    -------
    str
        One of `LAYOUTS`: the one that explains at least half of all paths, and more than any
        other; else ``folders``.
    """
    best = max(LAYOUTS[:-1], key=lambda layout: _explained(layout, paths, slugs)[0])
    enough = 2 * _explained(best, paths, slugs)[0] >= max(1, len(paths))
    return best if enough else "folders"


def place_all(paths, layout, slugs=(), stem="submission"):
    """Say of each file whose it is.

    Parameters
    ----------
    paths : list of str
        Of all files, relative, with forward slashes.
    layout : str
        One of `LAYOUTS`.
    slugs : sequence of str
        The course's chapters.
    stem : str
        The download's own name, for files that nothing else tells the learner of.

    Returns
    -------
    dict of str to Place or None
        By path; None where the layout does not explain it.
    """
    if layout == "folders":
        return _place_folders(paths, slugs, stem)
    _, wrapper = _explained(layout, paths, slugs)
    inner = {path: path[len(wrapper) :] for path in paths if path.startswith(wrapper)}
    place = _placer(layout, list(inner.values()), slugs)
    places = {path: place(inner[path]) if path in inner else None for path in paths}
    return _named_users(places) if layout == "blackboard" else places


def _placer(layout, paths, slugs):
    return _BY_NAME.get(layout) or _github(_assignment_prefix(paths, slugs))


def _explained(layout, paths, slugs):
    """Return how many paths a layout explains, and in which folder around everything."""
    best = (0, "")
    for wrapper in _wrappers(paths):
        below = [path[len(wrapper) :] for path in paths]
        place = _placer(layout, below, slugs)
        number = sum(place(path) is not None for path in below)
        if number > best[0]:
            best = (number, wrapper)
    return best


def _wrappers(paths):
    """Return no folder, the folder that is around everything, the only one in that, ..."""
    found, top = [""], ""
    for _ in range(_MOST_WRAPPERS):
        firsts = {path[len(top) :].partition("/")[:2] for path in paths}
        if len(firsts) != 1 or not next(iter(firsts))[1]:
            break
        top += "".join(next(iter(firsts)))
        found.append(top)
    return found


def _place_folders(paths, slugs, stem):
    wrapper = ""
    for inner in _wrappers(paths)[1:]:
        below = [path[len(inner) :] for path in paths]
        if inner.split("/")[-2] in slugs:
            break
        folders = {path.split("/")[0] for path in below if "/" in path}
        files = [path for path in below if "/" not in path and path.lower().endswith(".ipynb")]
        named = any(path.rsplit(".", 1)[0] in slugs for path in files)
        if len(folders - set(slugs)) > 1 or (len(files) > 1 and not named):
            wrapper = inner
    place = _folders(stem, [path[len(wrapper) :] for path in paths], slugs)
    return {path: place(path[len(wrapper) :]) for path in paths}


def _named_users(places):
    """Take off what all of Blackboard's names begin with: the assignment."""
    heads = {place.learner.label for place in places.values() if place}
    common = _common_start(heads, "_")
    named = {}
    for path, place in places.items():
        if place:
            head = place.learner.label
            user = head[len(common) :] if len(heads) > 1 else head.rsplit("_", 1)[-1]
            place = replace(place, learner=replace(place.learner, label=user or head))
        named[path] = place
    return named
