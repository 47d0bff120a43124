"""What a page shows above stand-in digits: that they are, and the ways to get MNIST."""

import streamlit as st

from app_pages.state import resources
from mnist_core.data.download import Download, DownloadState
from mnist_core.data.idx import DOWNLOAD_HINT, REPLACE_HINT, BrokenDataError, MissingDataError
from mnist_core.data.split import Split, fingerprint
from mnist_core.data.upload import MAX_FILE, save_upload
from mnist_core.paths import data_root
from mnist_core.synthetic.splits import SOURCE

NOT_HERE = "MNIST, its 70,000 digits, is not here yet."
GET_IT = "Download it here, or with `python -m mnist_core data`."
LOOK_EVERY = 0.5  # s between two looks at a download that runs
WIDTH = 720  # px
MEGABYTE = 1_000_000  # bytes
STYLE = """<style>
.st-key-data_panel [data-testid="stAlertContainer"] { overflow-wrap: anywhere; }
</style>"""


def split_or_standin(name: str) -> Split:
    """Return a split; where it is of stand-in digits, say so, say why, and offer the ways to MNIST."""
    try:
        return resources.load_split(name)
    except (MissingDataError, BrokenDataError) as error:
        offer_mnist(f"**{SOURCE[0].upper()}{SOURCE[1:]}**, written by a parametric pen.", error)
        return resources.available_split(name)


def offer_mnist(shown: str, error: Exception) -> None:
    """Say what a page shows instead of MNIST and why, and offer the ways to MNIST."""
    reason = str(error).replace(DOWNLOAD_HINT, GET_IT) if fingerprint() else f"{NOT_HERE} {GET_IT}"
    data_panel(f"{shown} {reason}", resources.download_into(data_root()))


def data_panel(sentence: str, download: Download) -> None:
    """Say what is shown instead of MNIST and why, and offer to download it or to take files that the visitor has.

    Args:
        sentence: what is shown, and what is missing.
        download: the process's; it may be running already.
    """
    st.html(STYLE)
    with st.container(width=WIDTH, key="data_panel"):
        st.info(sentence, icon=":material/database_off:")
        running = download.progress().state == DownloadState.RUNNING
        st.fragment(_render_download, run_every=LOOK_EVERY if running else None)(download, running)
        with st.expander("Use files that you have", icon=":material/folder_open:"):
            _render_own_files(download)


def _render_download(download: Download, was_running: bool) -> None:
    """Show the download's progress with Cancel, or how to start it; the whole page follows when that changes."""
    progress = download.progress()
    if (progress.state == DownloadState.RUNNING) != was_running:
        st.rerun()  # for the digits, or because only a whole run of the page starts and ends the polling
    if progress.state == DownloadState.RUNNING:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.progress(progress.fraction, text=f"Downloading MNIST: {progress.fraction:.0%}".replace("%", " %"))
            st.button("Cancel", on_click=download.cancel, key="data_cancel")
        return
    if progress.state == DownloadState.FAILED:
        st.error(f"{progress.message}.", icon=":material/cloud_off:")
    st.button(
        "Retry" if progress.state == DownloadState.FAILED else "Download MNIST (12 MB)",
        on_click=download.start,
        type="primary",
        icon=":material/refresh:" if progress.state == DownloadState.FAILED else ":material/download:",
        key="data_download",
    )


def _render_own_files(download: Download) -> None:
    """Take the four files from the visitor."""
    st.markdown(
        "The four files of MNIST, raw or .gz, or a folder that holds them; `MNIST_ROOT` may name such a folder too. "
        "Fashion-MNIST and KMNIST will do as well: known by their .gz files, or by their folder's name. So will any "
        "28 x 28 images with labels from 0 to 9 in the same format."
    )
    whole_folder = st.toggle("A whole folder", key="data_whole_folder")
    key = f"data_files_{'folder' if whole_folder else 'single'}"
    st.file_uploader(
        "A folder" if whole_folder else "Four files",
        accept_multiple_files="directory" if whole_folder else True,
        max_upload_size=MAX_FILE // MEGABYTE,
        on_change=_keep,
        args=(key, download),
        key=key,
        label_visibility="collapsed",
    )
    kind, words = st.session_state.get("data_told", ("", ""))
    if words and st.session_state.get(key):
        (st.error if kind == "broken" else st.caption)(words)


def _keep(key: str, download: Download) -> None:
    """Check what was handed in and put it where the page looks for it; before the page runs again."""
    files = [(file.name, file.getvalue()) for file in st.session_state[key]]
    st.session_state.data_told = ("", "")
    try:
        save_upload(files, download.root)
    except MissingDataError as error:
        st.session_state.data_told = ("missing", f"{error}.")
    except BrokenDataError as error:
        st.session_state.data_told = ("broken", str(error).removesuffix(f". {REPLACE_HINT}"))
    except OSError as error:
        st.session_state.data_told = ("broken", f"{download.root} cannot be written ({error.strerror})")
