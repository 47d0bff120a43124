// Ask every few seconds whether a class has changed, and have the page run again when it has.

export default function ({ parentElement, data, setTriggerValue }) {
  const state = (parentElement.watch ??= { said: null });
  clearTimeout(state.timer);
  const again = () => { state.timer = setTimeout(ask, 1000 * data.seconds * (0.8 + 0.4 * Math.random())); };

  async function ask() {
    clearTimeout(state.timer);
    if (document.hidden) return;  // until somebody looks at it again
    try {
      const answer = await fetch(data.url, { cache: 'no-store' });
      const version = answer.ok ? (await answer.json())[data.part] : answer.status === 404 ? '' : data.version;
      if (state.asks !== ask) return;
      if (version !== data.version && version !== state.said) {
        state.said = version;
        setTriggerValue('changed', version || 'closed');
      }
    } catch { /* the server cannot be reached; it is asked again */ }
    if (state.asks === ask) again();
  }

  if (state.said === data.version) state.said = null;
  state.asks = ask;
  document.removeEventListener('visibilitychange', state.look);
  state.look = () => { if (!document.hidden && state.asks === ask) ask(); };
  document.addEventListener('visibilitychange', state.look);
  again();
  return () => {
    clearTimeout(state.timer);
    state.asks = null;
    document.removeEventListener('visibilitychange', state.look);
  };
}
