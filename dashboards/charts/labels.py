"""Data as text on a chart."""


def plain(text: object) -> str:
    """Data as Plotly shows it as it is: its texts read a few HTML tags, so angles are entities."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
