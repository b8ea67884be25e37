"""Data trust."""
from dashboards import shell
import streamlit as st
def render(visit: shell.Visit) -> None:
    st.title("Data trust")
