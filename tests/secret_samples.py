"""Which texts hold a secret, and which only look so?  The labelled samples, with values made while the tests run.

A line of `fixtures/secrets/*.txt` is a memory: `+` holds a secret, `-` does not, `#` is a remark, `\\n` a line break.
«name» stands for a value of that format, drawn at random (seeded) each time it occurs: so no file of the
repository holds anything that a scanner takes for a key. Formats are those the issuers document.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "fixtures" / "secrets"
LETTERS, DIGITS, HEX = string.ascii_letters, string.digits, "0123456789abcdef"
ALNUM = LETTERS + DIGITS
URLSAFE, BASE64 = ALNUM + "-_", ALNUM + "+/"
BASE32, UPPER = string.ascii_uppercase + "234567", string.ascii_uppercase + DIGITS
BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"


class Sample(NamedTuple):
    """text: what is to be stored; secret: whether it holds one; values: what was put in for the «names»."""

    text: str
    secret: bool
    values: tuple[str, ...]


def read(half: str, seed: int = 1) -> list[Sample]:
    """The samples of one half, `development` or `held_out`."""
    values = Values(seed)
    lines = (FOLDER / f"{half}.txt").read_text("utf-8").splitlines()
    return [_sample(line, values) for line in lines if line[:2] in ("+ ", "- ")]


def _sample(line: str, values: Values) -> Sample:
    made: list[str] = []

    def put(found: re.Match[str]) -> str:
        made.append(values.make(found[1]))
        return made[-1]

    text = re.sub("«(\\w+)»", put, line[2:].replace("\\n", "\n").replace("\\\\", "\\"))
    return Sample(text, line[0] == "+", tuple(made))


class Values:
    """Makes values of every format that the samples name."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - samples, not secrets

    def make(self, name: str) -> str:
        """A fresh value of this format."""
        if found := re.fullmatch(r"(hex|alnum|base64_)(\d+)", name):
            alphabet = {"hex": HEX, "alnum": ALNUM, "base64_": BASE64}[found[1]]
            return self.draw(alphabet, int(found[2]))
        made = _FORMATS[name]
        return made(self) if callable(made) else self.fill(made)

    def draw(self, alphabet: str, count: int) -> str:
        return "".join(self.random.choices(alphabet, k=count))

    def fill(self, pattern: str) -> str:
        """`glpat-{URLSAFE:20}`: a literal and draws from the alphabets above."""
        return re.sub(r"\{(\w+):(\d+)\}", lambda m: self.draw(globals()[m[1]], int(m[2])), pattern)

    def word_password(self) -> str:
        """As people choose them: a word and something."""
        word = self.random.choice(("hunter", "Summer", "dragon", "Welcome", "s3cur3", "letmein", "Berlin", "coffee"))
        return word + self.random.choice(("2", "2024!", "123", "#42", "!99", "_2026", "-Haus7"))

    def strong(self) -> str:
        """As password managers make them."""
        body = [*self.draw(ALNUM, 10), *self.draw(DIGITS, 2), *self.draw("!%*+=^~", 2)]
        self.random.shuffle(body)
        return self.draw(LETTERS, 1) + "".join(body) + self.draw(ALNUM, 1)

    def jwt(self) -> str:
        parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": self.draw(DIGITS, 9), "exp": 1700000000}]
        coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join([*coded, self.draw(URLSAFE, 43)])

    def basic(self) -> str:
        return base64.b64encode(f"ana:{self.word_password()}".encode()).decode()

    def block(self, kind: str, between: str = "\n") -> str:
        lines = [self.draw(BASE64, 64) for _ in range(12)]
        return between.join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


_FORMATS: dict[str, str | Callable[[Values], str]] = {
    "aws_id": "AKIA{BASE32:16}",
    "aws_sts_id": "ASIA{BASE32:16}",
    "aws_secret": "{BASE64:40}",
    "github": "ghp_{ALNUM:36}",
    "github_oauth": "gho_{ALNUM:36}",
    "github_server": "ghs_{ALNUM:36}",
    "github_fine": "github_pat_{ALNUM:22}_{ALNUM:59}",
    "gitlab": "glpat-{URLSAFE:20}",
    "gitlab_routable": "glpat-{URLSAFE:27}.01.{HEX:9}",
    "gitlab_runner": "glrt-{URLSAFE:20}",
    "gitlab_deploy": "gldt-{URLSAFE:20}",
    "bitbucket": "ATBB{ALNUM:32}",
    "slack_bot": "xoxb-{DIGITS:12}-{DIGITS:13}-{ALNUM:24}",
    "slack_user": "xoxp-{DIGITS:12}-{DIGITS:12}-{DIGITS:13}-{HEX:32}",
    "slack_app": "xapp-1-A{UPPER:10}-{DIGITS:13}-{HEX:64}",
    "slack_hook": "https://hooks.slack.com/services/T{UPPER:10}/B{UPPER:10}/{ALNUM:24}",
    "stripe": "sk_live_{ALNUM:24}",
    "stripe_test": "sk_test_51{ALNUM:97}",
    "stripe_restricted": "rk_live_{ALNUM:24}",
    "stripe_hook": "whsec_{ALNUM:32}",
    "openai": "sk-{ALNUM:20}T3BlbkFJ{ALNUM:20}",
    "openai_project": "sk-proj-{URLSAFE:74}T3BlbkFJ{URLSAFE:74}",
    "anthropic": "sk-ant-api03-{URLSAFE:93}AA",
    "anthropic_oauth": "sk-ant-oat01-{URLSAFE:93}AA",
    "google": "AIza{URLSAFE:35}",
    "google_secret": "GOCSPX-{URLSAFE:28}",
    "google_oauth": "ya29.{URLSAFE:120}",
    "npm": "npm_{ALNUM:36}",
    "pypi": "pypi-AgEIcHlwaS5vcmc{URLSAFE:120}",
    "sendgrid": "SG.{URLSAFE:22}.{URLSAFE:43}",
    "twilio_key": "SK{HEX:32}",
    "twilio_account": "AC{HEX:32}",
    "digitalocean": "dop_v1_{HEX:64}",
    "huggingface": "hf_{LETTERS:34}",
    "azure_storage": "{BASE64:86}==",
    "jwt": Values.jwt,
    "basic": Values.basic,
    "private_key": lambda v: v.block("PRIVATE KEY"),
    "private_key_json": lambda v: v.block("PRIVATE KEY", "\\n"),
    "rsa_key": lambda v: v.block("RSA PRIVATE KEY"),
    "openssh_key": lambda v: v.block("OPENSSH PRIVATE KEY"),
    "pgp_key": lambda v: v.block("PGP PRIVATE KEY BLOCK"),
    "age": "AGE-SECRET-KEY-1{BECH32:58}",
    "shopify": "shpat_{HEX:32}",
    "square": "sq0atp-{URLSAFE:22}",
    "mailgun": "key-{HEX:32}",
    "brevo": "xkeysib-{HEX:64}-{ALNUM:16}",
    "telegram": "{DIGITS:10}:AA{URLSAFE:33}",
    "discord": "MT{ALNUM:24}.G{ALNUM:5}.{URLSAFE:38}",
    "databricks": "dapi{HEX:32}",
    "docker": "dckr_pat_{URLSAFE:27}",
    "linear": "lin_api_{ALNUM:40}",
    "notion": "ntn_{DIGITS:11}{ALNUM:35}",
    "notion_old": "secret_{ALNUM:43}",
    "netlify": "nfp_{ALNUM:36}",
    "supabase": "sbp_{HEX:40}",
    "vault": "hvs.{URLSAFE:95}",
    "terraform": "{ALNUM:14}.atlasv1.{URLSAFE:67}",
    "grafana": "glsa_{ALNUM:32}_{HEX:8}",
    "newrelic": "NRAK-{UPPER:27}",
    "sentry": "sntryu_{HEX:64}",
    "postman": "PMAK-{HEX:24}-{HEX:34}",
    "rubygems": "rubygems_{HEX:48}",
    "doppler": "dp.pt.{ALNUM:43}",
    "fly": "FlyV1 fm2_{BASE64:120}",
    "airtable": "pat{ALNUM:14}.{HEX:64}",
    "figma": "figd_{URLSAFE:40}",
    "atlassian": "ATATT3xFfGF0{URLSAFE:150}={HEX:8}",
    "dropbox": "sl.{URLSAFE:135}",
    "groq": "gsk_{ALNUM:52}",
    "perplexity": "pplx-{ALNUM:48}",
    "xai": "xai-{ALNUM:80}",
    "replicate": "r8_{ALNUM:37}",
    "openrouter": "sk-or-v1-{HEX:64}",
    "onepassword": "ops_eyJ{ALNUM:300}",
    "tailscale": "tskey-auth-k{ALNUM:16}-{ALNUM:32}",
    "sas": "{ALNUM:43}%3D",
    "django": "django-insecure-{ALNUM:20}!^&{ALNUM:24}",
    "word_password": Values.word_password,
    "strong": Values.strong,
    # what is no secret
    "uuid": "{HEX:8}-{HEX:4}-4{HEX:3}-a{HEX:3}-{HEX:12}",
    "sha256": "{HEX:64}",
    "git_sha": "{HEX:40}",
    "git_sha12": "{HEX:12}",
    "git_short": "{HEX:8}",
    "sri": "sha384-{BASE64:64}",
    "icon": "iVBORw0KGgoAAAANSUhEUgAA{BASE64:240}",
    "ulid": "01J{UPPER:23}",
    "ssh_public": "AAAAC3NzaC1lZDI1NTE5AAAAI{BASE64:43}",
    "ssh_rsa_public": "AAAAB3NzaC1yc2EAAAADAQABAAABgQ{BASE64:340}=",
    "memory_id": lambda v: "mem_" + v.draw("0123456789abcdefghjkmnpqrstvwxyz", 10),
}
