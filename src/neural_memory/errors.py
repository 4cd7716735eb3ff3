"""Every exception this package raises on purpose.

    NeuralMemoryError
    ├── InputError            the caller can do it right: the message names the value, the limit and the next step
    │   ├── NotFoundError     no memory has that id
    │   │   └── NoFileError   there is no memory file, and reading does not make one
    │   └── SecretError       it holds a password or key, and nobody said what to do about that
    ├── StoreError            the memory file cannot be used as it is
    │   ├── DamagedError      it is not sound, or not ours; it was left untouched
    │   │   └── ForeignSchemaError  it brings triggers of others along, which would run by themselves
    │   ├── HealedError       it was not sound and has just been mended; what was asked for has to be asked again
    │   ├── UnsafePlaceError  others could read or change what is kept there; nothing was made
    │   ├── NewerSchemaError  a newer neural-memory wrote it; it was left untouched
    │   ├── ReadOnlyError     it can be read but not written
    │   ├── FullError         the disk (or a limit) has no room left
    │   └── BusyError         another process held it longer than we wait
    ├── ModelError            the embedding model cannot be used: recall goes on by words and association
    └── MissingExtraError     an optional part is not installed: the message is the pip line

Each message is written for the person (or the assistant) who reads it, and is complete in itself.
"""

from __future__ import annotations


class NeuralMemoryError(Exception):
    """The root: whatever this package raises on purpose."""


class InputError(NeuralMemoryError, ValueError):
    """An argument cannot be used; nothing was changed."""


class NotFoundError(InputError):
    """No memory has the id that was given."""


class SecretError(InputError):
    """What was to be stored holds a password, key or token; it was not stored."""

    def __init__(self, message: str, what: str) -> None:
        """what: what was found and where, without the secret."""
        super().__init__(message)
        self.what = what


class NoFileError(NotFoundError):
    """There is no memory file where one was to be read."""


class StoreError(NeuralMemoryError):
    """The memory file cannot be used; nothing was lost."""


class DamagedError(StoreError):
    """The file is not a sound SQLite database, or belongs to another program."""


class ForeignSchemaError(DamagedError):
    """The file brings triggers along that are not ours and would run by themselves."""


class HealedError(StoreError):
    """The file was damaged and has been mended; this call was not done."""


class UnsafePlaceError(StoreError):
    """The home or a file in it can be used by others, or is not where it says it is."""


class NewerSchemaError(StoreError):
    """The file was written by a newer version of neural-memory."""


class ReadOnlyError(StoreError):
    """The file, its directory or its disk cannot be written."""


class FullError(StoreError):
    """There is no room to write."""


class BusyError(StoreError):
    """The file was locked by another process for longer than the busy timeout."""


class ModelError(NeuralMemoryError):
    """The embedding model cannot be used; everything but recall by meaning works on."""


class MissingExtraError(NeuralMemoryError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part; install it with: pip install 'neural-memory[{extra}]'")
