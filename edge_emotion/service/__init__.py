"""Running as a service of systemd: what it is told while the session runs, and the unit that starts it."""
