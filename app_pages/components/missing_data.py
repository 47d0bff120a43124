"""The panel above stand-in digits: it says what they are, and offers the ways to get MNIST."""

import streamlit as st

from app_pages.components.html import sentence
from app_pages.state import resources
from app_pages.state.rerun import run_again
from mnist_core.data.download import Download, DownloadState
from mnist_core.data.idx import DOWNLOAD_HINT, REPLACE_HINT, BrokenDataError, MissingDataError
from mnist_core.data.split import Split, fingerprint
from mnist_core.data.upload import MAX_UPLOAD_BYTES, save_upload
from mnist_core.paths import data_root
from mnist_core.synthetic.splits import SOURCE

NOT_DOWNLOADED = "MNIST (70,000 digits) has not been downloaded yet."
GET_IT = "Download it here, or run `python -m mnist_core data`."
REFRESH = 0.5  # s between two updates of a running download
WIDTH = 720  # px
SAVED = "data_saved"  # in the session's state: Streamlit's names of the files that were saved last
MEGABYTE = 1_000_000  # bytes
STYLE = """<style>
.st-key-data_panel [data-testid="stAlertContainer"] { overflow-wrap: anywhere; }
</style>"""


def split_or_standin(name: str) -> Split:
    """Return a split; when it has stand-in digits, say so, say why, and offer the ways to get MNIST."""
    try:
        return resources.load_split(name)
    except (MissingDataError, BrokenDataError) as error:
        offer_mnist(f"**{SOURCE[0].upper()}{SOURCE[1:]}**, drawn by a simulated pen.", error)
        return resources.available_split(name)


def offer_mnist(shown: str, error: Exception) -> None:
    """Say what a page shows instead of MNIST and why, and offer the ways to get MNIST."""
    reason = str(error).replace(DOWNLOAD_HINT, GET_IT) if fingerprint() else f"{NOT_DOWNLOADED} {GET_IT}"
    data_panel(f"{shown} {reason}", resources.download_into(data_root()))


def data_panel(message: str, download: Download) -> None:
    """Show a message, and offer to download MNIST or to upload the visitor's own files.

    Args:
        message: what is shown, and what is missing.
        download: the process's download; it may be running already.
    """
    st.html(STYLE)
    with st.container(width=WIDTH, key="data_panel"):
        st.info(message, icon=":material/database_off:")
        running = download.progress().state == DownloadState.RUNNING
        st.fragment(_render_download, run_every=REFRESH if running else None)(download, running)
        with st.expander("Use your own files", icon=":material/folder_open:"):
            _render_own_files(download)


def _render_download(download: Download, was_running: bool) -> None:
    """Show the download's progress and Cancel, or the button that starts it; rerun the page when that changes."""
    progress = download.progress()
    if (progress.state == DownloadState.RUNNING) != was_running:
        run_again()  # to show the new data, and because only a full run of the page starts or ends the polling
    if progress.state == DownloadState.RUNNING:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.progress(progress.fraction, text=f"Downloading MNIST: {progress.fraction:.0%}")
            st.button("Cancel", on_click=download.cancel, key="data_cancel")
        return
    if progress.state == DownloadState.FAILED:
        st.error(sentence(progress.message), icon=":material/cloud_off:")
    st.button(
        "Retry" if progress.state == DownloadState.FAILED else "Download MNIST (12 MB)",
        on_click=download.start,
        type="primary",
        icon=":material/refresh:" if progress.state == DownloadState.FAILED else ":material/download:",
        key="data_download",
    )


def _render_own_files(download: Download) -> None:
    """Ask for the four files."""
    st.markdown(
        "Choose MNIST's four files, raw or .gz, or a folder that contains them. You can also set `MNIST_ROOT` to such "
        "a folder. Fashion-MNIST, KMNIST and any other 28 × 28 images with labels from 0 to 9 in the same format work "
        "too. Fashion-MNIST and KMNIST are recognised by their .gz files or by the folder's name."
    )
    whole_folder = st.toggle("A whole folder", key="data_whole_folder")
    key = f"data_files_{'folder' if whole_folder else 'single'}"
    st.file_uploader(
        "A folder" if whole_folder else "Four files",
        accept_multiple_files="directory" if whole_folder else True,
        max_upload_size=MAX_UPLOAD_BYTES // MEGABYTE,
        on_change=_save,
        args=(key, download),
        key=key,
        label_visibility="collapsed",
    )
    kind, message = st.session_state.get("data_told", ("", ""))
    if message and st.session_state.get(key):
        (st.error if kind == "broken" else st.caption)(message)


def _save(key: str, download: Download) -> None:
    """Check the uploaded files and save them where the pages look for data, before the page runs again.

    NOTE: once they are saved, the panel is gone. Until the browser knows that it names them once more, and Streamlit
    takes them for new.
    """
    uploaded = st.session_state[key]
    if (names := {file.file_id for file in uploaded}) == st.session_state.get(SAVED):
        return
    st.session_state.data_told = ("", "")
    try:
        save_upload([(file.name, file.getvalue()) for file in uploaded], download.root)
        st.session_state[SAVED] = names
    except MissingDataError as error:
        st.session_state.data_told = ("missing", sentence(error))
    except BrokenDataError as error:
        st.session_state.data_told = ("broken", sentence(str(error).removesuffix(f". {REPLACE_HINT}")))
    except OSError as error:
        st.session_state.data_told = ("broken", f"The folder {download.root} is not writable ({error.strerror}).")
