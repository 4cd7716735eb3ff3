"""How does the file get its shape?  Named steps, each one transaction, each run once.

``PRAGMA user_version`` counts the steps that were run; ``application_id`` says the file is ours. A file with more steps
than are known here is refused and left untouched. An older one is copied into ``backups`` before it is changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from neural_memory.errors import DamagedError, NewerSchemaError, StoreError
from neural_memory.store.backup import back_up
from neural_memory.store.header import APPLICATION_ID


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Run the steps this file has not seen. Several processes may do so at once: the first one does the work."""
    version, ours, tables = _state(connection)
    if version > len(STEPS):
        raise NewerSchemaError(
            f"{path} was written by a newer neural-memory (schema {version}, this one knows {len(STEPS)}): "
            "upgrade with `pip install -U neural-memory`; the file was left untouched"
        )
    if not ours and tables:
        raise DamagedError(
            f"{path} is a database of another program; it was left untouched. Move it away, or set NEURAL_MEMORY_HOME"
        )
    if version == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _state(connection)[0]  # another process may have been quicker
        if 0 < version < len(STEPS):
            _keep(path, version)
        for step in STEPS[version:]:
            step(connection)
            connection.execute(
                "INSERT INTO migrations (name, applied) VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                (step.__name__,),
            )
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def is_old(connection: sqlite3.Connection) -> bool:
    """Will `bring_up_to_date` change a file that holds something?"""
    version, ours, _ = _state(connection)
    return ours and 0 < version < len(STEPS)


def _keep(path: Path, version: int) -> None:
    """Copy the file as it is; SQLite reads it through another connection, since ours has the write lock."""
    folder = path.parent / "backups"
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        try:
            back_up(reader, folder, mark=f"-schema-{version}")
        except StoreError as problem:
            if not isinstance(reason := problem.__cause__, OSError):
                raise
            raise StoreError(
                f"{path} was made by an earlier version and is copied before it is brought up to date, but the copy "
                f"cannot be written to {folder}: {reason.strerror or reason}; make that a directory you can write "
                "(ls -ld shows it), then try again. The file was left as it is"
            ) from reason


def _state(connection: sqlite3.Connection) -> tuple[int, bool, int]:
    """(steps run, is it ours, how many tables)."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return version, ours, tables


def m001_memories_and_network(connection: sqlite3.Connection) -> None:
    """Everything of the first release."""
    for statement in _FIRST.split(";\n\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def m002_upkeep(connection: sqlite3.Connection) -> None:
    """Time, trust and code of a memory; merged ids; projects; suggestions."""
    for statement in _SECOND.split(";\n\n"):
        connection.execute(statement)


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (m001_memories_and_network, m002_upkeep)


# The columns of `memories` read well in plain sqlite3, and its defaults let a row be added by hand. The triggers only
# note what changed: they call no function of ours, so any program can write here, and the network catches up later.
#
# Nothing has a secondary index: `memory_ids`, `neuron_terms` and `rows_by_digest` are tables of their own, kept by
# triggers or by us, and synapses are stored from both ends. An index that disagrees with its table makes a file
# unsound for SQLite; a table that lags behind another is merely behind. So a plain `cp` that overlaps with a write
# is, nearly always, a sound file whose derived tables can be caught up or built anew.
_FIRST = """
CREATE TABLE migrations (
    name TEXT PRIMARY KEY,
    applied TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE memories (
    id TEXT NOT NULL DEFAULT ('mem_' || lower(hex(randomblob(5)))),
    content TEXT NOT NULL CHECK (content <> ''),
    timestamp TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    importance REAL NOT NULL DEFAULT 0.5 CHECK (importance BETWEEN 0 AND 1),
    tags TEXT NOT NULL DEFAULT '[]',
    kind TEXT NOT NULL DEFAULT 'fact',
    project TEXT,
    source TEXT NOT NULL DEFAULT 'sqlite3',
    session TEXT,
    replaced_by TEXT,
    seq INTEGER PRIMARY KEY AUTOINCREMENT
);

CREATE TABLE memory_ids (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE unlinked (
    memory INTEGER PRIMARY KEY
);

CREATE TRIGGER memories_inserted AFTER INSERT ON memories
BEGIN
    INSERT OR IGNORE INTO unlinked (memory) VALUES (new.seq);
END;

CREATE TRIGGER memories_updated AFTER UPDATE OF content, tags, kind ON memories
BEGIN
    INSERT OR IGNORE INTO unlinked (memory) VALUES (new.seq);
END;

CREATE TRIGGER memories_renamed AFTER UPDATE OF id, seq ON memories
BEGIN
    DELETE FROM memory_ids WHERE id = old.id AND seq = old.seq;
    INSERT OR IGNORE INTO unlinked (memory) VALUES (old.seq), (new.seq);
END;

CREATE TRIGGER memories_deleted AFTER DELETE ON memories
BEGIN
    DELETE FROM memory_ids WHERE id = old.id AND seq = old.seq;
    INSERT OR IGNORE INTO unlinked (memory) VALUES (old.seq);
END;

CREATE VIRTUAL TABLE full_text USING fts5 (
    terms,
    tokenize = "ascii tokenchars '_.-/:@#+'",
    detail = none,
    columnsize = 0
);

CREATE TABLE tallies (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO tallies (name, value) VALUES ('memories', 0), ('terms', 0);

CREATE TABLE neurons (
    id INTEGER PRIMARY KEY,
    term TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'word',
    memories INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE neuron_terms (
    term TEXT PRIMARY KEY,
    neuron INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER neurons_inserted AFTER INSERT ON neurons
BEGIN
    INSERT INTO neuron_terms (term, neuron) VALUES (new.term, new.id);
END;

CREATE TRIGGER neurons_renamed AFTER UPDATE OF id, term ON neurons
BEGIN
    DELETE FROM neuron_terms WHERE term = old.term;
    INSERT INTO neuron_terms (term, neuron) VALUES (new.term, new.id);
END;

CREATE TRIGGER neurons_deleted AFTER DELETE ON neurons
BEGIN
    DELETE FROM neuron_terms WHERE term = old.term;
END;

CREATE TABLE synapses (
    source INTEGER NOT NULL REFERENCES neurons (id) ON DELETE CASCADE,
    target INTEGER NOT NULL,
    type TEXT NOT NULL DEFAULT 'with',
    strength REAL NOT NULL DEFAULT 1,
    PRIMARY KEY (source, target, type)
) WITHOUT ROWID;

CREATE TRIGGER synapses_deleted AFTER DELETE ON synapses
BEGIN
    DELETE FROM synapses WHERE source = old.target AND target = old.source
        AND (type = old.type OR type = '← ' || old.type OR '← ' || type = old.type);
END;

CREATE TABLE fibers (
    memory INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    branches TEXT NOT NULL DEFAULT '[]',
    relations TEXT NOT NULL DEFAULT '[]'
);

CREATE TABLE digests (
    memory INTEGER PRIMARY KEY,
    digest INTEGER NOT NULL
);

CREATE TABLE rows_by_digest (
    digest INTEGER NOT NULL,
    memory INTEGER NOT NULL,
    PRIMARY KEY (digest, memory)
) WITHOUT ROWID;

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    current INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE vectors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    memory INTEGER NOT NULL,
    model INTEGER NOT NULL,
    vector BLOB NOT NULL
);

CREATE TABLE embedded (
    memory INTEGER PRIMARY KEY,
    model INTEGER NOT NULL,
    vectors TEXT NOT NULL
);

CREATE TABLE unembedded (
    memory INTEGER PRIMARY KEY
);

CREATE TABLE packs (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    model INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    packed BLOB NOT NULL
);

CREATE TABLE usage (
    memory INTEGER PRIMARY KEY,
    recalled INTEGER NOT NULL DEFAULT 0,
    last_recalled TEXT
);

CREATE TABLE journal (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    step INTEGER NOT NULL,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    memory TEXT NOT NULL,
    before TEXT,
    source TEXT NOT NULL,
    session TEXT,
    undone INTEGER
)
"""

# both_hold: pairs of ids that somebody said are neither at odds nor the same.
# aliases: ids that were merged into another memory and still answer with it.
# twins: rows that say the same, as found when the newer one was stored.
# projects: where a project lives; place is "remote:github.com/acme/shop" or "root:/home/me/shop".
# exchanged: in which state a memory last came from, or went to, a folder or another tool (see exchange/).
# looked_through: which file (device and inode) was last found sound; in a copy it is another one.
# conflicts: rows that contradict each other, as found when the newer one was examined; `unexamined` waits for that.
# replacements: current id -> ids of what it replaced, the other way round than `replaced_by`; kept by triggers.
# suggestions: what looked worth keeping and waits for a person's word; nothing of it is recalled.
# unlinked: what was found by the stems of 0.1.0 where they have changed (`text/terms.py` keeps "edition" from "edit").
# synapses, relations: nearly all synapses only say that two concepts meet, and a type in each row was a tenth of the
# file; so what texts state of two concepts ("depends on") has a table of its own. What another program took neurons
# from cannot be carried over as it is: a memory that lost its fiber is out of step, and has all linked anew on opening.
_SECOND = """
CREATE TABLE synapses_before AS SELECT source, target, type, strength FROM synapses;

DROP TABLE synapses;

CREATE TABLE synapses (
    source INTEGER NOT NULL REFERENCES neurons (id) ON DELETE CASCADE,
    target INTEGER NOT NULL,
    strength REAL NOT NULL DEFAULT 1,
    PRIMARY KEY (source, target)
) WITHOUT ROWID;

CREATE TABLE relations (
    source INTEGER NOT NULL REFERENCES neurons (id) ON DELETE CASCADE,
    target INTEGER NOT NULL,
    type TEXT NOT NULL,
    strength REAL NOT NULL DEFAULT 1,
    PRIMARY KEY (source, target, type)
) WITHOUT ROWID;

DELETE FROM synapses_before
    WHERE source NOT IN (SELECT id FROM neurons) OR target NOT IN (SELECT id FROM neurons);

INSERT INTO synapses (source, target, strength)
    SELECT source, target, strength FROM synapses_before WHERE type = 'with';

INSERT INTO relations (source, target, type, strength)
    SELECT source, target, type, strength FROM synapses_before WHERE type <> 'with';

DROP TABLE synapses_before;

DELETE FROM fibers WHERE CASE WHEN json_valid(path)
    THEN EXISTS (SELECT 1 FROM json_each(path) p WHERE p.value NOT IN (SELECT id FROM neurons)) ELSE 1 END;

CREATE TRIGGER synapses_deleted AFTER DELETE ON synapses
BEGIN
    DELETE FROM synapses WHERE source = old.target AND target = old.source;
END;

CREATE TRIGGER relations_deleted AFTER DELETE ON relations
BEGIN
    DELETE FROM relations WHERE source = old.target AND target = old.source
        AND (type = '← ' || old.type OR '← ' || type = old.type);
END;

ALTER TABLE memories ADD COLUMN valid_until TEXT;

ALTER TABLE memories ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));

ALTER TABLE memories ADD COLUMN trust TEXT NOT NULL DEFAULT 'stored';

ALTER TABLE memories ADD COLUMN anchors TEXT;

CREATE TRIGGER memories_edited AFTER UPDATE ON memories
WHEN strftime('%Y-%m-%dT%H:%M:%SZ', new.timestamp) IS NOT new.timestamp
    OR strftime('%Y-%m-%dT%H:%M:%SZ', new.valid_until) IS NOT new.valid_until
    OR new.project IS NOT old.project OR new.source IS NOT old.source OR new.session IS NOT old.session
    OR new.replaced_by IS NOT old.replaced_by OR new.trust IS NOT old.trust OR new.anchors IS NOT old.anchors
BEGIN
    INSERT OR IGNORE INTO unlinked (memory) VALUES (new.seq);
END;

INSERT OR IGNORE INTO unlinked (memory) SELECT seq FROM memories
WHERE strftime('%Y-%m-%dT%H:%M:%SZ', timestamp) IS NOT timestamp OR typeof(content) <> 'text'
    OR kind NOT IN ('fact', 'decision', 'insight', 'preference', 'pattern', 'reference')
    OR CASE WHEN json_valid(tags) THEN json_type(tags) <> 'array' ELSE 1 END
    OR id NOT GLOB 'mem_?*' OR substr(id, 5) GLOB '*[^0-9A-Za-z_-]*' OR replaced_by NOT IN (SELECT id FROM memories)
    OR EXISTS (SELECT 1 FROM json_each('["edition", "importan", "executive", "objective", "positive"]')
        WHERE instr(lower(content || ' ' || tags), value));

CREATE TABLE conflicts (
    older INTEGER NOT NULL,
    newer INTEGER NOT NULL,
    PRIMARY KEY (older, newer)
) WITHOUT ROWID;

CREATE TABLE unexamined (memory INTEGER PRIMARY KEY);

INSERT INTO unexamined (memory) SELECT seq FROM memories;

CREATE TABLE replacements (
    current TEXT NOT NULL,
    old TEXT NOT NULL,
    PRIMARY KEY (current, old)
) WITHOUT ROWID;

INSERT OR IGNORE INTO replacements (current, old)
    SELECT replaced_by, id FROM memories WHERE replaced_by IS NOT NULL;

CREATE TRIGGER replacements_added AFTER INSERT ON memories WHEN new.replaced_by IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO replacements (current, old) VALUES (new.replaced_by, new.id);
END;

CREATE TRIGGER replacements_changed AFTER UPDATE OF id, replaced_by ON memories
WHEN old.replaced_by IS NOT new.replaced_by OR old.id IS NOT new.id
BEGIN
    DELETE FROM replacements WHERE current = old.replaced_by AND old = old.id;
    INSERT OR IGNORE INTO replacements (current, old) SELECT new.replaced_by, new.id WHERE new.replaced_by IS NOT NULL;
END;

CREATE TRIGGER replacements_removed AFTER DELETE ON memories WHEN old.replaced_by IS NOT NULL
BEGIN
    DELETE FROM replacements WHERE current = old.replaced_by AND old = old.id;
END;

CREATE TABLE twins (
    older INTEGER NOT NULL,
    newer INTEGER NOT NULL,
    PRIMARY KEY (older, newer)
) WITHOUT ROWID;

CREATE TABLE both_hold (
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (one, other)
) WITHOUT ROWID;

CREATE TABLE aliases (
    id TEXT PRIMARY KEY,
    memory TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE projects (
    place TEXT PRIMARY KEY,
    project TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE looked_through (file TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE suggestions (
    id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    sentence TEXT NOT NULL,
    reason TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'fact',
    tags TEXT NOT NULL DEFAULT '[]',
    project TEXT,
    source TEXT NOT NULL,
    session TEXT,
    at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    memory TEXT,
    marks TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;

CREATE TABLE exchanged (
    place TEXT NOT NULL,
    memory TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (place, memory)
) WITHOUT ROWID
"""
