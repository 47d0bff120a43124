"""Announce what changes on a page to screen readers: politely, and seldom enough to be heard to the end."""

import streamlit as st

EVERY = 8.0  # s between two announcements of what goes on; what is final is announced at once

JS = """
// By key, so that an announcement outlives the element: a page that shows a run's end is another page to Streamlit.
const regions = (window.digitsAnnouncements ??= {});

function regionOf(key) {
  if (!regions[key]) {
    const element = document.createElement('div');
    element.setAttribute('aria-live', 'polite');
    element.setAttribute('role', 'status');
    element.dataset.announcer = key;
    element.style.cssText = 'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)';
    document.body.append(element);
    regions[key] = { element, said: '', at: -Infinity, live: '' };
  }
  return regions[key];
}

export default function ({ data }) {
  const region = regionOf(data.key);
  // What has ended long ago is no news: only what this page saw going on, or what its visitor began.
  if (data.is_final && region.live !== data.subject && !data.is_news) return;
  if (!data.is_final) {
    region.live = data.subject;
    if (!data.text) return;
    if (performance.now() - region.at < 1000 * data.every) return;
  }
  if (data.text === region.said) return;
  region.said = data.text;
  region.at = performance.now();
  region.element.textContent = data.text;
}
"""

_mount = st.components.v2.component("announcer", js=JS)


def announce(text: str, *, subject: str, is_final: bool, is_news: bool, key: str) -> None:
    """Have screen readers say a text, at most every `EVERY` s.

    Args:
        text: one sentence.
        subject: what it is about; its end is announced only on a page that showed it going on, or as news.
        is_final: whether nothing follows, so that it is said at once.
        is_news: whether the visitor began it in this session, so that its end is news even if it was not seen going on.
        key: the widget's key.
    """
    _mount(
        key=key,
        data={"key": key, "text": text, "subject": subject, "is_final": is_final, "is_news": is_news, "every": EVERY},
    )
