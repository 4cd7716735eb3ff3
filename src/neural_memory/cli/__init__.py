"""The door for people at a terminal: one file a noun, each a click command that asks the Brain and shows its answer.

main.py     the command group, the global options, and what an error looks like
options.py  what the commands share on the way in: options, text from words or a pipe, the memory they ask
look.py     what they share on the way out: plain text, a table on a terminal, or JSON
tables.py   how each kind of result is drawn on a terminal (the only file here that imports rich at its top)
"""
