"""The C interface: its declarations, the library that was loaded, and how arrays and functions are handed to it."""
