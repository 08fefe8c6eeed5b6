"""Native isolation: an agent's code in a process of its own, for agents that need packages with native code.

How a sandbox comes to be, and why so:

- A plain interpreter that has imported the guest kit, the *nursery* (`child/main.py`), is started once a worker with
  nothing of the worker's: no environment, no open files, none of its memory. Every sandbox is forked from it, which
  takes some milliseconds, where starting an interpreter and importing the kit would take two hundred.
- With `namespace` the nursery first moves into a root of its own in memory, in which only the interpreter's library,
  the kit, the packages that everyone has and the system's libraries can be seen, all read-only. It is the first
  process of a namespace of processes, so that whatever it started ends with it.
- The forked process becomes nobody, takes new namespaces of users, mounts, processes, network, IPC and names, enters
  a root with the version's own packages and a small scratch directory in memory, drops every capability, and hands
  itself to a seccomp filter. Only then it says that it is ready. It speaks to its host over one socket and has no
  other way out.
- With `process` there are no namespaces: the process becomes nobody where the worker is the superuser, can write no
  file, and has the same filter where the kernel offers one. The host's files can be read as nobody reads them.
- The host believes nothing that comes from a sandbox: frames are bounded, what is malformed ends it, and every few
  milliseconds its time, its processor time and its memory are looked at, whatever it does.

Threads are allowed, for native libraries want them; processes are not. `docs/isolation.md` has the table of what each
isolation gives.
"""
