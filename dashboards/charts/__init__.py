"""Marks and figures: pure functions from values or a frame to HTML or a Plotly figure."""
