"""A listener changes their taste profile from the command line: one process makes the edit, the next ones obey it."""

import pytest


@pytest.fixture(scope="module")
def user(trained, world_store):
    return str(next(iter(world_store.read("read/export_played")))["source"])


def items(phonograph, user):
    answer = phonograph("recommend", user, "-n", "10", "--json").answer
    return [[item["track"]["id"], item["score"], item["contributions"]] for item in answer["items"]]


def test_an_edit_by_one_process_is_obeyed_by_the_next_and_taken_back_by_another(phonograph, user):
    before = items(phonograph, user)
    track = before[0][0]
    previewed = phonograph("profile", "preview", user, "mute", track, "-n", "10", "--json").answer
    gone = [change["track"]["id"] for change in previewed["changes"] if change["after"] is None]
    assert track in gone
    assert phonograph("profile", "edit", user, "mute", track, "--json").answer["edit"]["number"] == 1
    after = [id for id, *_ in items(phonograph, user)]
    assert set(gone) == {id for id, *_ in before} - set(after)
    told = phonograph("profile", "show", user, "--json").answer
    assert [edit["target"] for edit in told["edits"]] == [track]
    exported = phonograph("export", "user", user).out
    assert '"type": "edited"' in exported
    assert track in exported
    phonograph("profile", "undo", user, "--json").answer  # noqa: B018  # that it succeeded
    assert items(phonograph, user) == before
    assert phonograph("profile", "edit", user, "mute", "nothing").complaint.startswith("there is no track, artist or")
