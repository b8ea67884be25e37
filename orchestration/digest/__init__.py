"""Messages: the digest of a version to each audience, and word of a refresh refused or late."""
