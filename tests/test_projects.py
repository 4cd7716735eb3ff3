"""Does a memory belong to the right project, and is a project known again wherever it is?  Real repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain, Memory, Recollection, project
from neural_memory.errors import InputError, NotFoundError
from neural_memory.project import Found, detect, normalised
from neural_memory.recall.elsewhere import FARTHER, weighed
from neural_memory.recall.fuse import GOOD

Git = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here projects are detected; nothing of the surroundings counts."""
    for name in (project.VARIABLE, "CLAUDE_PROJECT_DIR", "GEMINI_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git in a folder, which is made if need be."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "tests")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tests@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def run(folder: Path, *arguments: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
        return folder

    return run


def repository(git: Git, folder: Path, remote: str | None = None) -> Path:
    git(folder, "init")
    git(folder, "commit", "--allow-empty", "-m", "first")
    if remote:
        git(folder, "remote", "add", "origin", remote)
    return folder


def called(brain_path: Path, folder: Path) -> str | None:
    """What a session in this folder would call its project, after it stored something."""
    with Brain.open(brain_path, project=detect(str(folder), {})) as brain:
        return brain.remember(f"The notes of {folder}").project


# ---- which project is it?


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:Acme/Shop.git",
        "ssh://git@github.com/acme/shop",
        "ssh://git@ssh.github.com:443/acme/shop.git",
        "https://github.com/acme/shop.git/",
        "https://me:secret@GitHub.com:443/acme/shop",
        "git://github.com/acme//shop.git",
    ],
)
def test_one_remote_is_written_in_many_ways(url: str) -> None:
    """User, password, scheme, default port, `.git` and the host's case do not make another project."""
    assert normalised(url) == "github.com/acme/shop"


def test_remotes_that_differ_stay_apart() -> None:
    """Another owner, host or web port is another project; a password never becomes part of a place."""
    urls = ["https://github.com/other/shop", "git@example.com:acme/shop", "http://example.com:3000/acme/shop"]
    assert len({normalised(url) for url in [*urls, "git@github.com:acme/shop"]}) == 4
    assert normalised("git@ssh.dev.azure.com:v3/org/proj/app") == normalised("https://dev.azure.com/org/proj/_git/app")
    assert "secret" not in str(normalised("https://me:secret@example.com/a/b"))
    assert normalised("/srv/git/shop.git") is None
    assert normalised("C:\\git\\shop") is None


def test_clones_and_work_trees_are_one_project(git: Git, tmp_path: Path, path: Path) -> None:
    """Two clones over different protocols, a linked work tree and a folder deep inside are all the same project."""
    one = repository(git, tmp_path / "one" / "shop", "git@github.com:acme/shop.git")
    two = repository(git, tmp_path / "two" / "shop-again", "https://github.com/acme/shop")
    git(one, "worktree", "add", str(tmp_path / "trees" / "feature"))
    (one / "src" / "deep").mkdir(parents=True)
    folders = [one, two, tmp_path / "trees" / "feature", one / "src" / "deep"]
    assert {called(path, folder) for folder in folders} == {"shop"}


def test_a_clone_of_a_folder_is_its_project(git: Git, tmp_path: Path, path: Path) -> None:
    """A remote that is a folder on this machine is followed, also to a bare repository and its work trees."""
    origin = repository(git, tmp_path / "origin")
    git(tmp_path, "clone", str(origin), "copy")
    assert called(path, tmp_path / "copy") == called(path, origin) == "origin"
    git(tmp_path, "clone", "--bare", str(repository(git, tmp_path / "other")), "store.git")
    git(tmp_path / "store.git", "remote", "remove", "origin")
    git(tmp_path / "store.git", "worktree", "add", str(tmp_path / "tree"))
    git(tmp_path, "clone", "store.git", "from-bare")
    assert called(path, tmp_path / "tree") == called(path, tmp_path / "from-bare") == "store"


def test_a_repository_stays_itself_when_it_is_renamed_or_gets_a_remote(git: Git, tmp_path: Path, path: Path) -> None:
    """Without a remote it is known by when it was made; a remote that is added or changed later changes nothing."""
    folder = repository(git, tmp_path / "draft")
    assert called(path, folder) == "draft"
    moved = folder.rename(tmp_path / "product")
    assert called(path, moved) == "draft"
    git(moved, "remote", "add", "origin", "git@github.com:acme/product.git")
    assert called(path, moved) == "draft"
    assert called(path, repository(git, tmp_path / "elsewhere", "https://github.com/acme/product")) == "draft"
    git(moved, "remote", "set-url", "origin", "git@github.com:acme/renamed.git")
    assert called(path, moved) == "draft"


def test_another_repository_in_the_same_folder_is_another_project(git: Git, tmp_path: Path, path: Path) -> None:
    """Where a repository was is not what it is."""
    folder = repository(git, tmp_path / "scratch", "git@github.com:acme/one.git")
    assert called(path, folder) == "one"
    shutil.rmtree(folder)
    assert called(path, repository(git, folder, "git@github.com:acme/two.git")) == "two"


def test_a_folder_becomes_a_repository_and_stays_the_project(
    git: Git, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored before `git init` belongs to the same project afterwards, wherever it goes from there."""
    monkeypatch.setattr(project, "_TEMPORARY", ())
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    folder = tmp_path / "notes"
    folder.mkdir()
    assert detect(str(folder), {}) is None
    (folder / "pyproject.toml").touch()
    assert called(path, folder) == "notes"
    repository(git, folder)
    assert called(path, folder) == "notes"
    assert called(path, folder.rename(tmp_path / "book")) == "notes"


def test_two_projects_of_one_name_are_told_apart(git: Git, tmp_path: Path, path: Path) -> None:
    """The second one is called by a longer name."""
    assert called(path, repository(git, tmp_path / "a" / "shop", "git@github.com:acme/shop.git")) == "shop"
    assert called(path, repository(git, tmp_path / "b" / "shop", "git@github.com:other/shop.git")) == "other/shop"
    assert called(path, repository(git, tmp_path / "c" / "shop", "git@example.com:other/shop.git")) == "shop 2"


def test_the_name_of_ones_own_folder_may_be_that_of_another_project(git: Git, tmp_path: Path, path: Path) -> None:
    """Who asks by it hears, once, which project it stands for and what the present one is called."""
    first = repository(git, tmp_path / "a" / "shop", "git@example.com:a/shop")
    second = repository(git, tmp_path / "b" / "shop", "git@example.com:b/shop")
    assert (called(path, first), called(path, second)) == ("shop", "b/shop")
    with Brain.open(path, project=detect(str(second), {})) as brain:
        assert [hit.memory.project for hit in brain.recall("notes", project="Shop")] == ["shop"]
        [told] = brain.notices()
        assert told.startswith("'shop' is another project") and "called 'b/shop'" in told
        for name in (".", "b/shop"):
            assert [hit.memory.project for hit in brain.recall("notes", project=name)] == ["b/shop"]
        assert brain.notices() == []
    with Brain.open(path, project=detect(str(first), {})) as brain:
        assert brain.recall("notes", project="shop")
        assert brain.notices() == []


def test_a_name_that_half_the_world_uses_stands_behind_its_owner(git: Git, tmp_path: Path, path: Path) -> None:
    """ "api" alone says nothing; a repository that was known by it before keeps it, and who says it is helped."""
    place = "remote:github.com/acme/core"
    with Brain.open(path, project=Found(("core",), (place,))) as brain:
        brain.remember("The port is 8080")
    assert called(path, repository(git, tmp_path / "core", "git@github.com:acme/core.git")) == "core"
    assert called(path, repository(git, tmp_path / "api", "git@github.com:Harborline/api.git")) == "Harborline/api"
    assert called(path, repository(git, tmp_path / "web", None)) == "web", "without a remote it has no owner"
    with Brain.open(path) as brain, pytest.raises(InputError, match="did you mean 'Harborline/api'"):
        brain.audit(project="api")


def test_home_root_and_temporary_folders_are_no_projects(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when somebody keeps the home in git, or a client names one of them as its project."""
    home = repository(git, tmp_path / "me")
    (home / "stuff").mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp" / "work").mkdir(parents=True)
    for folder in ("/", str(home), str(home / "stuff"), str(tmp_path), str(tmp_path / "tmp" / "work")):
        assert detect(folder, {}) is None
        assert detect("/", {"CLAUDE_PROJECT_DIR": folder}) is None or folder == str(home / "stuff")


def test_the_client_says_where_and_a_variable_says_what(git: Git, tmp_path: Path) -> None:
    """CLAUDE_PROJECT_DIR goes before the working directory, and NEURAL_MEMORY_PROJECT before everything."""
    one, two = repository(git, tmp_path / "one"), repository(git, tmp_path / "two")
    found = detect(str(one), {"CLAUDE_PROJECT_DIR": str(two)})
    assert found is not None
    assert found.names[0] == "two"
    named = detect(str(one), {"NEURAL_MEMORY_PROJECT": "Web shop"})
    assert named is not None
    assert named.names == ("Web shop",)
    assert detect(str(one), {"NEURAL_MEMORY_PROJECT": "none"}) is None


def test_a_broken_repository_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Dangling links, binary rubbish and cycles where git's files should be are as good as no git."""
    for number, (name, data) in enumerate({"file": b"gitdir: ../nowhere", "noise": b"\xff\x00", "empty": b""}.items()):
        folder = tmp_path / name
        folder.mkdir()
        (folder / ".git").write_bytes(data)
        assert detect(str(folder), {}) is None, number
    loop = tmp_path / "loop"
    (loop / ".git").mkdir(parents=True)
    (loop / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (loop / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {loop}\n')
    found = detect(str(loop), {})
    assert found is not None
    assert found.names[0] == "loop"


# ---- what belongs to it?


def test_without_a_project_all_stays_for_everywhere(brain: Brain) -> None:
    """No project known: nothing belongs to one, and nothing changes."""
    assert brain.remember("The port is 8080").project is None
    assert brain.project is None
    assert brain.overview().project is None


def test_a_memory_belongs_to_the_project_it_was_stored_in(path: Path) -> None:
    """Preferences hold everywhere, and so does what the caller says so; a name goes before the present project."""
    with Brain.open(path, project="shop") as brain:
        assert brain.remember("The port is 8080").project == "shop"
        assert brain.remember("I prefer tabs over spaces").project is None
        assert brain.remember("I prefer two spaces here", project=".").project == "shop"
        assert brain.remember("The VPN is called harbor", project="everywhere").project is None
        assert brain.remember("The other port is 9090", project="api").project == "api"
        assert brain.remember_many(["The queue is RabbitMQ", "I prefer short names"]) == 2
        assert brain.audit(project=".").total == 3
        assert brain.audit(project="everywhere").total == 3
        assert brain.overview().project == "shop"


def test_a_preference_that_goes_to_every_project_says_so(
    git: Git, tmp_path: Path, home: Path, talk: Callable[..., list[Any]]
) -> None:
    """With the way to keep it to this one; not where no project is known, or where somebody said which."""
    shop = repository(git, tmp_path / "shop")
    told, named = talk(
        {"CLAUDE_PROJECT_DIR": str(shop)},
        ("remember", {"content": "I prefer tabs over spaces"}),
        ("remember", {"content": "I prefer short names", "project": "everywhere"}),
    )
    id = told.split("[")[1].split("]")[0]
    assert f'it holds in every project. revise(id="{id}", project=".") keeps it to this one.' in told
    assert "every project" not in named
    assert "every project" not in command(home.parent.parent, "remember", "I prefer long lines").stdout
    said = command(shop, "remember", "I prefer early returns").stdout
    assert "move mem_" in said
    assert "--to . keeps it to this one." in said


def test_the_setting_switches_projects_off(path: Path) -> None:
    """With projects false everything is for everywhere, as before."""
    (path.parent / "config.json").write_text('{"projects": false}')
    with Brain.open(path, project="shop") as brain:
        assert brain.remember("The port is 8080").project is None
        assert brain.project is None


def test_recall_prefers_the_present_project(path: Path, said: Callable[..., list[str]]) -> None:
    """The same fact of this project comes first; another project's comes after it and says where it is from."""
    with Brain.open(path) as brain:
        brain.remember("The staging database listens on port 5555", project="api")
        brain.remember("The staging database listens on port 6666", project="shop")
        brain.remember("Databases are backed up every night")
    for here, first in (("shop", "6666"), ("api", "5555")):
        with Brain.open(path, project=here) as brain:
            hits = brain.recall("Which port does the staging database listen on?")
            assert first in hits[0].memory.content
            others = [hit for hit in hits if hit.memory.project not in (None, here)]
            assert all("of project" in hit.reason for hit in others)
            only = brain.recall("Which port does the staging database listen on?", project=".")
            assert {hit.memory.project for hit in only} <= {None, here}


def test_what_only_touches_the_question_stays_in_its_own_project() -> None:
    """Of another project only what answers by itself, and well, with less score and its name; unless it is named."""

    def hit(project: str | None, score: float, direct: bool = True) -> tuple[int, Recollection]:
        memory = Memory("mem_x", "text", "2026-01-01T00:00:00Z", project=project)
        return 1, Recollection(memory, score, direct, "words: text")

    hits = [hit("api", 0.9), hit("api", GOOD), hit("api", GOOD - 0.01), hit("api", 0.9, direct=False)]
    hits += [hit("shop", 0.8), hit("shop", 0.1), hit(None, 0.05, direct=False)]
    found = [(each.memory.project, each.score) for _, each in weighed(hits, "shop", "what is it?")]
    api, weak = round(0.9 * FARTHER, 4), round(GOOD * FARTHER, 4)
    assert found == [("shop", 0.8), ("api", api), ("api", weak), ("shop", 0.1), (None, 0.05)]
    reasons = {each.memory.project: each.reason for _, each in weighed(hits, "shop", "what is it?")}
    assert reasons["api"] == "words: text; of project api"
    for here, question in ((None, "what is it?"), ("shop", "what is it in API?")):
        assert len(weighed(hits, here, question)) == len(hits)


def test_a_project_is_meant_however_its_name_is_written(path: Path) -> None:
    """Upper and lower case do not make two projects; an unknown one is a new one."""
    with Brain.open(path, project=Found(("Shop",), ("remote:example.com/shop",))) as brain:
        brain.remember("The port is 8080")
        assert brain.remember("The host is harbor", project="shop").project == "Shop"
        assert brain.forget(project="SHOP", dry_run=True).memories
        assert {one.name: one.memories for one in brain.projects()} == {"Shop": 2}


def test_forgetting_by_project_takes_only_its_memories(path: Path) -> None:
    """A filter by project combines with the others."""
    with Brain.open(path, project="shop") as brain:
        brain.remember("temporary: the port is 8080")
        brain.remember("temporary: the port is 9090", project="api")
        gone = brain.forget(mentions="temporary", project=".").memories
        assert [memory.project for memory in gone] == ["shop"]
        assert brain.audit().total == 1


def test_memories_move_between_projects_and_back(path: Path) -> None:
    """As one step that undo takes back; an unknown id moves nothing."""
    with Brain.open(path, project="shop") as brain:
        ids = [brain.remember(text).id for text in ("The port is 8080", "The host is harbor")]
        with pytest.raises(NotFoundError):
            brain.move([*ids, "mem_nobody"], "api")
        assert brain.audit(project="shop").total == 2
        assert [memory.project for memory in brain.move(ids, "api")] == ["api", "api"]
        assert brain.recall("port", project="api")
        brain.undo()
        assert brain.audit(project="shop").total == 2
        assert [memory.project for memory in brain.move(ids, "everywhere")] == [None, None]
        assert brain.revise(ids[0], project=".").project == "shop"
        assert brain.revise(ids[0], project="everywhere").project is None


def test_dots_need_a_project(brain: Brain) -> None:
    """Where none is known, "." is an error that says so."""
    with pytest.raises(InputError, match="no project is known here"):
        brain.audit(project=".")


def test_a_renamed_project_keeps_its_memories_and_its_places(path: Path) -> None:
    """Sessions in its folders use the new name, and whoever says the old one is still understood."""
    shop = Found(("shop",), ("remote:example.com/shop",))
    with Brain.open(path, project=shop) as brain:
        memory = brain.remember("The port is 8080")
        brain.remember("The host is harbor", project="api")
        assert brain.rename_project("shop", "web shop") == 1
        assert brain.get(memory.id).project == "web shop"
        assert brain.project == "web shop"
        assert brain.remember("The port is 8080").created is False
        assert brain.audit(project="shop").total == 1
        with pytest.raises(InputError, match="merge"):
            brain.rename_project("api", "web shop")
        with pytest.raises(NotFoundError):
            brain.rename_project("nobody", "somebody")
        assert brain.rename_project("api", "web shop", merge=True) == 1
        assert [one.name for one in brain.projects()] == ["web shop"]
        assert brain.rename_project("web shop", "shop") == 2
        assert brain.project == "shop"


def test_what_a_project_got_after_it_was_renamed_goes_with_it(path: Path) -> None:
    """A clone that was learned since, and what was stored there, have the old name again, and by redo the new one."""
    remote = "remote:github.com/acme/shop"
    with Brain.open(path, project=Found(("shop",), (remote, "root:/a"))) as brain:
        first = brain.remember("The queue is Kafka")
        brain.rename_project("shop", "store")
        step = brain.log(1)[0].step
    with Brain.open(path, project=Found(("shop",), (remote, "root:/b"))) as clone:
        second = clone.remember("The cache is Redis")
        assert clone.get(second.id).project == "store"
        clone.undo(step=step)
        assert {clone.get(each.id).project for each in (first, second)} == {"shop"}
        assert [(one.name, one.places) for one in clone.projects()] == [("shop", (remote, "root:/a", "root:/b"))]
        clone.redo()
        assert {clone.get(each.id).project for each in (first, second)} == {"store"}
        assert {one.name for one in clone.projects()} == {"store"}


def test_a_project_does_not_take_its_old_name_back_from_another_one(path: Path) -> None:
    """A repository that was called so since keeps the name, and the two do not become one."""
    with Brain.open(path, project=Found(("shop",), ("remote:github.com/acme/shop",))) as brain:
        brain.remember("The queue is Kafka")
        brain.rename_project("shop", "store")
        step = brain.log(1)[0].step
    with Brain.open(path, project=Found(("shop",), ("remote:github.com/other/shop",))) as other:
        assert other.remember("The cache is Redis").project == "shop"
        with pytest.raises(InputError, match="another project is called 'shop' by now"):
            other.undo(step=step)
        assert {one.name for one in other.projects()} == {"shop", "store"}


def test_a_renamed_project_is_taken_back_by_undo(path: Path) -> None:
    """Memories, places and names as before, a merge apart again; done again by redo; the log says what was renamed."""
    shop = Found(("shop",), ("remote:example.com/shop",))
    with Brain.open(path, project=shop) as brain:
        memory = brain.remember("The port is 8080")
        other = brain.remember("The host is harbor", project="api")
        before = brain.projects()
        brain.rename_project("api", "shop", merge=True)
        assert [(step.action, step.memories, step.renamed) for step in brain.log(1)] == [("rename", 1, ("api", "shop"))]
        (undone,) = brain.undo()
        assert (undone.renamed, [one.id for one in undone.memories]) == (("api", "shop"), [other.id])
        assert brain.projects() == before
        assert brain.audit(project="api").total == 1
        brain.rename_project("shop", "web shop")
        brain.undo()
        assert brain.project == "shop"
        brain.redo()
        assert brain.project == brain.get(memory.id).project == "web shop"
        assert brain.audit(project="shop").total == 1
        assert brain.history(memory.id).changes[-1].action == "redo"


# ---- a name that is mistyped


def test_a_mistyped_project_is_noticed_where_something_is_looked_for(path: Path, tmp_path: Path) -> None:
    """Reading, filtering and exporting name the one that may be meant; nothing is changed, nothing written."""
    with Brain.open(path, project="shop") as brain:
        memory = brain.remember("The port is 8080", project="quillmark")
        deeds: list[Callable[[], object]] = [
            lambda: brain.recall("port", project="quilmark"),
            lambda: brain.audit(project="quilmark"),
            lambda: brain.audit(project="quilmark", as_of="2026-01-01"),
            lambda: brain.forget(project="quilmark"),
            lambda: brain.forget(project="quilmark", for_good=True),
            lambda: brain.revise_kinds("insight", project="quilmark"),
            lambda: brain.export(tmp_path / "out.jsonl", project="quilmark"),
        ]
        for deed in deeds:
            with pytest.raises(InputError, match=r"no project 'quilmark'; did you mean 'quillmark'\?$"):
                deed()
        assert not (tmp_path / "out.jsonl").exists()
        assert brain.get(memory.id).kind == "fact"
        with pytest.raises(InputError, match=r"no project 'else'; there is 'quillmark'$"):
            brain.audit(project="else")
        assert brain.audit(project="shop").total == 0, "the present one is known, though nothing is stored for it"
        assert brain.audit(project="QUILLMARK").total == 1
        brain.remember("The host is harbor", project="else")
        with pytest.raises(InputError, match=r"did you mean 'quillmark'\? There is also 'else'$"):
            brain.audit(project="quilmark")


def test_an_audit_of_the_past_knows_the_projects_of_then(path: Path, plain: Callable[[str], list[Any]]) -> None:
    """Also one whose memories are all forgotten; a question about now does not."""
    with Brain.open(path) as brain:
        brain.remember("The port is 8080", project="quillmark", timestamp="2026-01-01")
        plain("UPDATE journal SET at = '2026-01-01T00:00:00Z'")
        brain.forget(project="quillmark")
        assert brain.audit(project="quillmark", as_of="2026-01-02").total == 1
    with Brain.open(path) as brain, pytest.raises(InputError, match="no memory belongs to a project yet"):
        brain.recall("port", project="quillmark")


def test_a_new_project_may_be_named_and_is_told(path: Path) -> None:
    """Storing, revising and moving make it known that the name is new, and which one may have been meant, once."""
    with Brain.open(path, project="shop") as brain:
        first = brain.remember("The port is 8080", project="quillmark")
        assert brain.notices() == ["'quillmark' is a new project"]
        assert brain.remember("The host is harbor", project="shop").project == "shop"
        assert brain.remember("The queue is RabbitMQ", project="QuillMark").project == "quillmark"
        assert brain.notices() == []
        told = "'quilmark' is a new project; if 'quillmark' was meant, move it there"
        brain.remember("The cache is Redis", project="quilmark")
        assert brain.notices() == [told]
        brain.undo()
        brain.revise(first.id, project="quilmark")
        assert brain.notices() == [told]
        brain.undo()
        brain.move([first.id], "quilmark")
        assert brain.notices() == [told]
        brain.undo()
        assert brain.remember_many([{"content": f"Port {n} is open", "project": "quilmark"} for n in range(3)]) == 3
        assert brain.notices() == [told]
        with pytest.raises(NotFoundError):
            brain.remember("The host is a.example", project="else", replaces="mem_nobody")
        assert brain.notices() == [], "nothing was stored"


def test_what_is_imported_goes_to_the_project_that_is_meant(path: Path, tmp_path: Path) -> None:
    """Its name is understood as everywhere else, and a new one is told."""
    notes = tmp_path / "notes.txt"
    for number, (name, goal) in enumerate({".": "shop", "everywhere": None, "SHOP": "shop", "else": "else"}.items()):
        notes.write_text(f"- The port of machine {number} is {8000 + number}\n")
        with Brain.open(path, project="shop") as brain:
            brain.import_from(notes, project=name)
            (memory,) = brain.audit(mentions=f"machine {number}").memories
            assert memory.project == goal, name
            assert brain.notices() == (["'else' is a new project"] if name == "else" else [])


def test_doors_tell_a_mistyped_project(path: Path, home: Path, talk: Callable[..., list[Any]]) -> None:
    """At a terminal with exit code 2; a new one is a note beside the answer. Assistants are told in theirs."""
    assert command(home.parent.parent, "remember", "The port is 8080", "--project", "quillmark").returncode == 0
    for deed in (("recall", "port"), ("list",), ("audit",), ("forget", "--yes"), ("export", "-")):
        done = command(home.parent.parent, *deed, "--project", "quilmark")
        assert (done.returncode, done.stdout) == (2, ""), deed
        assert "did you mean 'quillmark'?" in done.stderr
    moved = command(home.parent.parent, "remember", "The host is harbor", "--project", "quilmark")
    assert moved.returncode == 0
    assert "Note: 'quilmark' is a new project; if 'quillmark' was meant" in moved.stderr
    asked, stored = talk(
        {},
        ("recall", {"query": "port", "project": "quillmrk"}),
        ("remember", {"content": "x is 1", "project": "quill"}),
    )
    assert "did you mean 'quillmark'?" in asked
    assert "'quill' is a new project" in stored


# ---- from Python


def test_from_python_a_dot_stands_for_the_project_of_the_working_directory(
    git: Git, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for, it is found as the command finds it; without that, and where there is none, all is for everywhere."""
    monkeypatch.chdir(repository(git, tmp_path / "shop", "git@github.com:acme/shop.git"))
    with Brain.open(path) as brain:
        assert brain.remember("The host is harbor").project is None
    with Brain.open(path, project=".") as brain:
        assert (brain.project, brain.remember("The port is 8080").project) == ("shop", "shop")
    (tmp_path / "none").mkdir()
    monkeypatch.chdir(tmp_path / "none")
    with Brain.open(path, project=".") as brain:
        assert (brain.project, brain.remember("The queue is RabbitMQ").project) == (None, None)


# ---- at the doors


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, run in a folder."""
    started = [sys.executable, "-m", "neural_memory", *arguments]
    return subprocess.run(started, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def test_a_day_in_two_projects(git: Git, tmp_path: Path, home: Path) -> None:
    """At a terminal: what is stored in one is at home there, named in the other, moved, and listed."""
    shop = repository(git, tmp_path / "shop", "git@github.com:acme/shop.git")
    api = repository(git, tmp_path / "api", "git@github.com:acme/api.git")
    assert "project shop" in command(shop, "remember", "The staging database listens on port 5555").stdout
    assert "project" not in command(shop, "remember", "--everywhere", "The VPN is called harbor").stdout
    assert "project shop" in command(api, "recall", "Which port does the staging database use?").stdout
    assert command(api, "recall", "staging database port", "--project", ".").returncode == 1
    listed = command(api, "list", "--project", "shop").stdout
    id = listed.split("[")[1].split("]")[0]
    assert "Moved 1 memory to project acme/api" in command(api, "move", id, "--to", ".").stdout
    assert "This project is acme/api, with 1 memory of its own." in command(api, "audit").stdout
    shown = command(api, "projects").stdout
    assert "acme/api (this one): 1 memory" in shown
    assert "remote:github.com/acme/api" in shown
    assert "web-api" in command(api, "projects", "rename", ".", "web-api").stdout
    assert "port 5555" in command(api, "list", "--project", ".").stdout
    assert "contradict" in command(api, "remember", "x", "--everywhere", "--project", "y").stderr


def test_a_server_works_in_its_project(git: Git, tmp_path: Path, home: Path, talk: Callable[..., list[Any]]) -> None:
    """Started by a client with CLAUDE_PROJECT_DIR, it stores there; its tools know projects."""
    shop = repository(git, tmp_path / "shop")
    stored, listed, gone = talk(
        {"CLAUDE_PROJECT_DIR": str(shop)},
        ("remember", {"content": "The staging database listens on port 5555"}),
        ("audit", {"project": "."}),
        ("forget", {"project": "everywhere", "dry_run": True}),
    )
    assert "project shop" in stored
    assert "of this project: 1 in all" in listed
    assert "No memory matches" in gone


@pytest.mark.skipif(os.name != "posix", reason="pipes as files are POSIX")
@pytest.mark.parametrize("name", ["config", "commondir", "logs/HEAD", "HEAD"])
def test_a_pipe_among_the_files_of_git_keeps_nobody_waiting(tmp_path: Path, name: str) -> None:
    """A repository is somebody else's data: what is no plain file in it is not read."""
    git = tmp_path / "shop" / ".git"
    (git / "logs").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / name).unlink(missing_ok=True)
    os.mkfifo(git / name)
    command = [sys.executable, "-c", "from neural_memory.project import detect; print(detect())"]
    kept = {key: value for key, value in os.environ.items() if "PROJECT" not in key}
    done = subprocess.run(command, cwd=tmp_path / "shop", env=kept, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr


def test_a_path_of_git_that_can_be_none_leads_nowhere(tmp_path: Path) -> None:
    """A zero byte in what git keeps as a path fails nothing."""
    git = tmp_path / "shop" / ".git"
    git.mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "commondir").write_bytes(b"\0..\n")
    assert detect(str(tmp_path / "shop"), {})


def test_what_happened_last_week_is_told_of_this_project_however_busy_another_was(path: Path) -> None:
    """The newest memories of the time are those of the present project, and of no project; others come after."""
    with Brain.open(path, project="shop") as brain:
        mine = [brain.remember(f"Decision {n} on the shop", timestamp=f"2026-11-17T1{n}:00:00Z").id for n in range(3)]
        for n in range(60):
            brain.remember(f"Bank note number {n}", project="bank", timestamp=f"2026-11-18T10:00:{n:02}Z")
        hits = brain.recall("what did we learn last week?", at="2026-11-23T07:00:00Z")
        assert [hit.memory.id for hit in hits[:3]] == mine[::-1]
        assert {hit.memory.project for hit in hits[3:]} == {"bank"}


def test_a_batch_that_spells_a_new_project_in_two_ways_makes_one(path: Path) -> None:
    """Upper and lower case are one name, also before it is stored."""
    with Brain.open(path) as brain:
        brain.remember_many(
            [
                {"content": "the kettle is red", "project": "Kitchen"},
                {"content": "the jug is blue", "project": "kitchen"},
            ]
        )
        assert {memory.project for memory in brain.audit().memories} == {"Kitchen"}


SHOP = Found(("shop",), ("remote:example.com/x/shop",))


def found_by_both(brain: Brain, content: str, *names: str) -> bool:
    """Does each of these names of its project find the memory?"""
    return all(content in [memory.content for memory in brain.audit(project=name).memories] for name in names)


def last_step(brain: Brain, action: str) -> int:
    return next(step.step for step in brain.log() if step.action == action)


def test_what_was_forgotten_before_a_rename_comes_back_into_the_renamed_project(path: Path) -> None:
    """Taken back by its number, it belongs to the project as that is called by now."""
    with Brain.open(path, project=SHOP) as brain:
        brain.remember("the stock is counted in the evening")
        brain.forget([brain.remember("zebras are on sale").id])
        brain.rename_project("shop", "store")
        brain.undo(step=last_step(brain, "forget"))
        assert found_by_both(brain, "zebras are on sale", "shop", "store")


def test_what_was_stored_between_the_undo_of_a_rename_and_its_redo_goes_along(path: Path) -> None:
    """Done again by its number, a rename is one of all that the project has by then."""
    with Brain.open(path, project=SHOP) as brain:
        brain.remember("the stock is counted in the evening")
        brain.rename_project("shop", "store")
        brain.undo()
        brain.remember("zebras are on sale")
        brain.undo(step=last_step(brain, "undo"))
        assert found_by_both(brain, "zebras are on sale", "shop", "store")
        assert brain.get(brain.recall("zebras")[0].memory.id).project == "store"
