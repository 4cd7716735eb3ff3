"""How is this program plugged into a client, and out of it again?

table.py         which clients are there, and where do they keep their configuration?
entry.py         what is written there: which command, which variables?
jsonc.py         how is one entry of a JSON file changed, every other byte left alone?
toml.py          the same for TOML
files.py         how is somebody else's file read and written without harm?
plan.py          what would change in which file, and how is it done?
instructions.py  the same for the files in which a client keeps its instructions
words.py         what an assistant reads there
check.py         is each client configured, and does what it would start answer?
errors.py        what can be wrong with such a file?
"""
