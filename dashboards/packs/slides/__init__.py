"""How slides are drawn: the empty deck, text and tables that fit their places, native charts."""
