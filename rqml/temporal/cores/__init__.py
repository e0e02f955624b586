"""The automata behind the patterns, one idea a file."""
