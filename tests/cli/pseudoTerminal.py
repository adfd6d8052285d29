"""Runs a command in a pseudo-terminal, and passes on what a terminal would get.

    python3 pseudoTerminal.py COLUMNS ROWS [KEYS AFTER] -- COMMAND...

KEYS are typed as soon as the text AFTER has been written. Exits as the command does.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

before, command = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
columns, rows, *typed = before

child, terminal = pty.fork()
if child == 0:
    size = struct.pack("HHHH", int(rows), int(columns), 0, 0)
    fcntl.ioctl(sys.stdout.fileno(), termios.TIOCSWINSZ, size)
    os.execvp(command[0], command)

written = b""
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:  # Linux: the command has ended.
        break
    if not part:
        break
    written += part
    sys.stdout.buffer.write(part)
    if typed and typed[1].encode() in written:
        os.write(terminal, typed[0].encode())
        typed = []
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
