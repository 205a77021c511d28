"""One file a command: `register` adds its arguments, `run` does it and gives the exit code.

Modules here import nothing heavy at the top; what a command needs is imported when it runs.
"""
