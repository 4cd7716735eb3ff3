"""What runs by itself when a session starts, when the user has asked something, when a turn or the session ends?

    command.py    `neural-memory hook EVENT`: JSON on stdin, JSON on stdout, never a failure
    start.py      SessionStart: what this project's session should know (light: no model, no Brain)
    prompt.py     UserPromptSubmit: what fits the prompt, and whether something is to be stored
    stop.py       Stop: was stored what the user wanted stored?
    ending.py     PreCompact, SessionEnd: what looks worth keeping, as suggestions
    sessions.py   what a session was told already: a small file for each
    words.py      what an assistant reads from all of these

A hook stands in the way of somebody who wants to work. So each is quick, answers with valid hook JSON whatever
happens, and stays silent when in doubt.
"""
