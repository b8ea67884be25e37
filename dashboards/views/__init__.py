"""The pages: a folder each, listed in `pages.yml`."""
