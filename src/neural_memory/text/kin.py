"""Which words belong together in every developer's head?

The small model that recall by meaning uses does not know that a login has to do with bearer tokens. These families
of words do: each line lists words of one subject, and a question for one of them looks, at a discount, for the others.
They are general knowledge of the trade, written down by hand; nothing in them comes from anybody's memories.
"""

from __future__ import annotations

from neural_memory.text.terms import stem

FAMILIES = """
login signin logon authentication authenticate credential password token bearer jwt oauth oidc saml sso session mfa otp
authorization permission role access rbac acl scope privilege grant
database postgresql mysql sqlite mariadb mongodb dynamodb cassandra sql schema table query
cache caching redis memcached ttl cdn eviction
queue kafka rabbitmq sqs broker message pubsub worker celery job topic
deploy deployment release rollout ship publish production staging pipeline
test testing pytest jest junit coverage assertion fixture mock e2e
flaky intermittent unreliable unstable nondeterministic
error exception failure fail crash bug broken traceback panic defect fault
incident outage downtime postmortem oncall pager
slow latency performance speed fast bottleneck throughput optimize
payment pay billing invoice checkout charge stripe card refund purchase transaction money
price cost fee discount currency amount tax
frontend ui interface css react vue svelte component page screen layout button
backend server service api endpoint rest graphql grpc
url address host hostname domain route port endpoint
configuration setting environment variable option parameter
secret key password credential vault certificate passphrase
log logging trace tracing telemetry observability
monitoring metric alert dashboard grafana prometheus datadog sentry
storage bucket s3 disk file upload blob attachment
backup restore snapshot dump recovery
network dns proxy gateway firewall vpn nginx loadbalancer
container docker kubernetes pod image helm cluster node
user customer account client member visitor
email mail smtp inbox newsletter
notification push reminder message
search elasticsearch opensearch index lookup
style convention formatting lint linter prettier black guideline naming
preference prefer favourite like taste
timezone utc clock date timestamp calendar
review reviewer approval approve pull merge branch
owner own maintain maintainer responsible charge team lead
schedule cron nightly periodic timer weekly
migration migrate upgrade alembic flyway
dependency library package module npm pip cargo
python typescript javascript rust golang java kotlin swift language
mobile ios iphone ipad android phone app
training train model inference gpu dataset epoch checkpoint
image picture photo thumbnail icon avatar
rate limit throttle quota requests
expire expiry expiration lifetime ttl timeout
encrypt encryption tls ssl https certificate cipher
memory ram heap leak oom
delete remove drop purge erase cleanup retention
documentation readme wiki guide manual handbook runbook
design architecture decision pattern diagram
translation locale i18n language localization
firmware device sensor hardware board chip microcontroller
game player level enemy physics sprite
feature flag toggle experiment rollout variant
commit git repository branch tag history rebase squash
editor ide vscode vim keyboard shortcut
meeting standup retro planning sprint
license licence legal gdpr compliance privacy
"""


def _families() -> dict[str, frozenset[str]]:
    """term -> the other terms of its families."""
    kin: dict[str, set[str]] = {}
    for line in FAMILIES.strip().splitlines():
        family = {stem(word) for word in line.split()}
        for term in family:
            kin.setdefault(term, set()).update(family - {term})
    return {term: frozenset(others) for term, others in kin.items()}


NAMES = {stem(word): word for word in reversed(FAMILIES.split())}
"""term -> the word it stands for, as it reads well."""
KIN = _families()
"""term -> the terms that belong to it."""
