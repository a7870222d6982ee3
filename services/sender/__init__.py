"""The sender: dispatches due messages, and is the only one to write what became of a send."""
