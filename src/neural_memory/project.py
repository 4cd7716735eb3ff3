"""Which project is this?  Its name and what it is known by again, read off the disk without starting anything.

Two worktrees or clones of one repository are one project: they share a remote, or one is the other's remote. A folder
may be renamed or moved: a repository is known by its remote, or else by when it was made and by its first commit; only
a folder without git is known by where it is. The home directory, `/` and temporary folders are no projects.

This is read at the start of each session, so nothing is imported here that costs time.
"""

from __future__ import annotations

import os

from neural_memory import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE = "NEURAL_MEMORY_PROJECT"
"""Names the project, wherever the command is started; "everywhere" says that there is none."""
EVERYWHERE = "everywhere"
"""What no project is called: where memories belong that hold in all of them."""

_FOLDERS = ("CLAUDE_PROJECT_DIR", "GEMINI_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS")  # the last is Cursor's
_MARKS = frozenset(
    "pyproject.toml package.json Cargo.toml go.mod pom.xml build.gradle CMakeLists.txt Makefile composer.json Gemfile "
    "mix.exs deno.json CLAUDE.md AGENTS.md .mcp.json .hg .svn".split()
)
_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp")  # noqa: S108 - not written to
_GENERIC = frozenset(
    "admin android api app application apps backend cli client cloud code common config core dashboard data deploy "
    "docs documentation dotfiles examples frontend gateway infra infrastructure ios lib library main mobile monorepo "
    "ops platform plugins portal project repo scripts sdk server service services shared site source src tools ui "
    "utils web webapp website workspace www".split()
)
"""What half the owners call one of their repositories; alone it tells nobody whose it is."""
_ANY_CASE = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com"})
_SAME_HOST = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
}
_FIRST_COMMIT = b"0" * 40 + b" "
_MOST = 200_000  # bytes of a file of git's that are read
_LINKS = 3  # how far a remote that is a folder here is followed


class Found:
    """A project as the disk shows it.

    names:  what it may be called, the plainest first; the next ones are for when another project has that name
    places: what it is known by from now on, the surest first
    also:   what it may have been known by before, as long as it was no repository
    """

    __slots__ = ("also", "names", "places")

    def __init__(self, names: tuple[str, ...], places: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> None:
        self.names = names
        self.places = places
        self.also = also

    def __repr__(self) -> str:
        return f"Found({self.names!r}, {self.places!r}, {self.also!r})"


def detect(folder: str | None = None, environment: Mapping[str, str] | None = None) -> Found | None:
    """The project that is being worked in; None when there is none.

    folder: the working directory, by default this process's; environment: its variables.
    """
    env = os.environ if environment is None else environment
    if said := env.get(VARIABLE, "").strip():
        return None if said.casefold() in (EVERYWHERE, "none") else Found((said[:200],))
    for told, start in _starts(folder, env):
        if found := _at(start, told):
            return found
    return None


def workplace(folder: str | None = None) -> str | None:
    """The folder that is being worked in: what the client calls so, or else `folder`, or the working directory."""
    return next((start for _, start in _starts(folder, os.environ)), None)


def _starts(folder: str | None, env: Mapping[str, str]) -> Iterator[tuple[bool, str]]:
    """(did the client say that this is a project?, folder), the surest first."""
    for name in _FOLDERS:
        if value := env.get(name, "").split(",")[0].strip():
            yield True, value
    try:
        yield False, folder or os.getcwd()  # pathlib costs more than all of this
    except OSError:  # it was removed under us
        return


def _at(start: str, told: bool) -> Found | None:
    """The project of a folder: its repository, or the folder itself if something says that it is a project."""
    here = os.path.realpath(os.path.expanduser(start))
    ends = _no_projects()
    marked = None
    for folder in _upwards(here):
        if folder in ends:
            break
        if os.path.lexists(os.path.join(folder, ".git")) and (found := _repository(folder, _LINKS)):
            return found
        if marked is None and _is_marked(folder):
            marked = folder
    chosen = here if told else marked
    if chosen is None or chosen in ends or not os.path.isdir(chosen) or _is_temporary(chosen):
        return None
    return Found(_names(chosen), (f"folder:{chosen}",))


def _no_projects() -> frozenset[str]:
    home = os.path.realpath(os.path.expanduser("~"))
    return frozenset({home, *_upwards(os.path.dirname(home)), *_temporary()})


def _temporary() -> set[str]:
    named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return {os.path.realpath(folder) for folder in (*_TEMPORARY, *named) if folder}


def _is_temporary(folder: str) -> bool:
    return any(folder == each or folder.startswith(each + os.sep) for each in _temporary())


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _is_marked(folder: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, name)) for name in _MARKS)


def _names(path: str) -> tuple[str, ...]:
    """What a project at this path or URL may be called: its last part, the last two, all of it."""
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    plain = ["".join(c for c in "/".join(parts[-count:]) if c.isprintable())[:200] for count in (1, 2, len(parts))]
    return tuple(dict.fromkeys(name for name in plain if name)) or ("project",)


# ---- repositories


def _repository(folder: str, links: int) -> Found | None:
    """The repository whose work tree, or whose bare self, this folder is."""
    common, is_linked = _common_dir(folder)
    if common is None:
        return None
    bare = common if is_linked else folder
    top = os.path.dirname(common) if os.path.basename(common) == ".git" else bare
    places: list[str] = []
    names = _names(top.removesuffix(".git"))
    url = _remote(bounded.text(os.path.join(common, "config"), _MOST))
    if url and (remote := normalised(url)):
        places.append(f"remote:{remote}")
        names = _names(_spelled(url))
        if len(names) > 1 and names[0].casefold() in _GENERIC:
            names = names[1:]
    elif url and links and (origin := _repository_at(url, top, links - 1)):
        places += origin.places
        names = origin.names
    places += _made(common, with_first=not places)
    here = (f"folder:{top}",)
    return Found(names, tuple(dict.fromkeys(places)) or here, here)


def _repository_at(url: str, top: str, links: int) -> Found | None:
    """The repository that a remote names by its path."""
    path = url.removeprefix("file://")
    there = os.path.realpath(os.path.join(top, os.path.expanduser(path)))
    for folder in (there, f"{there}.git"):
        if os.path.isdir(folder):
            return _repository(folder, links)
    return None


def _common_dir(folder: str) -> tuple[str | None, bool]:
    """Where git keeps what all work trees of this one share, and whether this is a linked one."""
    git = os.path.join(folder, ".git")
    if os.path.isfile(git):  # a linked work tree, or a submodule
        kind, _, path = bounded.line(git).partition(":")
        if kind != "gitdir" or not path.strip():
            return None, False
        git = os.path.join(folder, path.strip())
    elif not os.path.isdir(git):
        git = folder  # bare
    shared = bounded.line(os.path.join(git, "commondir"))
    git = os.path.realpath(os.path.join(git, shared))
    return (git if os.path.isfile(os.path.join(git, "HEAD")) else None), bool(shared)


def _made(common: str, with_first: bool) -> Iterator[str]:
    """When the repository was made (git writes `description` then and never again), and its first commit."""
    description = os.path.join(common, "description")
    if os.path.exists(description):
        yield f"made:{os.stat(description).st_mtime_ns}"
    if with_first:
        line = bounded.beginning(os.path.join(common, "logs", "HEAD"), 500).split(b"\n")[0]
        if line.startswith(_FIRST_COMMIT) and b"(initial)" in line:
            yield f"first:{line[41:81].decode('utf-8', 'replace')}"


def _remote(config: str) -> str | None:
    """The URL of `origin`, or else of the first remote."""
    urls: dict[str, str] = {}
    section = ""
    for raw in config.splitlines():
        line = raw.strip()
        if line.startswith("["):
            kind, _, name = line[1:].partition("]")[0].partition(" ")
            section = name.strip().strip('"') if kind.lower() == "remote" else ""
        elif section:
            key, _, value = line.partition("=")
            if key.strip().lower() == "url" and value.strip():
                urls.setdefault(section, value.strip().strip('"'))
    return urls.get("origin") or next(iter(urls.values()), None)


# ---- remotes


def normalised(url: str) -> str | None:
    """A remote without what differs between ways to reach it; None when it is a folder of this machine.

    >>> normalised("git@GitHub.com:Acme/Shop.git"), normalised("https://me:pw@github.com/acme/shop/")
    ('github.com/acme/shop', 'github.com/acme/shop')
    """
    host, path, scheme = _parts(url)
    if not host:
        return None
    host, port = _host_and_port(host, scheme)
    path = _path(host, path)
    host = _SAME_HOST.get(host, host)
    if not path:
        return None
    return f"{host}{port}/{path.casefold() if host in _ANY_CASE else path}"


def _spelled(url: str) -> str:
    """The path of a remote as somebody wrote it."""
    host, path, scheme = _parts(url)
    return _path(_host_and_port(host, scheme)[0], path)


def _parts(url: str) -> tuple[str, str, str]:
    """(host, path, scheme) of a URL or of ssh's short form; no host: a path of this machine."""
    scheme, separator, rest = url.strip().partition("://")
    if separator:
        host, _, path = rest.partition("/")
        return ("", rest, "file") if scheme.lower() == "file" else (host, path, scheme.lower())
    host, separator, path = url.strip().partition(":")
    if separator and "/" not in host and "\\" not in host and len(host) > 1:  # one letter is a drive of Windows
        return host, path, "ssh"
    return "", url, "file"


def _host_and_port(host: str, scheme: str) -> tuple[str, str]:
    name, _, port = host.rpartition("@")[2].lower().rstrip(".").partition(":")
    telling = port and scheme in ("http", "https") and port not in ("80", "443")  # ssh has another port anyway
    return name, f":{port}" if telling else ""


def _path(host: str, path: str) -> str:
    parts = [part for part in path.replace("\\", "/").split("/") if part and part != "."]
    if host in ("ssh.dev.azure.com", "dev.azure.com"):  # v3/org/project/name, org/project/_git/name
        parts = [part for place, part in enumerate(parts) if part != "_git" and (place or part != "v3")]
    return "/".join(parts).removesuffix(".git")
