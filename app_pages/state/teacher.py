"""The teacher, who may stop, delete and reorder any run: whoever knows the password that the server was given."""

import hmac
import logging
import os
import time

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from app_pages.state.session import session

PASSWORD = "TEACHER_PASSWORD"
MAX_LENGTH = 200  # characters
DELAY = 1.0  # s after a wrong password, so that guessing takes long
log = logging.getLogger(__name__)


def is_teacher_possible() -> bool:
    """True when the server was given a password; without one there is no teacher."""
    return bool(_password())


def log_in(attempt: str) -> bool:
    """Make this visitor the teacher if the password is right."""
    password = _password()
    is_right = bool(password) and hmac.compare_digest(attempt.encode(), password.encode())
    if is_right:
        session().is_teacher = True
        log.info("a teacher has logged in")
    else:
        log.warning("a wrong teacher's password was refused")
        time.sleep(DELAY)
    return is_right


def _password() -> str:
    if password := os.environ.get(PASSWORD):
        return password
    try:
        return str(st.secrets.get(PASSWORD, ""))
    except StreamlitSecretNotFoundError:  # there is no file of secrets
        return ""
