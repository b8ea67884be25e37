"""Packs of a business review: what they say (`content`), and how PDF, PPTX and XLSX write it."""
