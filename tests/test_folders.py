"""Memories as Markdown files: edits come back, teams share them through git, nothing is written over."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_memory import Brain, Memory
from neural_memory.errors import InputError
from neural_memory.exchange import front_matter
from neural_memory.model import KINDS


@pytest.fixture
def person(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Brain]:
    """Opens the brain of somebody, always the same for a name."""

    def of(name: str) -> Brain:
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        (home / "config.json").write_text('{"embedder": "none"}')
        brain = Brain.open(home / "memory.db", source=name)
        request.addfinalizer(brain.close)
        return brain

    return of


def only(folder: Path, begins: str) -> Path:
    """The one file that begins so."""
    (found,) = folder.rglob(f"{begins}*.md")
    return found


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def facts(brain: Brain) -> list[Memory]:
    return sorted(brain.audit(limit=None).memories, key=lambda memory: memory.content)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=80)
MEMORY = st.fixed_dictionaries(
    {
        "content": st.one_of(TEXT, TEXT.map(lambda text: f"---\nid: mem_x\n---\n{text}")).filter(lambda t: t.strip()),
        "tags": st.lists(
            st.sampled_from(["yes", "12", "a: b", "- x", "#", "log in", "日本", "'q'", "[x]"]), max_size=4
        ),
        "importance": st.floats(0, 1),
        "kind": st.sampled_from(KINDS),
        "project": st.sampled_from([None, "shop", "../../x", "null", 'a"b']),
    }
)


@given(st.lists(MEMORY, min_size=1, max_size=5, unique_by=lambda m: m["content"]))
@settings(max_examples=50)
def test_a_folder_comes_back_as_it_was(items: list[dict[str, object]]) -> None:
    """Whatever texts, tags and projects there are; and importing it where it came from changes nothing."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("a", "b"):
            Path(place, name).mkdir()
            Path(place, name, "config.json").write_text('{"embedder": "none"}')
        with Brain.open(Path(place, "a", "memory.db")) as brain:
            brain.remember_many(items)
            with closing(sqlite3.connect(brain.path)) as plain, plain:
                plain.execute("UPDATE memories SET pinned = 1, valid_until = '2030-01-01T00:00:00Z' WHERE seq % 2")
            there = facts(brain)
            brain.export(Path(place, "md"), form="markdown")
            told = brain.import_from(Path(place, "md"))
            assert (told.known, told.refused) == (len(there), 0)
            assert facts(brain) == there
        with Brain.open(Path(place, "b", "memory.db")) as brain:
            told = brain.import_from(Path(place, "md"))
            assert told.new == len(there)
            assert [replace(m, trust="stored") for m in facts(brain)] == there


def test_line_ends_come_back_to_the_letter(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Those of the text are kept, also the last; those that an editor gave the whole file are not of the text."""
    texts = ["ends in a return\r", "lines\r\nof Windows\r\n", "\r\nbegins with one", "plain"]
    ada, bob, eve = (person(name) for name in ("ada", "bob", "eve"))
    for text in texts:
        ada.remember(text)
    ada.export(tmp_path / "shared", form="markdown")
    bob.import_from(tmp_path / "shared")
    assert {memory.content for memory in bob.audit().memories} == set(texts)
    for file in (tmp_path / "shared").rglob("*.md"):
        if "plain" not in file.read_text("utf-8"):
            file.unlink()
        else:
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    eve.import_from(tmp_path / "shared")
    assert [memory.content for memory in eve.audit().memories] == ["plain"]


def test_an_edited_file_revises_its_memory(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Text and front matter; a new file becomes a memory, and when it is edited again, that memory is revised."""
    brain = person("ann")
    memory = brain.remember("Deploys run at noon", tags=["ops"], importance=0.4)
    brain.export(tmp_path / "md", form="markdown")
    edit(only(tmp_path / "md", "deploys"), "noon", "night")
    edit(only(tmp_path / "md", "deploys"), "tags:\n  - ops\n", "")
    (tmp_path / "md" / "Caching.md").write_text("---\ntags: [cache, db]\n---\nRedis is the cache\n")
    told = brain.import_from(tmp_path / "md")
    assert (told.new, told.revised) == (1, 1)
    assert brain.get(memory.id).content == "Deploys run at night"
    assert brain.get(memory.id).tags == ()
    edit(tmp_path / "md" / "Caching.md", "Redis", "Valkey")
    os.utime(tmp_path / "md" / "Caching.md", (1, 1))
    told = brain.import_from(tmp_path / "md")
    assert (told.new, told.revised, told.known) == (0, 1, 1)
    assert {(m.content, m.tags) for m in facts(brain)} == {
        ("Deploys run at night", ()), ("Valkey is the cache", ("cache", "db")),
    }  # fmt: skip
    brain.undo(2)
    assert [m.content for m in facts(brain)] == ["Deploys run at noon"]


def test_a_deleted_file_is_only_reported(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Its memory stays, named so that one can forget it."""
    brain = person("ann")
    memory = brain.remember("Deploys run at noon")
    brain.export(tmp_path / "md", form="markdown")
    only(tmp_path / "md", "deploys").unlink()
    told = brain.import_from(tmp_path / "md")
    assert told.missing == 1
    assert told.named["missing"][0][0] == memory.id
    assert len(facts(brain)) == 1


def test_an_export_writes_over_nobodys_words(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """A file that was edited and not imported stays; names stay although texts change; what was forgotten goes."""
    brain = person("ann")
    kept, gone = brain.remember("Deploys run at noon"), brain.remember("Redis is the cache")
    brain.export(tmp_path / "md", form="markdown")
    file = only(tmp_path / "md", "deploys")
    edit(file, "noon", "night")
    brain.revise(kept.id, content="Releases happen at noon")
    brain.forget([gone.id])
    told = brain.export(tmp_path / "md", form="markdown")
    assert [Path(name).name for name in told.kept] == [file.name]
    assert [Path(name).name[:5] for name in told.removed] == ["redis"]
    assert "night" in file.read_text()
    told = brain.import_from(tmp_path / "md")
    assert (told.conflicts, brain.get(kept.id).content) == (1, "Releases happen at noon")
    assert brain.import_from(tmp_path / "md", theirs=True).revised == 1
    assert brain.get(kept.id).content == "Deploys run at night"


def test_of_several_conflicts_one_can_be_taken_over(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """By its id; the others stay as they are here, what was forgotten stays forgotten, unless it is named, too."""
    brain = person("ann")
    kept, taken, gone = (
        brain.remember(text) for text in ("Deploys run at noon", "Redis is here", "Zookeeper is there")
    )
    brain.export(tmp_path / "md", form="markdown")
    for one, name, was in ((kept, "deploys", "noon"), (taken, "redis", "here")):
        edit(only(tmp_path / "md", name), was, "over there")
        brain.revise(one.id, content=f"{one.content}, they say")
    brain.forget([gone.id])
    told = brain.import_from(tmp_path / "md", theirs=[taken.id])
    assert (told.conflicts, told.revised, told.forgotten) == (1, 1, 1)
    assert "over there" in brain.get(taken.id).content
    assert brain.get(kept.id).content == "Deploys run at noon, they say"
    assert brain.import_from(tmp_path / "md", theirs=[gone.id]).new == 1
    assert brain.get(gone.id).content == "Zookeeper is there"


def test_files_link_to_their_neighbours(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """As Obsidian follows them: by the name of the file."""
    brain = person("ann")
    brain.remember("The checkout talks to Stripe over webhooks")
    brain.remember("Stripe webhooks are retried for three days")
    brain.export(tmp_path / "md", form="markdown")
    assert f"[[{only(tmp_path / 'md', 'stripe').stem}]]" in only(tmp_path / "md", "the-checkout").read_text()


def test_a_team_shares_through_git(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Same ids on both sides, repeated imports change nothing, each takes over what the other changed."""
    ann, bob, folder = person("ann"), person("bob"), tmp_path / "repo"
    fact = ann.remember("The API uses port 8080", project="shop", tags=["api"])
    ann.remember("I like tea")
    told = ann.export(folder, form="sharing", project="shop")
    assert told.memories == 1
    assert bob.import_from(folder).new == 1
    assert bob.import_from(folder).known == 1
    theirs = bob.get(fact.id)
    assert (theirs.content, theirs.source, theirs.trust, theirs.session) == (fact.content, "ann", "imported", None)

    bob.revise(fact.id, content="The API uses port 9090")
    bob.remember("The API speaks JSON", project="shop")
    assert bob.export(folder, form="sharing", project="shop").kept == ()
    told = ann.import_from(folder)
    assert (told.new, told.revised, told.conflicts) == (1, 1, 0)
    assert ann.get(fact.id).content == "The API uses port 9090"
    assert ann.get(fact.id).trust == "stored"

    ann.revise(fact.id, tags=["api", "port"])
    bob.revise(fact.id, content="The API uses port 7070")
    bob.export(folder, form="sharing", project="shop")
    told = ann.import_from(folder)
    assert (told.conflicts, told.revised) == (1, 0)
    assert ann.get(fact.id).content == "The API uses port 9090"


def test_a_shared_file_is_the_same_for_everybody(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Byte for byte, so that git shows only what was changed; sorted names, a newline at the end, nothing personal."""
    ann, bob = person("ann"), person("bob")
    ann.session = "3f2c8a54"
    fact = ann.remember("The API uses port 8080", project="shop", tags=["api"])
    ann.recall("port")
    ann.export(tmp_path / "repo", form="sharing", project="shop")
    file = only(tmp_path / "repo", "the-api")
    before = file.read_bytes()
    bob.import_from(tmp_path / "repo")
    bob.remember("Another fact about the API and its port", project="shop")
    bob.export(tmp_path / "repo", form="sharing", project="shop")
    assert file.read_bytes() == before
    assert b"3f2c8a54" not in before
    assert before.endswith(b"8080\n")
    values, _ = front_matter.split(before.decode())
    assert list(values) == sorted(values)
    assert values["id"] == fact.id


def test_merges_of_different_changes_are_clean(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Two people change different memories of the same folder; git merges them, and both come in."""

    def git(*words: str) -> str:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", "-C", repo, *who, *words], capture_output=True, text=True, check=True)
        return done.stdout

    ann, bob, repo = person("ann"), person("bob"), tmp_path / "repo"
    port = ann.remember("The API uses port 8080", project="shop")
    color = ann.remember("The shop is blue", project="shop")
    ann.export(repo, form="sharing", project="shop")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "memories")
    bob.import_from(repo)
    git("checkout", "-qb", "bob")
    bob.revise(port.id, content="The API uses port 9090")
    bob.export(repo, form="sharing", project="shop")
    assert git("diff", "--stat").count("|") == 1
    git("commit", "-qam", "port")
    git("checkout", "-q", "main")
    ann.revise(color.id, content="The shop is green")
    ann.export(repo, form="sharing", project="shop")
    git("commit", "-qam", "color")
    git("merge", "-q", "bob")
    assert ann.import_from(repo).revised == 1
    assert bob.import_from(repo).revised == 1
    assert [m.content for m in facts(ann)] == [m.content for m in facts(bob)]


def test_secrets_are_not_shared(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """They are named by kind, and the rest is written."""
    brain = person("ann")
    secret = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    brain.remember(f"the token is {secret}", project="shop", secrets="keep")
    brain.remember("The shop is blue", project="shop")
    told = brain.export(tmp_path / "repo", form="sharing", project="shop")
    assert (told.memories, len(told.held)) == (1, 1)
    assert not any(secret in file.read_text() for file in (tmp_path / "repo").rglob("*.md"))


def test_a_secret_that_was_let_in_is_known_when_it_comes_back(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """A folder of one's own holds what was kept on purpose; reading it again holds nothing back."""
    brain = person("ann")
    brain.remember("the token is ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a", secrets="keep")
    brain.export(tmp_path / "md", form="markdown")
    told = brain.import_from(tmp_path / "md")
    assert (told.known, told.held) == (1, 0)


def test_sharing_needs_a_choice(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Nobody shares their own preferences by accident."""
    with pytest.raises(InputError, match="what is to be shared"):
        person("ann").export(tmp_path / "repo", form="sharing")


def test_other_peoples_folders_are_left_alone(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """A folder that holds something else is used only when that is said, and then nothing in it is touched."""
    brain = person("ann")
    brain.remember("The shop is blue")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.md").write_text("mine")
    with pytest.raises(InputError, match="--force"):
        brain.export(tmp_path / "notes", form="markdown")
    brain.export(tmp_path / "notes", form="markdown", force=True)
    assert (tmp_path / "notes" / "mine.md").read_text() == "mine"


def test_nothing_outside_the_folder_is_read_or_written(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Links are not followed, neither in nor out, and names cannot climb."""
    brain = person("ann")
    brain.remember("The shop is blue", project="../../escape")
    brain.export(tmp_path / "md", form="markdown")
    assert {path.parent.name for path in (tmp_path / "md").rglob("*.md")} == {"escape"}
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("a secret place")
    (tmp_path / "md" / "link.md").symlink_to(outside / "secret.md")
    (tmp_path / "md" / "linked").symlink_to(outside)
    os.mkfifo(tmp_path / "md" / "pipe.md")
    (tmp_path / "md" / "nul.md").write_bytes(b"a\x00b")
    (tmp_path / "md" / "big.md").write_bytes(b"a" * 2_000_000)
    told = brain.import_from(tmp_path / "md")
    assert (told.new, told.known, told.refused) == (0, 1, 2)
    brain.remember("The web is red", project="linked")
    with pytest.raises(InputError, match="link to elsewhere"):
        brain.export(tmp_path / "md", form="markdown")
    assert sorted(path.name for path in outside.iterdir()) == ["secret.md"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("---\ntitle: A b\ntags: [x, \"y z\"]\n---\nbody", {"title": "A b", "tags": ["x", "y z"]}),
        ("---\r\ntags:\r\n- x\r\n- 'it''s'\r\n---\r\nbody", {"tags": ["x", "it's"]}),
        ("---\na: 1\nb: 0.5 # half\nc: true\nd: ~\ne: |\n  one\n  two\n---\nbody",
         {"a": 1, "b": 0.5, "c": True, "d": None, "e": "one\ntwo"}),
        ("---\nnot closed\nbody", {}),
        ("# no front matter\n---\n", {}),
        ("---\nmap:\n  deep: 1\nlast: x\n---\nbody", {"map": None, "last": "x"}),
    ],
)  # fmt: skip
def test_front_matter_is_read_as_people_write_it(text: str, values: dict[str, object]) -> None:
    """Lists in both ways, quotes, numbers, blocks; without one, all of it is the text."""
    found, body = front_matter.split(text)
    assert found == values
    assert body == ("body" if found else text)


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("exported_again", [False, True])
def test_what_was_forgotten_does_not_come_back_from_a_folder(
    person: Callable[[str], Brain], tmp_path: Path, for_good: bool, exported_again: bool
) -> None:
    """Its file may still be there: it is named, and comes back only when that is asked for."""
    brain = person("ann")
    gone = brain.remember("Redis is the cache")
    brain.remember("Deploys run at noon")
    brain.export(tmp_path / "md", form="markdown")
    file = only(tmp_path / "md", "redis")
    text = file.read_text()
    brain.forget([gone.id], for_good=for_good)
    if exported_again:
        brain.export(tmp_path / "md", form="markdown")
        file.write_text(text)
    told = brain.import_from(tmp_path / "md")
    assert (told.new, told.forgotten, told.named["forgotten"][0][1]) == (0, 1, gone.id)
    assert brain.recall("Redis cache") == []
    assert brain.import_from(tmp_path / "md", theirs=True).new == 1


def test_an_import_that_was_undone_can_be_made_again(person: Callable[[str], Brain], tmp_path: Path) -> None:
    """Taking an import back is not forgetting."""
    ann, bob = person("ann"), person("bob")
    ann.remember("Redis is the cache")
    ann.export(tmp_path / "md", form="markdown")
    assert bob.import_from(tmp_path / "md").new == 1
    bob.undo()
    assert bob.import_from(tmp_path / "md").new == 1
