"""What becomes bytes: files, state dictionaries, and what the library lists of the bytes that it saves."""
