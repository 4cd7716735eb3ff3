"""Which texts hold a secret?  The labelled samples, both halves; what is found; that no text takes long."""

from __future__ import annotations

import doctest
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import secret_samples
from neural_memory.text import secrets
from secret_samples import Values

N = 100_000


@pytest.mark.parametrize("half", ["development", "held_out"])
def test_nearly_all_secrets_are_found_and_hardly_anything_else(half: str) -> None:
    """At least 95 % of the samples with a secret, at most 1 % of those without, with five draws of the values."""
    drawn = [sample for seed in range(1, 6) for sample in secret_samples.read(half, seed)]
    having = [bool(secrets.find(sample.text)) for sample in drawn if sample.secret]
    lacking = [bool(secrets.find(sample.text)) for sample in drawn if not sample.secret]
    print(f"{half}: found {sum(having) / len(having):.1%}, false alarms {sum(lacking) / len(lacking):.2%}")
    assert sum(having) >= 0.95 * len(having)
    assert sum(lacking) <= 0.01 * len(lacking)


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "gh" + "p_abcdefghijklmnopqrstuvwxyz0123456789",
        "sk_" + "live_abcdefghijklmnopqrstuvwx",
        "xox" + "b-123456789012-123456789012-abcdefghijklmnopqrstuvwx",
        "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEpAIB\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_key_in_full_is_asked_about_even_when_it_may_be_made_up(text: str) -> None:
    """Letters in order, the word EXAMPLE or a short body do not excuse what has the exact form of a key."""
    assert secrets.find(text)


@pytest.mark.parametrize(
    "text", ["gh" + "p_" + "x" * 36, "AKIA" + "X" * 16, "A file with -----BEGIN PRIVATE KEY----- is bad"]
)
def test_a_form_to_fill_in_is_no_key(text: str) -> None:
    """Repeated letters, and a heading without a body."""
    assert not secrets.find(text)


def test_there_are_samples_enough() -> None:
    """At least 200 with a secret and 600 without, half of them held out, none twice."""
    halves = [secret_samples.read("development"), secret_samples.read("held_out")]
    assert sum(sample.secret for half in halves for sample in half) >= 200
    assert sum(not sample.secret for half in halves for sample in half) >= 600
    texts = [sample.text for half in halves for sample in half]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("half", ["development", "held_out"])
def test_what_is_redacted_holds_no_secret_any_more(half: str) -> None:
    """A text that was redacted is not asked about again, and nothing that was found is left in it."""
    for sample in secret_samples.read(half):
        found = secrets.find(sample.text)
        clean = secrets.redacted(sample.text, found)
        assert not secrets.find(clean), clean
        for secret in found:
            assert sample.text[secret.start : secret.end] not in clean
        if not found:
            assert clean == sample.text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Use «github» for cloning", "GitHub token"),
        ("Key «aws_id»", "AWS access key"),
        ("postgres://app:«strong»@db/app", "password in a URL"),
        ("The password of the VPN is «strong»", "password"),
        ("«rsa_key»", "private key"),
        ("Bearer «jwt»", "JSON Web Token"),
        ("X-Api-Key: «alnum32»", "key"),
    ],
)
def test_a_secret_is_called_by_its_name(text: str, kind: str) -> None:
    """The kind says what it is in words a person knows, and the place is that of the value alone."""
    sample = secret_samples._sample(f"+ {text}", Values(3))
    (found,) = secrets.find(sample.text)
    assert found.kind == kind
    assert sample.text[found.start : found.end] == sample.values[0]
    assert secrets.redacted(sample.text, [found]) == sample.text.replace(sample.values[0], f"[redacted: {kind}]")


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("my password is ", "swordfish", ""),
        ("password: ", "swordfish", ""),
        ("the root password for staging is ", "swordfish", "."),
        ("The passphrase is ", "correct horse battery staple", ""),
        ('the password is "', "open sesame", '"'),
        ("user: ana\npassword = ", "rhubarb", "\nhost: db"),
        ("password (staging): ", "Lighthouse", " - until May"),
    ],
)
def test_a_plain_word_where_a_password_stands_is_one(before: str, value: str, after: str) -> None:
    """The word alone is taken out, and the text around it stays."""
    text = before + value + after
    (found,) = secrets.find(text)
    assert (found.kind, text[found.start : found.end]) == ("password", value)
    assert not secrets.find(secrets.redacted(text, [found]))


@pytest.mark.parametrize(
    "text",
    [
        "password is required",
        "The password is hashed.",
        "password: stored in vault",
        "password: see the vault",
        "Password reset: works again",
        "login(email: String!, password: String!): Token",
        "{ email: mail, password: candidate }",
        "pwd is home",
        "The passphrase is stored encrypted on a laptop",
        "passwords are swordfish-proof",
    ],
)
def test_what_is_said_about_a_password_is_none(text: str) -> None:
    """States, places, types and variables stand where a password could."""
    assert not secrets.find(text)


def test_a_hint_never_tells_the_secret() -> None:
    """Four characters of a long value, none of a very short one."""
    long = "password = " + Values(1).strong()
    (found,) = secrets.find(long)
    assert secrets.hint(long, found) == long[11:15] + "…"
    assert secrets.hint("pin 4821", secrets.Secret("PIN", 4, 8)) == "4…"


@given(st.text(max_size=400))
def test_any_text_can_be_looked_at(text: str) -> None:
    """Whatever the text, what is found lies inside it, in order, without overlap."""
    end = 0
    for secret in secrets.find(text):
        assert end <= secret.start < secret.end <= len(text)
        end = secret.end


_PIECES = r"""password| is |: |=|token|key| for the |login |/|://|@|"|ghp_|eyJ|.|-|a|A1|é|İ| |$|curl -u |bearer |
mysql -p|AKIA|\|-----BEGIN PRIVATE KEY-----""".split("|")


@given(st.lists(st.sampled_from(_PIECES), max_size=60).map("".join))
def test_texts_of_telling_pieces_can_be_looked_at(text: str) -> None:
    """Pieces that secrets are made of, in any order, are no trouble either; redacting keeps all the rest."""
    found = secrets.find(text)
    rest = "".join(
        text[a:b] for a, b in zip([0, *(s.end for s in found)], [*(s.start for s in found), len(text)], strict=True)
    )
    clean = secrets.redacted(text, found)
    for secret in found:
        clean = clean.replace(f"[redacted: {secret.kind}]", "", 1)
    assert clean == rest


LONG = {
    "one letter": "a" * N,
    "letters and digits": "A1" * (N // 2),
    "names": "password " * (N // 9),
    "names with short values": "pw=a1!bc " * (N // 9),
    "names with qualifiers": "password for the " * (N // 17),
    "dollars": "password=$" * (N // 10),
    "beginnings": "sk-" * (N // 3),
    "beginnings of tokens": "eyJ" * (N // 3),
    "parts of tokens": "eyJaaaaaaaaaaaaaa." * (N // 18),
    "schemes": "ab://a:" * (N // 7),
    "keys that never end": "-----BEGIN PRIVATE KEY-----" * (N // 27),
    "keys": ("-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n") * (N // 92),
    "commands": "curl -u docker mysql -p " * (N // 24),
    "logins": "login is a " * (N // 11),
    "quotes": 'token:"' * (N // 7),
    "blanks": "token" + " " * N,
    "digits before letters": "password: 1" + "a" * 150 + "! " + ("password: 1" + "ab" * 80 + "! ") * (N // 180),
    "arguments": ("password ab=" + "!" * 3_000 + " ") * (N // 3_020),
    "camels": "token=" + "AbcDef" * (N // 6),
    "paths": "token=" + "/a" * (N // 2),
    "plain words": "password is swordfish, " * (N // 23),
    "braces before names": ("{" * 200 + " password: hashed ") * (N // 218),
    "words of a passphrase": "passphrase is " + "horse " * (N // 6),
    "many secrets": ("TOKEN=" + "aB3" * 12 + " ") * (N // 43),
}


@pytest.mark.parametrize("shape", LONG)
def test_no_text_takes_long(shape: str) -> None:
    """100,000 characters of the worst we could think of take less than a second of CPU, usually some hundredths."""
    started = time.thread_time()
    secrets.find(LONG[shape][:N])
    assert time.thread_time() - started < 1.0


def test_the_time_grows_no_faster_than_the_text() -> None:
    """Five times the text takes about five times as long, all shapes together."""
    short, long = (sum(_seconds(shape[:size]) for shape in LONG.values()) for size in (N // 20, N // 4))
    assert long < 12 * short


def _seconds(text: str) -> float:
    started = time.thread_time()
    secrets.find(text)
    return time.thread_time() - started


def test_the_examples_in_the_docstrings_hold() -> None:
    """What the docstrings show is what happens."""
    assert doctest.testmod(secrets).failed == 0
