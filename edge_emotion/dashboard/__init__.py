"""A page that shows a session while it runs: served by this machine, to whoever has its token."""
