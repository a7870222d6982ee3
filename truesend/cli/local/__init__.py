"""The local stack: a Postgres, a broker and our own services as children of one process, on one data folder.

Start children from a thread that lives as long as they should (the main one, as a rule): on Linux the kernel ends a
child together with the thread that started it.
"""
