"""Whose a file of a download is, as each platform writes it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.intake.layouts import LAYOUTS, find_layout, place_all

SLUGS = ("stride", "batch_norm", "batch_norm_conv")

CANVAS = [
    "lovelaceada_LATE_12345_678901_stride-1.ipynb",
    "obriensean_12346_678902_stride.ipynb",
    "müllerjürgen_12347_678903_my_2_3_stride.ipynb",
]
MOODLE = [
    "Ada Lovelace_1234567_assignsubmission_file_/stride.ipynb",
    "Sean O'Brien_1234568_assignsubmission_file_/src/stride.ipynb",
    "Jürgen Müller_1234569_assignsubmission_file/stride.ipynb",
    "Jürgen Müller_1234569_assignsubmission_onlinetext_/onlinetext.html",
]
BLACKBOARD = [
    "stride_alovelace_attempt_2026-11-20-10-30-00_stride.ipynb",
    "stride_alovelace_attempt_2026-11-20-10-30-00.txt",
    "stride_s_obrien_attempt_2026-11-21-09-05-59_my stride.ipynb",
    "stride_s_obrien_attempt_2026-11-21-09-05-59.txt",
]
BRIGHTSPACE = [
    "12345-67890 - Ada Lovelace - Nov 20, 2026 1030 AM/stride.ipynb",
    "12346-67890 - Sean O'Brien-Smith - Nov 20, 2026 120 PM/stride.ipynb",
    "index.html",
]
GITHUB = [
    "stride-alovelace-gh/stride.ipynb",
    "stride-alovelace-gh/README.md",
    "stride-s-obrien/.gitignore",
    "stride-s-obrien/stride.ipynb",
]
FOLDERS = ["ada/stride.ipynb", "sean/batch_norm/batch_norm.ipynb", "grace.ipynb"]
SAMPLES = dict(
    zip(LAYOUTS, (CANVAS, MOODLE, BLACKBOARD, BRIGHTSPACE, GITHUB, FOLDERS), strict=True)
)


def placed(paths, layout, **kwargs):
    places = place_all(paths, layout, SLUGS, **kwargs)
    return {path: place and (place.learner.label, place.inner) for path, place in places.items()}


def one(path, layout):
    return place_all([path], layout, SLUGS)[path]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_platform_is_told_by_its_names(layout):
    assert find_layout(SAMPLES[layout], SLUGS) == layout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_platform_is_told_in_a_folder_around_everything_and_with_strays(layout):
    paths = [f"submissions/{path}" for path in SAMPLES[layout]]
    assert find_layout(paths, SLUGS) == layout
    assert find_layout([*paths, "notes.txt"], SLUGS) in (layout, "folders")
    assert find_layout([*SAMPLES[layout], "notes.txt"], SLUGS) == layout


def test_canvas_gives_letters_an_id_and_whether_it_is_late():
    late, plain, odd = (one(path, "canvas") for path in CANVAS)
    assert (late.learner.label, late.learner.ids) == ("lovelaceada", ("12345",))
    assert (late.inner, late.again, late.late) == ("stride-1.ipynb", "stride.ipynb", True)
    assert (plain.learner.name, plain.late) == ("obriensean", False)
    assert (odd.learner.ids, odd.inner) == (("12347",), "my_2_3_stride.ipynb")


def test_canvas_counts_what_is_handed_in_again():
    names = ["a_1_10_stride.ipynb", "a_1_12_stride-2.ipynb", "a_1_11_stride-10.ipynb"]
    places = [one(name, "canvas") for name in names]
    assert [place.attempt for place in places] == [(0, 10), (2, 12), (10, 11)]
    assert {place.again for place in places} == {"stride.ipynb"}


def test_canvas_may_hide_the_name():
    place = one("anon_x7Kp2_678901_stride.ipynb", "canvas")
    assert (place.learner.label, place.learner.name) == ("anon_x7Kp2", "")
    late = one("LATE_anon_x7Kp2_678901_stride.ipynb", "canvas")
    assert (late.learner, late.late) == (place.learner, True)


def test_canvas_gives_texts_and_links_as_pages():
    assert one("lovelaceada_12345_text.html", "canvas").inner == "text.html"
    assert one("lovelaceada_LATE_12345_link.html", "canvas").late


def test_moodle_gives_the_full_name_and_the_participants_number():
    ada, sean, jürgen, text = (one(path, "moodle") for path in MOODLE)
    assert (ada.learner.name, ada.learner.ids) == ("Ada Lovelace", ("1234567",))
    assert sean.inner == "src/stride.ipynb"
    assert jürgen.learner == text.learner
    assert text.inner == "onlinetext/onlinetext.html"


def test_moodle_without_folders_gives_the_same():
    flat = one("Ada Lovelace_1234567_assignsubmission_file_stride.ipynb", "moodle")
    assert flat == one(MOODLE[0], "moodle")


def test_moodle_may_hide_the_name():
    place = one("Participant_1234567_assignsubmission_file_/a.ipynb", "moodle")
    assert (place.learner.label, place.learner.name) == ("Participant 1234567", "")


def test_blackboard_gives_the_user_and_the_time():
    places = place_all(BLACKBOARD, "blackboard", SLUGS)
    labels = [place.learner.label for place in places.values()]
    assert labels == ["alovelace", "alovelace", "s_obrien", "s_obrien"]
    notebook, cover = list(places.values())[:2]
    assert (notebook.inner, notebook.when) == ("stride.ipynb", "2026-11-20 10:30:00")
    assert (notebook.cover, cover.cover) == (False, True)
    assert notebook.learner.ids == ("stride_alovelace", "alovelace")


def test_blackboard_users_that_end_alike_are_two():
    paths = [
        f"stride_{user}_attempt_2026-11-20-10-30-00_a.ipynb" for user in ("a_smith", "b_smith")
    ]
    assert len({place.learner for place in place_all(paths, "blackboard").values()}) == 2
    assert placed(paths, "blackboard")[paths[0]] == ("a_smith", "a.ipynb")


def test_one_users_name_on_blackboard_is_behind_the_last_underscore():
    place = one("batch_norm_alovelace_attempt_2026-11-20-10-30-00_a.ipynb", "blackboard")
    assert place.learner.label == "alovelace"


@pytest.mark.parametrize(
    ("when", "attempt"),
    [
        ("Nov 20, 2026 1030 AM", (2026, 11, 20, 10, 30)),
        ("Nov 20, 2026 1205 AM", (2026, 11, 20, 0, 5)),
        ("November 20, 2026 1205 PM", (2026, 11, 20, 12, 5)),
        ("20 November, 2026 1805", (2026, 11, 20, 18, 5)),
        ("Nov 20, 2026 10_30 PM", (2026, 11, 20, 22, 30)),
        ("Nov 20, 2026 905 PM", (2026, 11, 20, 21, 5)),
        ("20 listopada 2026 1030", ()),
        ("Feb 30, 2026 1030 AM", ()),
    ],
)
def test_brightspace_writes_the_time_in_words(when, attempt):
    place = one(f"12345-67890 - Ada Lovelace - {when}/stride.ipynb", "brightspace")
    assert (place.attempt, place.when) == (attempt, when)
    assert (place.learner.name, place.learner.ids) == ("Ada Lovelace", ("12345",))


def test_brightspace_names_with_hyphens_and_without_folders():
    place = one(BRIGHTSPACE[1], "brightspace")
    assert place.learner.name == "Sean O'Brien-Smith"
    flat = one("1-2 - Ada Lovelace - Nov 20, 2026 1030 AM - my - stride.ipynb", "brightspace")
    assert (flat.learner.name, flat.inner) == ("Ada Lovelace", "my - stride.ipynb")
    assert one("index.html", "brightspace").cover


def test_github_classroom_gives_the_user_behind_the_assignment():
    assert placed(GITHUB, "github")[GITHUB[0]] == ("alovelace-gh", "stride.ipynb")
    assert placed(GITHUB, "github")[GITHUB[3]] == ("s-obrien", "stride.ipynb")


def test_github_classroom_prefers_the_longest_assignment_that_fits_all():
    paths = ["batch-norm-conv-ada/a.ipynb", "batch-norm-conv-sean/a.ipynb"]
    assert placed(paths, "github")[paths[0]] == ("ada", "a.ipynb")
    paths = ["batch-norm-conv-ada/a.ipynb", "batch-norm-sean/a.ipynb"]
    assert placed(paths, "github")[paths[0]] == ("conv-ada", "a.ipynb")


def test_github_classroom_with_another_title_is_told_by_what_all_share():
    paths = ["homework-3-ada/a.ipynb", "homework-3-ada/.gitignore", "homework-3-adb/a.ipynb"]
    assert find_layout(paths, SLUGS) == "github"
    assert placed(paths, "github")[paths[0]] == ("ada", "a.ipynb")


def test_folders_give_one_learner_each():
    assert placed(FOLDERS, "folders") == {
        FOLDERS[0]: ("ada", "stride.ipynb"),
        FOLDERS[1]: ("sean", "batch_norm/batch_norm.ipynb"),
        FOLDERS[2]: ("grace", "grace.ipynb"),
    }


@pytest.mark.parametrize(
    ("paths", "learners"),
    [
        (["stride.ipynb"], ["me"]),
        (["stride.ipynb", "helper.py"], ["me", "me"]),
        (["ada.ipynb", "sean.ipynb"], ["ada", "sean"]),
        (["ada/stride.ipynb"], ["ada"]),
        (["ada/stride.ipynb", "ada/helper.py"], ["ada", "ada"]),
        (["all/ada.ipynb", "all/sean.ipynb"], ["ada", "sean"]),
        (["all/ada/a.ipynb", "all/sean/a.ipynb"], ["ada", "sean"]),
        (["submitted/ada/stride/a.ipynb", "submitted/sean/stride/a.ipynb"], ["ada", "sean"]),
        (["ada/stride/stride.ipynb"], ["ada"]),
        (["stride/stride.ipynb", "batch_norm/batch_norm.ipynb"], ["me", "me"]),
    ],
)
def test_a_plain_archive_is_read_as_its_folder_would_be(paths, learners):
    places = place_all(paths, "folders", SLUGS, stem="me")
    assert [places[path].learner.label for path in paths] == learners


def test_a_layout_can_be_forced():
    assert placed(["stray.ipynb", *CANVAS], "canvas")["stray.ipynb"] is None
    assert placed(CANVAS, "folders")[CANVAS[1]][0] == "obriensean_12346_678902_stride"
    assert set(placed(CANVAS, "moodle").values()) == {None}


@pytest.mark.parametrize("layout", ["canvas", "moodle", "blackboard", "brightspace"])
def test_a_file_name_cannot_pose_as_somebody_elses(layout):
    flat = {
        "canvas": "{}_12_34_{}",
        "moodle": "{}_12_assignsubmission_file_{}",
        "blackboard": "stride_{}_attempt_2026-11-20-10-30-00_{}",
        "brightspace": "12-34 - {} - Nov 20, 2026 1030 AM - {}",
    }[layout]
    place = one(flat.format("eve", flat.format("ada", "stride.ipynb")), layout)
    assert place.learner.label == "eve"
    assert place.inner == flat.format("ada", "stride.ipynb")


_NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(_NAMES, min_size=1, max_size=3).map("/".join), max_size=4), st.data())
def test_no_path_raises_and_none_is_lost(paths, data):
    layout = data.draw(st.sampled_from(LAYOUTS))
    assert find_layout(paths, SLUGS) in LAYOUTS
    assert set(place_all(paths, layout, SLUGS)) == set(paths)


@settings(max_examples=200, deadline=None)
@given(_NAMES.filter(lambda name: "_" not in name), st.integers(0, 10**9))
def test_any_name_comes_back_from_moodle(name, number):
    place = one(f"{name}_{number}_assignsubmission_file_/stride.ipynb", "moodle")
    assert place.learner.ids == (str(number),)
    assert place.learner.label.startswith(name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_long_hostile_name_is_seen_through_fast(layout):
    for part in ("_1", "_attempt_", " - 1 - ", "-", "_LATE_1_1", "a_1_assignsubmission_"):
        path = (part * 1000)[:1000]
        place_all([path, f"{path}/x"], layout, SLUGS)
