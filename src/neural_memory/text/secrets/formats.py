"""What do the keys and tokens of public services look like?  One table, from what their issuers document.

A format begins with letters of its own, which is what makes it quick to look for: its expression is only tried where
those letters stand. All repeats are bounded, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_memory.text.lazily import later
from neural_memory.text.secrets.values import Secret, like_random


class Format(NamedTuple):
    """kind: what it is called; begins: its first letters, case counts; whole: the expression for all of it."""

    kind: str
    begins: str
    whole: re.Pattern[str]


_END = r"(?![A-Za-z0-9])"
_URLSAFE = r"[A-Za-z0-9_-]"

_TABLE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    # kind, beginnings, what follows the beginning
    ("AWS access key", ("AKIA", "ASIA", "ABIA", "ACCA"), "[A-Z2-7]{16}"),
    ("AWS Bedrock key", ("ABSK",), r"[A-Za-z0-9+/]{100,300}={0,2}"),
    ("GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), "[A-Za-z0-9]{36,255}"),
    ("GitHub token", ("github_pat_",), r"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    (
        "GitLab token",
        ("glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "glffct-"),
        r"[\w-]{20,300}(?:\.\w{2,12}){0,2}",
    ),
    ("GitLab token", ("GR1348941",), _URLSAFE + "{20}"),
    ("Bitbucket app password", ("ATBB",), "[A-Za-z0-9]{28,40}"),
    ("Atlassian token", ("ATATT3",), r"[\w=-]{50,400}"),
    ("Slack token", ("xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxd-"), r"[\w%+/=-]{20,300}"),
    ("Slack token", ("xapp-", "xoxe-", "xoxe.xox"), r"[\w-]{20,300}"),
    ("Slack webhook", ("hooks.slack.com/services/", "hooks.slack.com/workflows/"), r"[\w/]{40,100}"),
    ("Discord webhook", ("discord.com/api/webhooks/", "discordapp.com/api/webhooks/"), r"\d{15,22}/[\w-]{60,80}"),
    ("Microsoft Teams webhook", ("webhook.office.com/webhookb2/",), r"[\w@/-]{80,250}"),
    ("Stripe key", ("sk_live_", "sk_test_", "rk_live_", "rk_test_"), "[A-Za-z0-9]{16,247}"),
    ("webhook signing secret", ("whsec_",), r"[A-Za-z0-9+/]{24,80}={0,2}"),
    ("Anthropic key", ("sk-ant-",), r"\w{2,10}-[\w-]{40,200}"),
    ("OpenRouter key", ("sk-or-v1-",), "[0-9a-f]{64}"),
    ("OpenAI key", ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"), _URLSAFE + "{20,250}"),
    ("API key (sk-)", ("sk-",), "[A-Za-z0-9]{20,100}"),
    ("Google API key", ("AIza",), _URLSAFE + "{35}"),
    ("Google client secret", ("GOCSPX-",), _URLSAFE + "{20,40}"),
    ("Google access token", ("ya29.",), r"[\w-]{30,600}"),
    ("npm token", ("npm_",), "[A-Za-z0-9]{36}"),
    ("PyPI token", ("pypi-AgE",), r"[\w-]{50,400}"),
    ("SendGrid key", ("SG.",), r"[\w-]{16,32}\.[\w-]{30,64}"),
    ("Twilio key", ("SK",), "[0-9a-f]{32}"),
    ("DigitalOcean token", ("dop_v1_", "doo_v1_", "dor_v1_"), "[0-9a-f]{64}"),
    ("Hugging Face token", ("hf_", "api_org_"), "[A-Za-z0-9]{30,50}"),
    ("Shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), "[0-9a-fA-F]{32}"),
    ("Square token", ("sq0atp-", "sq0csp-"), _URLSAFE + "{22,60}"),
    ("Mailgun key", ("key-",), "[0-9a-f]{32}"),
    ("Brevo key", ("xkeysib-", "xsmtpsib-"), "[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    ("Databricks token", ("dapi",), "[0-9a-f]{32}(?:-[0-9])?"),
    ("Docker token", ("dckr_pat_", "dckr_oat_"), _URLSAFE + "{20,60}"),
    ("Linear key", ("lin_api_", "lin_oauth_"), "[A-Za-z0-9]{32,64}"),
    ("Notion token", ("ntn_",), "[A-Za-z0-9]{40,60}"),
    ("Notion token", ("secret_",), "[A-Za-z0-9]{43}"),
    ("Netlify token", ("nfp_",), "[A-Za-z0-9]{30,60}"),
    ("Vercel token", ("vcp_", "vci_", "vca_"), "[A-Za-z0-9]{24,80}"),
    ("Supabase key", ("sbp_", "sb_secret_"), r"[\w-]{20,64}"),
    ("Vault token", ("hvs.", "hvb.", "hvr."), r"[\w-]{24,300}"),
    ("Grafana token", ("glsa_",), "[A-Za-z0-9]{32}_[0-9a-f]{8}"),
    ("Grafana token", ("glc_",), r"[A-Za-z0-9+/]{32,400}={0,3}"),
    ("New Relic key", ("NRAK-", "NRIQ-", "NRII-"), r"[\w-]{20,40}"),
    ("Sentry token", ("sntryu_", "sntrys_"), r"[\w+/=-]{40,400}"),
    ("Postman key", ("PMAK-",), "[0-9a-f]{24}-[0-9a-f]{34}"),
    ("RubyGems key", ("rubygems_",), "[0-9a-f]{48}"),
    ("Doppler token", ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."), r"[\w.]{40,80}"),
    ("Fly token", ("fm1r_", "fm1a_", "fm2_", "fo1_"), r"[\w+/=-]{40,700}"),
    ("Airtable token", ("pat",), r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("Figma token", ("figd_", "figu_", "figo_"), r"[\w-]{30,60}"),
    ("Dropbox token", ("sl.",), r"[\w=-]{100,1200}"),
    ("Groq key", ("gsk_",), "[A-Za-z0-9]{48,60}"),
    ("Perplexity key", ("pplx-",), "[A-Za-z0-9]{40,60}"),
    ("xAI key", ("xai-",), "[A-Za-z0-9]{60,100}"),
    ("Replicate token", ("r8_",), "[A-Za-z0-9]{37}"),
    ("1Password token", ("ops_eyJ",), r"[\w+/=-]{100,900}"),
    ("Tailscale key", ("tskey-",), r"[\w-]{20,90}"),
    ("Pulumi token", ("pul-",), "[0-9a-f]{40}"),
    ("PlanetScale password", ("pscale_tkn_", "pscale_pw_", "pscale_oauth_"), r"[\w=.-]{32,64}"),
    ("Buildkite token", ("bkua_",), "[0-9a-f]{40}"),
    ("CircleCI token", ("CCIPAT_", "CCIPRJ_"), r"[\w-]{30,80}"),
    ("Sonar token", ("sqp_", "squ_", "sqa_"), "[0-9a-f]{40}"),
    ("NuGet key", ("oy2",), "[a-z0-9]{43}"),
    ("crates.io token", ("cio",), "[A-Za-z0-9]{32}"),
    ("Artifactory key", ("AKCp",), "[A-Za-z0-9]{60,80}"),
    ("Cloudflare key", ("v1.0-",), "[0-9a-f]{24}-[0-9a-f]{146}"),
    ("Cloudflare token", ("cfut_", "cfat_"), r"[\w-]{30,80}"),
    ("Heroku key", ("HRKU-",), r"[\w-]{36,70}"),
    ("Contentful token", ("CFPAT-",), _URLSAFE + "{43}"),
    ("Facebook token", ("EAAA", "EAAC", "EAAM"), "[A-Za-z0-9]{60,400}"),
    ("Mapbox secret token", ("sk.eyJ",), r"[\w-]{50,200}\.[\w-]{16,40}"),
    ("age identity", ("AGE-SECRET-KEY-1", "AGE-PLUGIN-"), "[0-9A-Z]{50,80}"),
    ("JSON Web Token", ("eyJ",), r"[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{16,1000}"),
    ("encrypted web token", ("eyJ",), r"[\w-]{20,2000}\.[\w-]{0,1000}\.[\w-]{10,100}\.[\w-]{16,4000}\.[\w-]{16,100}"),
)

_FORMATS = tuple(
    Format(kind, begins, later(re.escape(begins) + rest + _END, re.A))
    for kind, beginnings, rest in _TABLE
    for begins in beginnings
)

_SHAPES = (
    # formats without letters of their own at the beginning: something else in them is telling, and looked for first
    ("Terraform token", ".atlasv1.", later(r"(?<![\w])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}", re.A)),
    ("Telegram bot token", ":AA", later(r"(?<![\w])\d{8,10}:AA[\w-]{32,34}(?![\w-])", re.A)),
    ("Discord token", ".", later(r"(?<![\w.-])[MNO][A-Za-z\d]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w.-])", re.A)),
    ("Azure client secret", "Q~", later(r"(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])", re.A)),
)


def formats(text: str) -> Iterator[Secret]:
    """Keys and tokens of the public formats."""
    for kind, begins, whole in _FORMATS:
        start = text.find(begins)
        while start >= 0:
            if (start == 0 or not _joined(text[start - 1])) and (found := whole.match(text, start)):
                if _drawn(found[0][len(begins) :]):
                    yield Secret(kind, start, found.end())
                start = found.end() - 1
            start = text.find(begins, start + 1)
    for kind, telling, whole in _SHAPES:
        if telling in text:
            yield from (Secret(kind, found.start(), found.end()) for found in whole.finditer(text))


_AWS_SECRET = later(r"(?<![\w+/])[A-Za-z0-9+/]{40}(?![\w+/=])")


def aws_secrets(text: str) -> Iterator[Secret]:
    """The secret that stands beside an access key: it has no letters of its own."""
    if "AKIA" not in text and "ASIA" not in text:
        return
    for found in _AWS_SECRET.finditer(text):
        if like_random(found[0]) and not _HEX.fullmatch(found[0]):
            yield Secret("AWS secret key", found.start(), found.end())


_HEX = later(r"[0-9a-fA-F]+")


def _joined(character: str) -> bool:
    """Whether what follows this character is the middle of something longer."""
    return character.isalnum() or character == "_"


def _drawn(rest: str) -> bool:
    """Whether what follows the fixed beginning stands for itself: no `xxxx…`, no `your…`, no words in a row.

    Digits or letters in order, and EXAMPLE, do not excuse it: whoever stores a key in full is better asked.
    """
    lowered = rest.lower()
    if len(set(rest)) < 7 or any(word in lowered for word in ("xxxx", "your", "placeholder", "redacted")):
        return False
    words = all(part.isalpha() and part.islower() for part in re.split(r"[-_.]", rest) if part)
    return not words or len(set(rest)) >= 16  # a word has fewer letters
