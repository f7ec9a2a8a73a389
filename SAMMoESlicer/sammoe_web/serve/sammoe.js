// What the page does by itself: keys, dropped files, downloads. All goes over trame's one connection.
window.sammoe = (function () {
  const PIECE_BYTES = 1 << 20;
  const KEYS = {
    1: "positive", 2: "negative", 3: "box", 4: "scribble", 5: "lasso", Escape: "stop", n: "next", F9: "start_over",
    " ": "next_step",
  };
  const REPEATING = ["undo", "redo"]; // while the key is held, each once the one before was answered
  let isAnswered = true;

  // Of a keyboard without Latin letters, or with digits behind Shift, the key's place counts.
  function letterOf(event) {
    const place = (event.shiftKey ? /^Key(.)$/ : /^(?:Digit|Key)(.)$/).exec(event.code);
    const isOwn = /^[a-z0-9]$|^..+$/i.test(event.key);
    return isOwn || !place || event.getModifierState("AltGraph") ? event.key : place[1];
  }

  function keyOf(event) {
    const letter = letterOf(event);
    if (event.ctrlKey || event.metaKey) {
      const key = letter.toLowerCase();
      if (key === "z") return event.shiftKey ? "redo" : "undo";
      return key === "y" ? "redo" : null;
    }
    return event.altKey ? null : KEYS[letter] || KEYS[letter.toLowerCase()] || null;
  }

  function isTyping(element) {
    return element && (/^(textarea|select)$/i.test(element.tagName) || element.isContentEditable ||
      (element.tagName === "INPUT" && !/^(checkbox|radio|range|file|button)$/.test(element.type)));
  }

  document.addEventListener("keydown", (event) => {
    if (window.trame && trame.state.get("question")) return;
    if (event.key === "F2") {
      event.preventDefault();
      return document.querySelector("#structure").focus();
    }
    const action = keyOf(event);
    if (!action || isTyping(event.target)) return;
    const control = event.target.closest("button, [tabindex='0']:not(.remote-controlled-area)");
    if (action === "next_step" && control) return;
    event.preventDefault();
    if (event.repeat && !(isAnswered && REPEATING.includes(action))) return;
    isAnswered = false;
    trame.trigger("sammoe_key", [action]).finally(() => (isAnswered = true));
  });

  async function filesIn(entry) {
    if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
    const reader = entry.createReader(), found = [];
    for (;;) {
      const batch = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!batch.length) return found;
      for (const inner of batch) found.push(...(await filesIn(inner)));
    }
  }

  async function drop(event) {
    const entries = Array.from(event.dataTransfer.items || [])
      .map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const files = [];
    for (const entry of entries) {
      const found = await filesIn(entry).catch(() => null);
      if (!found) return unreadable(entry.name);
      files.push(...found);
    }
    const folder = entries.length === 1 && entries[0].isDirectory ? entries[0].name : "";
    await upload(files.length ? files : event.dataTransfer.files, folder);
  }

  async function pick(chosen) {
    const files = Array.from(chosen);
    await upload(files, files.length ? files[0].webkitRelativePath.split("/")[0] : "");
  }

  function unreadable(name) {
    return trame.trigger("sammoe_unreadable", [name]);
  }

  async function upload(chosen, folder) {
    const files = Array.from(chosen);
    if (!files.length) return;
    const announced = files.map((file) => [file.name, file.size]);
    const id = await trame.trigger("sammoe_upload_begin", [announced, folder]);
    if (id === null) return;
    let isWhole = false;
    try {
      isWhole = await send(id, files);
    } finally {
      await trame.trigger("sammoe_upload_end", [id, isWhole]);
    }
  }

  async function send(id, files) {
    for (let index = 0; index < files.length; index++) {
      for (let at = 0; at < files[index].size; at += PIECE_BYTES) {
        const piece = await files[index].slice(at, at + PIECE_BYTES).arrayBuffer().catch(() => null);
        if (!piece) {
          await unreadable(files[index].name);
          return false;
        }
        if (!(await trame.trigger("sammoe_upload_piece", [id, index, new DataView(piece)]))) return false;
      }
    }
    return true;
  }

  async function save(kind) {
    const answer = await trame.trigger("sammoe_save", [kind]);
    if (!answer) return false;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([answer.content]));
    link.download = answer.name;
    link.click();
    await trame.trigger("sammoe_saved", [answer.receipt]);
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    return true;
  }

  async function saveAndOpen() {
    if (await save("segmentation")) await trame.trigger("sammoe_answer", [true]);
  }

  // First of all listeners: trame's own closes the connection, also where the user then stays.
  function warn(event) {
    if (window.sammoeConnection.isComingBack() || !window.trame || !trame.state.get("is_unsaved")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  window.addEventListener("beforeunload", warn, { capture: true });

  function prefersDark() {
    return !matchMedia("(prefers-color-scheme: light)").matches;
  }

  return { drop, pick, save, saveAndOpen, prefersDark };
})();
