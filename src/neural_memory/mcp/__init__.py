"""The door for assistants: the Model Context Protocol over stdin and stdout, in both of its living eras.

    stdio.py     bytes, threads, signals: when is what read, done and written?
    jsonrpc.py   how does a line become a message, and a message a line?
    protocol.py  what does a message mean, and what is the reply?
    tools.py     what does each tool do with the memory?
    words.py     what does an assistant read about us? (instructions, tool definitions)

Clients start one server per window and wait for its first reply, so nothing on the way there imports more
than json, signal and threading.
"""
