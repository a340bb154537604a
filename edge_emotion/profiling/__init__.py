"""How long, how much memory and how much energy the runtime takes on this machine."""
