"""Runs a command in a terminal. Types each answer after the next prompt. Prints the output and the exit code."""

import json
import os
import pty
import select
import sys

answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])

output = b''
seen = 0
while True:
    ready, _, _ = select.select([terminal], [], [], 60)
    if not ready:
        break
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        break
    if not chunk:
        break
    output += chunk
    while answers and output.count(b']: ') > seen:
        seen += 1
        os.write(terminal, answers.pop(0).encode())

_, status = os.waitpid(pid, 0)
print(json.dumps({'output': output.decode(), 'code': os.waitstatus_to_exitcode(status)}))
