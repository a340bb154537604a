"""Commands of the second floor: thin, loaded only when chosen."""
