"""The only SQL of the pages: one module per page, each query cached by published version."""
