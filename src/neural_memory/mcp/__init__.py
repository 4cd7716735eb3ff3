"""The door for assistants: the Model Context Protocol over stdin and stdout, in both of its living eras.

    stdio.py        bytes, threads, signals: when is what read, done and written?
    jsonrpc.py      how does a line become a message, and a message a line?
    protocol.py     what does a message mean, and what is the reply?
    asking.py       how is the user asked something in the middle of a call?
    confirming.py   when is the user asked before something happens, and what?
    words.py        what does an assistant read about us? (instructions, tool definitions)
    tools.py        what does each tool do with the memory?
    prompts.py      what can the user start with one command?
    resources.py    what can a client show or attach without calling a tool?
    completions.py  how does what the user has begun to type go on?

Clients start one server per window and wait for its first reply, so nothing on the way there imports more
than json, signal and threading.
"""
