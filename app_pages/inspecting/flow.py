"""The flow: a picture on its way through the model."""

import streamlit as st

from app_pages.inspecting.inspected import InspectedModel, Subject


def render_flow(subject: Subject, model: InspectedModel) -> None:
    """Show every layer's activations."""
    st.markdown(f"{model.spoken_name}: {subject.name}")
