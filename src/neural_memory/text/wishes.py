"""What does somebody want who types this?  To store something, to ask, to chat?  Was it typed by a person at all?

Rules about how people say it, tuned to stay silent: a memory that interrupts "ok, continue" is switched off soon.
"""

from __future__ import annotations

import re

from neural_memory.text.analyse import ask, leads_on
from neural_memory.text.terms import stem

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|^\s*>.*$", re.MULTILINE)
_SYNTHETIC = re.compile(
    r"\s*(<(task-notification|system-reminder|command-name|command-message|local-command|bash-input|bash-stdout"
    r"|user-memory-input|ide_|teammate)|caveat: the messages below|\[request interrupted|\[image|/\w[\w:-]*(\s"
    r"|\Z)|!|#\s)",
    re.IGNORECASE,
)

# What clients put beside a prompt, or send in the user's place: in an element, or below a heading of its own.
_PUT_IN = re.compile(
    r"<(hook_context|hook_prompt|session_context|environment_context|user_instructions)\b.*?(?:</\1>|\Z)"
    r"|\A# AGENTS\.md .*",
    re.DOTALL,
)

# Polite beginnings, after which the verb comes that tells.
_BEGIN = (
    r"(?:^|[.!?;:,\n]\s*|\b(?:and|also|then|but|so|ok|okay|btw|hey|great|thanks|cool|now)[,:]?\s+)\W*"
    r"(?:(?:please|pls|kindly|also|now|just|ok|okay|hey|claude|and|then|i\s+(?:want|need|would\s+like"
    r"|'d\s+like)\s+you\s+to"
    r"|you\s+(?:should|must|need\s+to)|make\s+sure\s+(?:to|you)|be\s+sure\s+to"
    r"|(?:can|could|would|will)\s+you(?:\s+please)?)[,:]?\s+)*"
)
_FOR_LATER = (
    r"(?:for|in)\s+(?:later|next\s+(?:time|session)|(?:the\s+)?future(?:\s+(?:reference|sessions?|use))?"
    r"|(?:other|all|every|later|upcoming|new)\s+(?:sessions?|projects?|conversations?|chats?))"
)
_MEMORY = r"(?:to|in|into)\s+(?:your\s+|the\s+|neural[\s-]|long[\s-]term\s+)*memor(?:y|ies)"
_THING = (
    r"(?:(?:debugging|important|new|architectur\w+|coding|key|useful|final|following|project|our|my|the)\s+)*"
    r"(?:insights?|facts?|decisions?|preferences?|rules?|conventions?|lessons?|learnings?|findings?|gotchas?|notes?"
    r"|points?|details?|info(?:rmation)?|pieces?|things?|patterns?|root\s+causes?|fix(?:es)?|workarounds?|one)"
)
_STORE = tuple(
    re.compile(_BEGIN + rule, re.IGNORECASE | re.MULTILINE)
    for rule in (
        r"remember\s*[:,–—-]",
        r"remember\s+(?:that|this|these|the\s+following|it\b|we\b|i\b|i'[dm]\b|my\b|our\b|the\b(?!\s+(?:time|day"
        r"|last|old)\b)"
        r"|all\b|always\b|never\b|to\s+(?:always|never)\b)",
        rf"remember\b[^.?!\n]{{0,200}}\b{_FOR_LATER}",
        r"store\s*[:–—-](?!\w)",
        rf"(?:store|save|record|log|note|keep|write\s+down)\s+(?:this|that|these|the\s+following|my|our)\s+{_THING}\b"
        r"(?!\s+(?:in|to|into|as)\s+(?:an?\b|the\s+(?!memor)|\w+\.))",
        r"(?:store|save|record|note)\s+(?:this|that|it|these|the\s+following|these\s+(?:facts"
        r"|things))\s*(?:[:.!–—-]|$|,\s|down\b)",
        rf"(?:store|save|record|keep|put|add|commit|write)\s+[^.?!\n]{{0,120}}{_MEMORY}",
        rf"(?:store|save|record|keep|note)\s+[^.?!\n]{{0,120}}{_FOR_LATER}",
        r"(?:store|save|note|record)\s+that\s+\w+",
        r"(?:take|make)\s+(?:a\s+)?note\s*(?::|that\b|of\s+(?:this|that)\b)",
        r"note\s*(?:to\s+self)?\s*:\s",
        r"(?:don't|do\s+not|never)\s+forget\s*(?::|that\b|this\b)",
        r"(?:memori[sz]e|commit\s+to\s+memory)\b",
        r"(?:keep|bear)\s+(?:this|that|it)?\s*in\s+mind\s*(?::|for\b|that\b|$)",
        r"for\s+(?:future\s+reference|next\s+time)\s*[:,]",
        r"(?:merk(?:e)?\s+dir|merken\s*:|retiens|souviens-toi|mémorise|recuerda|guarda\s+esto"
        r"|ricorda(?:ti)?\s+che|lembre-se)\b",
    )
)
_NOT_STORE = re.compile(
    r"\b(?:do|did|can|could)\s+(?:you|we)\s+(?:still\s+)?(?:remember|recall|store|save)\b(?!\s+(?:this"
    r"|that\s+\w+\s+\w+)\s*[:,])[^.\n]*\?"
    r"|\bremember\s+(?:when|how|what|why|who|where|which|if|whether|last|the\s+(?:time|day|last|old))\b"
    r"|\b(?:don't|do\s+not|no\s+need\s+to|without|stop|never)\s+(?:need\s+to\s+)?(?:remember|stor|sav|not|record"
    r"|memori)\w*\b"
    r"(?!\s*:)(?!.*\bforget\b)"
    r"|\b(?:store|save|record|keep|log|write)\s+(?:this|that|it|them|these|the\s+\w+)(?:\s+\w+){0,3}\s+(?:in|to"
    r"|into|as|under|on)\s+"
    r"(?:an?\b|the\b(?!\s+memor)|redis\b|postgres\w*|s3\b|disk\b|git\b|json\b|csv\b|\w+\.\w{1,5}\b|[/~.]\S"
    r"|session\s*storage"
    r"|local\s*storage|cookies?\b|variables?\b|state\b|env)"
    r"|\bremember\s+(?:me|to)\b(?!\s+(?:always|never)\b)(?=[^.\n]*\b(?:button|checkbox|login|option|form|before"
    r"|after|when)\b)",
    re.IGNORECASE,
)

# What every request to an assistant is made of; a prompt of nothing else is about nothing that was stored.
_REQUEST = frozenset(
    stem(word)
    for word in """
    continue proceed lgtm go ahead ok okay yes yep yeah sure no nope thanks thank great good nice perfect cool fine done
    next again retry try please fix run rerun test tests testing build rebuild lint check verify look see show tell
    explain summarize summary commit push pull merge rebase branch diff review refactor rename clean
    cleanup simplify improve
    update change add remove delete write create make implement finish complete start stop wait undo revert reset apply
    code file files function class method module line lines error errors bug bugs issue issues problem failing failed
    fails pass passing broken work works working thing things stuff it this that these those here there now then same
    first last one two all everything nothing something more less better step steps plan task todo change changes need
    want think know like just also help use using let lets do does did doing should could would can
    """.split()
)


def typed(prompt: str) -> str:
    """What of a prompt somebody typed, without what the client put beside it.

    >>> typed("<hook_context>stored notes …</hook_context>\\n\\nhow do we deploy?")
    'how do we deploy?'
    """
    return _PUT_IN.sub("", prompt).strip()


def is_synthetic(prompt: str) -> bool:
    """Was this made by a program: a notification, a slash command, a shell escape?"""
    return not prompt.strip() or bool(_SYNTHETIC.match(prompt))


def wants_storing(prompt: str) -> bool:
    """Does the user say that something is to be remembered beyond this session?

    >>> wants_storing("Remember that we deploy on Tuesdays"), wants_storing("do you remember how we deploy?")
    (True, False)
    >>> wants_storing("store the value in a variable"), wants_storing("Save this for next time: use pnpm")
    (False, True)
    """
    text = _QUOTED.sub(" ", _CODE.sub(" ", prompt[:4_000])).replace("’", "'")
    return any(rule.search(text) for rule in _STORE) and not _all_denied(text)


def asks_nothing(prompt: str) -> bool:
    """Is there neither something to store in this prompt, nor something to ask the memory?

    >>> [asks_nothing(prompt) for prompt in ("ok, go on", "Remember that we use tabs", "how do we deploy to staging?")]
    [True, False, False]
    """
    said = typed(prompt)
    return is_synthetic(said) or not (wants_storing(said) or topic(said))


def _all_denied(text: str) -> bool:
    """Is each sentence that seems to say so denied: a question, a variable, a negation?"""
    sentences = re.split(r"(?<=[.!?])\s+|\n+", text)
    telling = [sentence for sentence in sentences if any(rule.search(sentence) for rule in _STORE)]
    return bool(telling) and all(_NOT_STORE.search(sentence) for sentence in telling)


def topic(prompt: str) -> str:
    """What to ask the memory for this prompt; "" when it is about nothing in particular ("continue", "fix the tests").

    >>> topic("ok, run the tests again"), topic("Why does the payment service time out?")
    ('', 'Why does the payment service time out?')
    """
    text = " ".join(_CODE.sub(" ", prompt).split())[:600]
    telling = [term for term in ask(text) if leads_on(term) and term not in _REQUEST and not term.isdigit()]
    return text if len(telling) >= 2 or any(len(term) > 3 for term in telling) else ""
