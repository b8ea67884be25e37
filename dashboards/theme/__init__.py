"""The look: tokens (spec/6), the style sheet made of them, and the logo."""
