"""`setup`: plug into the clients on this machine, out of them again, and look whether it works."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neural_memory.cli import look
from neural_memory.cli.options import json_option
from neural_memory.cli.welcome import PLUG_IN_OTHERS, tilde
from neural_memory.clients.table import CLIENTS, NAME, this_machine
from neural_memory.values import replace

if TYPE_CHECKING:
    from neural_memory.clients.check import Checked
    from neural_memory.clients.plan import Change, Scope

PROBLEM = 1  # exit code: a file was left as it is, or no client was found
_DONE = {"add": "set up", "update": "brought up to date", "replace": "set up", "remove": "taken out"}
_NEXT = 'It holds from the next start of a client on. Ask one: "What do you know about this project?"'
_ALIASES = {"claude": "claude-code", "code": "vscode", "desktop": "claude-desktop", "vs-code": "vscode"}


class ClientName(click.Choice[str]):
    """One of the clients, also by its title or by the command that starts it."""

    def __init__(self) -> None:
        super().__init__(list(CLIENTS), case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        spelled = str(value).strip().lower().replace(" ", "-").removesuffix("-cli")
        return super().convert(_ALIASES.get(spelled, spelled), param, ctx)


@click.command()
@click.argument("clients", nargs=-1, type=ClientName(), metavar="[CLIENT...]")
@click.option(
    "--project",
    metavar="[DIR]",
    is_flag=False,
    flag_value=".",
    help="Into the configuration that a project shares (.mcp.json, .cursor/mcp.json, .vscode/mcp.json, …), with the "
    "bare command. [DIR: the project, by default where you are]",
)
@click.option(
    "--scope",
    type=click.Choice(["user", "local", "project"]),
    help="Claude Code's scopes: all your projects (the default), you in this project, everybody in this project.",
)
@click.option("--instructions", is_flag=True, help="Tell the assistants, in their instruction files, when to use it.")
@click.option("--hooks", is_flag=True, help="Let Codex and Gemini be told by themselves, without being asked.")
@click.option("--remove", is_flag=True, help="Take it out again.")
@click.option("--print", "--dry-run", "only_print", is_flag=True, help="Only show what would change.")
@click.option("--check", is_flag=True, help="Only look: what is configured, does it start and answer, how fast?")
@click.option("--yes", "-y", is_flag=True, help="Do not ask (needed in a pipe).")
@click.option("--replace", "replacing", is_flag=True, help="Replace another server that has our name, without asking.")
@json_option
def setup(
    clients: tuple[str, ...],
    project: str | None,
    scope: Scope | None,
    instructions: bool,
    hooks: bool,
    remove: bool,
    only_print: bool,
    check: bool,
    yes: bool,
    replacing: bool,
    as_json: bool,
) -> int:
    """Plug the memory into the assistants on this machine.

    Finds claude-code, claude-desktop, cursor, vscode, codex, gemini, windsurf and zed, or takes those you name. Shows
    what it will change, asks, and keeps a copy of each file beside it; everything else in the file stays as it is, to
    the byte. A second time there is nothing to change. A file that cannot be read is reported and left alone.
    Exit code 1: that, or no client was found (also with --print and --check), or --check found something to do.

    \b
    Examples:
      neural-memory setup
      neural-memory setup claude-code codex --yes
      neural-memory setup cursor --project
      neural-memory setup --instructions
      neural-memory setup codex gemini --hooks
      neural-memory setup --check
      neural-memory setup --remove
    """
    folder = _folder(project)
    scope = scope or ("user" if project is None else "project")
    if project is not None and scope == "user":
        raise click.UsageError("--project and --scope user exclude each other")
    if check:
        return _check(clients, folder, as_json)
    named = bool(clients)
    chosen = clients or _found(everyone=remove)
    if not chosen:
        return _nobody(as_json)
    if hooks and (instructions or scope != "user"):
        raise click.UsageError("--hooks are for all projects, and stand alone")
    plan = _hooks if hooks else _blocks if instructions else _entries
    changes = plan(chosen, scope, folder, remove=remove, named=named)
    if remove and plan is _entries and scope != "local":  # hooks and instructions are no use without the server
        gone = {change.file for change in changes if change.act == "remove"}
        more = _hooks(chosen, scope, folder, remove=True, named=False) if scope == "user" else []
        more = [change for change in more if change.file not in gone]
        more += _blocks_of_nobody_else(chosen, scope, folder)
        changes += [change for change in more if change.act != "nothing"]
    if yes and not replacing:
        changes = [_left(change) if change.act == "replace" else change for change in changes]
    code = _carry_out(
        changes,
        only_print=only_print,
        yes=yes,
        replacing=replacing,
        as_json=as_json,
        named=named,
        remove=remove,
    )
    if hooks and "codex" in chosen and not (remove or as_json):
        click.echo("Codex runs hooks once you trust them: type /hooks in it.")
    return code


def _folder(project: str | None) -> Path:
    folder = Path(project or ".").expanduser().absolute()
    if not folder.is_dir():
        hint = ""
        if project and project.lower() in {*CLIENTS, *_ALIASES}:
            hint = f"; name clients first: {NAME} setup {project} --project"
        raise click.UsageError(f"there is no directory {project!r}{hint}")
    return folder


def _found(*, everyone: bool) -> tuple[str, ...]:
    """The clients with a trace on this machine; for taking out, all there are."""
    machine = this_machine()
    return tuple(key for key, client in CLIENTS.items() if everyone or client.is_installed(machine))


def _nobody(as_json: bool) -> int:
    from neural_memory.clients.entry import installed_command

    if as_json:
        click.echo(look.to_json({"changes": []}))
        return PROBLEM
    click.echo("No client was found on this machine. Put this into the MCP configuration of yours:\n")
    click.echo("\n".join(f"  {line}" for line in PLUG_IN_OTHERS))
    click.echo(f"\nIf it cannot find the command, its whole path is {installed_command()[0]}")
    return PROBLEM


# ---- what would change


def _entries(clients: Iterable[str], scope: Scope, folder: Path, *, remove: bool, named: bool) -> list[Change]:
    from neural_memory.clients import entry, hook_files, plan, plugin

    machine = this_machine()
    command = [] if remove or scope == "project" else entry.installed_command()
    changes = []
    for key in clients:
        client = CLIENTS[key]
        where = plan.place(client, machine, scope, folder)
        beside = [hook_files.PART] if where and hook_files.file_of(key, machine) == where.file else []
        if where is None:
            if named:
                raise click.UsageError(f"{client.title} has no configuration of the scope {scope}; it has: user")
        elif remove:
            changes.append(plan.remove(where, beside))
        elif scope != "project" and plugin.brings_us(client, machine, folder):
            note = f"nothing to do: the plugin {NAME} is switched on there and brings the server"
            changes.append(plan.Change((key,), where.file, "nothing", note=note))
        else:
            new = entry.shared(client) if where.is_shared else entry.made(client, command, machine.env)
            changes.append(plan.add(where, new, beside))
    return changes


def _blocks(clients: Iterable[str], scope: Scope, folder: Path, *, remove: bool, named: bool) -> list[Change]:
    """One change for each instruction file; several clients may read the same one, also by a link."""
    from neural_memory.clients import instructions

    machine = this_machine()
    files: dict[str, tuple[Path, tuple[str, ...]]] = {}
    for key in clients:
        in_project = scope != "user"
        file = instructions.in_project(key, folder) if in_project else instructions.for_user(key, machine)
        if file is not None:
            first, keys = files.get(os.path.realpath(file), (file, ()))
            files[os.path.realpath(file)] = first, (*keys, key)
        elif named:
            where = "in a project" if in_project else "for all projects; try --project"
            raise click.UsageError(f"{CLIENTS[key].title} reads no instruction file {where}")
    project = None if scope == "user" else folder
    return [instructions.change(keys, file, removing=remove, project=project) for file, keys in files.values()]


def _left(change: Change) -> Change:
    """A yes to everything is none to taking away what somebody else put there."""
    problem = f"another server has the name {NAME} there; --replace puts ours in its place"
    return replace(change, act="problem", problem=problem)


def _blocks_of_nobody_else(clients: Sequence[str], scope: Scope, folder: Path) -> list[Change]:
    """The instructions taken out again, but where a client that still has the server reads the same file."""
    from neural_memory.clients import plugin

    machine = this_machine()
    stay = [key for key in CLIENTS if key not in clients or plugin.brings_us(CLIENTS[key], machine, folder)]
    kept = {os.path.realpath(change.file) for change in _blocks(stay, scope, folder, remove=True, named=False)}
    found = _blocks(clients, scope, folder, remove=True, named=False)
    return [change for change in found if os.path.realpath(change.file) not in kept]


def _hooks(clients: Iterable[str], scope: Scope, folder: Path, *, remove: bool, named: bool) -> list[Change]:
    """One change for each client that takes hooks from a file."""
    from neural_memory.clients import entry, hook_files, plan

    machine = this_machine()
    command = [] if remove else entry.installed_command()[: -len(entry.ARGS)]
    changes = []
    for key in clients:
        file = hook_files.file_of(key, machine)
        if file is not None:
            wanted = None if remove else hook_files.handlers(key, command, machine.env)
            where = plan.place(CLIENTS[key], machine, scope, folder)
            beside = [where.part] if where and where.file == file else []
            changes.append(hook_files.change(key, file, wanted, beside))
        elif named:
            own = "; its own come with the plugin (docs/plugin.md)" if key == "claude-code" else ""
            raise click.UsageError(f"{CLIENTS[key].title} takes no hooks from a file{own}")
    return changes


# ---- showing, asking, doing


def _carry_out(
    changes: list[Change],
    *,
    only_print: bool,
    yes: bool,
    replacing: bool,
    as_json: bool,
    named: bool,
    remove: bool,
) -> int:
    shown = [change for change in changes if change.act != "nothing" or named or not remove]
    if not as_json:
        for change in shown:
            _show(change)
        if not any(change.act != "nothing" for change in shown):
            click.echo("There is nothing to take out." if remove else "There is nothing to change.")
    if not only_print:
        changes = _done(shown, yes=yes, replacing=replacing, as_json=as_json)
        if not as_json and not remove and changes != shown:
            click.echo(_NEXT)
    if as_json:
        click.echo(look.to_json({"changes": [_plain(change) for change in (shown if only_print else changes)]}))
    return PROBLEM if any(change.problem for change in changes) else 0


def _done(changes: list[Change], *, yes: bool, replacing: bool, as_json: bool) -> list[Change]:
    """Ask, and do what was agreed to."""
    from neural_memory.clients import plan

    open_ones = [change for change in changes if change.act not in ("nothing", "problem")]
    if open_ones and not yes and (as_json or not look.can_ask()):
        raise click.UsageError(
            f"this would change {_files(open_ones)} and nobody can be asked here; add --yes to do it or --print to "
            "only see it",
            click.get_current_context(),
        )
    agreed = {change.file for change in open_ones if change.act != "replace" or replacing or _may_replace(change)}
    plain_ones = [change for change in open_ones if change.act != "replace"]
    if plain_ones and not yes and not click.confirm(_question(plain_ones), default=True):
        agreed -= {change.file for change in plain_ones}
    results = []
    for change in changes:
        if change.file in agreed:
            result = plan.apply(change)
            if not as_json:
                _say_done(result)
        else:
            result = change
        results.append(result)
    return results


def _may_replace(change: Change) -> bool:
    return click.confirm(
        f"{_titles(change)}: another server has the name {NAME} there. Replace it?",
        default=False,
    )


def _question(changes: list[Change]) -> str:
    titles = dict.fromkeys(CLIENTS[key].title for change in changes for key in change.clients)
    return f"Change the file{'' if len(changes) == 1 else 's'} of {', '.join(titles)}?"


def _files(changes: list[Change]) -> str:
    return "this file" if len(changes) == 1 else f"these {len(changes)} files"


def _titles(change: Change) -> str:
    return ", ".join(CLIENTS[key].title for key in change.clients)


def _show(change: Change) -> None:
    """One file: whose it is, and what would change in it."""
    title = f"{_titles(change)}  {tilde(change.file)}"
    if change.problem:
        click.echo(look.visible(f"{title}\n  left as it is: {change.problem}"))
        return
    if change.act == "nothing":
        note = change.note or ("already so" if change.old is not None else "nothing of ours in it")
        click.echo(look.visible(f"{title}\n  {note}"))
        return
    click.echo(_styled(look.visible(title), bold=True))
    if change.act == "replace":
        click.echo(f"  another server stands there under the name {NAME}:")
    if change.after is None:
        click.echo("  the file goes; there is nothing else in it")
    from neural_memory.cli.differ import lines

    for sign, line in lines(change.before or b"", change.after or b""):
        colour = {"+": "green", "-": "red"}.get(sign)
        click.echo(_styled(look.visible(f"  {sign} {line}".rstrip()), fg=colour))


def _styled(text: str, **style: Any) -> str:
    return click.style(text, **style) if look.on_terminal() and look.may_style() else text


def _say_done(change: Change) -> None:
    if change.problem:
        click.echo(look.visible(f"{_titles(change)}: left as it is: {change.problem}"))
        return
    kept = f"; before: {tilde(change.kept)}" if change.kept else ""
    click.echo(look.visible(f"{_titles(change)}: {_DONE[change.act]} ({tilde(change.file)}{kept})"))


def _plain(change: Change) -> dict[str, Any]:
    from neural_memory.cli.differ import lines

    return {
        "clients": list(change.clients),
        "file": str(change.file),
        "act": change.act,
        "problem": change.problem,
        "kept": str(change.kept) if change.kept else None,
        "diff": [f"{sign}{line}" for sign, line in lines(change.before or b"", change.after or b"")]
        if change.act not in ("nothing", "problem")
        else [],
    }


# ---- looking


def _check(clients: tuple[str, ...], folder: Path, as_json: bool) -> int:
    from neural_memory.clients.check import check_all

    found = [one for one in check_all(this_machine(), folder) if not clients or one.client in clients]
    somebody = any(one.is_installed or one.is_configured for one in found)
    if as_json:
        click.echo(look.to_json({"clients": [_plain_check(one) for one in found]}))
    else:
        for one in found:
            click.echo(look.visible(said(one)))
        if not somebody:
            click.echo(f"No client was found here; {NAME} setup shows what others need.")
    return 0 if somebody and all(one.is_well for one in found) else PROBLEM


def said(checked: Checked) -> str:
    """One client in a line or two: how it stands, and what to do."""
    where = "" if checked.scope == "user" else f" ({checked.scope})"
    head = f"{checked.title}{where}: "
    place = "by the plugin" if checked.by_plugin else tilde(checked.file)
    if checked.problem:
        head += f"{checked.problem} ({place})"
    elif checked.answered:
        tools = len(checked.answered.tools)
        head += f"answers in {checked.answered.ms} ms with {tools} tools ({place})"
    elif checked.is_configured:
        head += f"configured ({tilde(checked.file)})"
    else:
        head += "not set up" if checked.is_installed else "not installed"
    return f"{head}\n  {checked.advice}" if checked.advice else head


def _plain_check(checked: Checked) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(replace(checked, answered=None)), "file": str(checked.file), "answered": _answer(checked)}


def _answer(checked: Checked) -> dict[str, Any] | None:
    from dataclasses import asdict

    return asdict(checked.answered) if checked.answered else None
