from streamlit.testing.v1 import AppTest


def markup(app: AppTest) -> str:
    """All HTML of the page but its style sheet."""
    return "\n".join(e.proto.body for e in app.get("html") if "<style>" not in e.proto.body)
