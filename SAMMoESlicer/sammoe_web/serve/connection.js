// Whether the server is there. A connection may be dead though nobody has said so: a laptop has slept, a network was
// left, the server hangs. So the page asks every few seconds; what it shows of it stands in connection.py.
window.sammoeConnection = (function () {
  const PERIOD_MS = 5000;
  const PATIENCE_MS = 10000; // then the user is told
  const LONGEST_MS = 45000; // a piece of an upload may be before us; then the connection is given up
  const KEPT = "sammoe-server"; // in the session's storage: the server that was lost, while it held unsaved work
  let askedAt = 0; // since when an answer is awaited; 0: it has come
  let isComingBack = false;

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const show = (what) => trame.state.get("connection") === what || trame.state.set("connection", what);

  // A server or, with 403, another one in its place, which asks for its own address.
  async function isThere() {
    const options = { cache: "no-store", signal: AbortSignal.timeout(PERIOD_MS) };
    const answer = await fetch(location.href, options).catch(() => null);
    return !!answer && (answer.ok || answer.status === 403);
  }

  function keep() {
    if (trame.state.get("is_unsaved")) sessionStorage.setItem(KEPT, trame.state.get("server_id"));
    else sessionStorage.removeItem(KEPT);
  }

  function comeBack() {
    isComingBack = true;
    location.reload();
  }

  async function reconnect() {
    keep();
    do await pause(1000); while (!(await isThere()));
    comeBack();
  }

  async function ask() {
    askedAt = performance.now();
    await trame.client.getConnection().getSession().call("trame.trigger", ["sammoe_hello", [], {}]);
    askedAt = 0;
    if (trame.state.get("connection") === "silent") show("");
  }

  async function watch() {
    for (;;) {
      await pause(PERIOD_MS);
      if (!askedAt) ask().catch(() => null); // it is closed: `reconnect` knows
      else if (performance.now() - askedAt > PATIENCE_MS) show("silent");
      if (trame.state.get("is_launched")) continue; // a page that is loaded anew would get another process
      if (askedAt && performance.now() - askedAt > LONGEST_MS && (await isThere()) && askedAt) {
        keep();
        return comeBack();
      }
    }
  }

  function begin() {
    if (!window.trame || !trame.client || !trame.state.get("server_id")) return setTimeout(begin, 200);
    const lost = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (lost && lost !== trame.state.get("server_id")) show("restarted");
    trame.client.onConnectionClose(reconnect);
    watch();
  }
  begin();

  return { isComingBack: () => isComingBack };
})();
