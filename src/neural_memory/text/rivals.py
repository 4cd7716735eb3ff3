"""Which answers exclude each other?

A project has one package manager and one main database; a date is kept in seconds or in milliseconds. Each line lists
answers to one question, and before the colon the words that name the question ("our *database* is …"). Two memories
that differ in nothing but two of these contradict each other. What goes together (browsers, operating systems,
languages of one stack, ways to log in) is not listed. General knowledge of the trade, written down by hand.
"""

from __future__ import annotations

from neural_memory.text.terms import stem

_QUESTIONS = """
database db store datastore sql: postgresql mysql mariadb sqlite mongodb oracle mssql cockroachdb dynamodb cassandra
cache: memcached redis valkey hazelcast dragonfly
queue broker bus event message: kafka rabbitmq pulsar sqs nats activemq kinesis
job task worker background: celery dramatiq sidekiq rq huey resque bullmq
package dependency manager: npm yarn pnpm bun
package dependency python manager: pip poetry pipenv uv conda pdm
runner unit test framework: jest vitest mocha jasmine
test framework python: pytest unittest nose
e2e browser test: cypress playwright selenium puppeteer
frontend framework: react vue svelte angular ember solidjs
meta framework: nextjs nuxt remix sveltekit gatsby
state management: redux zustand mobx pinia vuex recoil
bundler build: webpack vite rollup esbuild parcel turbopack
backend web framework: django flask fastapi rails laravel express nestjs
orm: sqlalchemy prisma typeorm sequelize hibernate drizzle
ci pipeline: jenkins circleci travis buildkite teamcity
cloud provider hosting: aws gcp azure hetzner heroku fly netlify vercel digitalocean
orchestration orchestrator: kubernetes nomad swarm ecs
infrastructure: terraform pulumi cloudformation opentofu
api style protocol: rest graphql grpc soap
monorepo polyrepo
branching workflow: gitflow trunk-based
merge strategy: squash rebase
styling css: tailwind bootstrap sass styled-components
payment provider: stripe adyen paypal braintree mollie
tracker issue: jira linear asana trello
log: splunk loki elasticsearch datadog
formatter: black yapf autopep8
formatter linter: eslint biome
editor: vim emacs vscode
shell: bash zsh fish
licence license: mit apache-2.0 gpl agpl bsd mpl
format file config: json yaml toml xml ini
format image picture: jpeg png webp avif
format mail text: html plain markdown
unit: second millisecond microsecond nanosecond
unit: meter kilometer mile foot
unit temperature: celsius fahrenheit
key type: uuid bigint serial ulid integer
type amount: float decimal cent
indent indentation: tab space
quote: single double
case naming: snake_case camelcase kebab-case pascalcase
level log: debug info warning error trace
encoding: utf-8 latin1 utf-16 ascii
order: ascending descending
order byte: little-endian big-endian
collation locale: en_us en_gb de_de fr_fr
currency: eur usd gbp chf jpy
branch: main master trunk develop
style: functional object-oriented imperative
"""


def _read() -> tuple[dict[str, frozenset[int]], tuple[frozenset[str], ...]]:
    """answer -> the numbers of its questions; for each question the words that name it. All as terms."""
    found: dict[str, set[int]] = {}
    names = []
    for number, line in enumerate(_QUESTIONS.strip().splitlines()):
        left, _, right = line.rpartition(":")
        names.append(frozenset(map(stem, left.split())))
        for answer in right.split():
            found.setdefault(stem(answer), set()).add(number)
    return {answer: frozenset(numbers) for answer, numbers in found.items()}, tuple(names)


_NUMBERS, _NAMES = _read()
_ANSWERS = tuple(tuple(a for a, numbers in _NUMBERS.items() if number in numbers) for number in range(len(_NAMES)))
_NONE: frozenset[int] = frozenset()


def known(term: str) -> bool:
    """Is this an answer that excludes others?"""
    return term in _NUMBERS


def all_rivals(term: str) -> tuple[str, ...]:
    """The other answers to the questions that this one answers."""
    numbers = _NUMBERS.get(term, _NONE)
    return tuple(other for number in numbers for other in _ANSWERS[number] if other != term)


def rivals(one: str, other: str) -> frozenset[str] | None:
    """The words that name the question both answer differently; None when they can both be true.

    >>> rivals("mysql", "mongodb") is None, rivals("mysql", "react") is None
    (False, True)
    """
    shared = _NUMBERS.get(one, _NONE) & _NUMBERS.get(other, _NONE)
    if one == other or not shared:
        return None
    return frozenset().union(*(_NAMES[number] for number in shared))
