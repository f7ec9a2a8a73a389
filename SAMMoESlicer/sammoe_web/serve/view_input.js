// Mouse, wheel and fingers over the views. trame's own component would send the events of a view one at a time, each
// after the answer to the last, so that a key overtakes a click; and it makes a click of every pinch. Here all but
// moves goes out at once, on the connection that also carries keys and buttons: in the order it was made.
(function () {
  const AREA = ".remote-controlled-area";
  const SLOP_PX = 10; // a finger that moves less has tapped
  const NOTCH_PX = 30; // of a wheel; a touch pad scrolls in smaller steps, which add up to one
  const BUTTONS = { Left: 1, Right: 2, Middle: 4 };

  let held = { area: null, buttons: 0 }; // by the mouse
  let under = null; // the area under the mouse
  let touched = null; // the area the last finger was put on
  let rolled = 0;
  const fingers = new Map(); // those on the views, by pointer id: the last event of each
  let touch = {}; // { area, first, isPressed } of one finger, { area, pair, … } of two; empty until all are lifted

  const sizes = new WeakMap(); // of areas, as the server knows them
  let isAwaiting = false, pending = null; // moves

  function call(method, args) {
    const connection = window.trame && trame.client && trame.client.getConnection();
    return connection ? connection.getSession().call(method, args) : Promise.resolve();
  }

  function nameOf(area) {
    return area.parentElement.querySelector("[data-view]").dataset.view;
  }

  // After a change of the layout the component tells the server the size of a view only once it rests.
  function postSize(area) {
    const { width, height } = area.getBoundingClientRect();
    const size = { w: width, h: height, p: Math.max(1, devicePixelRatio) };
    if (JSON.stringify(size) === sizes.get(area)) return;
    sizes.set(area, JSON.stringify(size));
    call("trame.rca.size", [nameOf(area), "anonymous", size]);
  }

  async function post(area, events) {
    if (!area.isConnected) return; // another layout has come meanwhile
    postSize(area);
    await Promise.allSettled(events.map((event) => (
      event.gesture ? call("trame.trigger", ["sammoe_gesture", [nameOf(area), ...event.gesture], {}])
        : call("trame.rca.event", [nameOf(area), "anonymous", event]))));
  }

  function flush() {
    const last = pending;
    pending = null;
    if (last) return post(last.area, last.make());
  }

  function send(area, ...events) {
    flush();
    post(area, events);
  }

  // Of moves only the last counts while the server has not answered.
  async function sendMove(area, make) {
    pending = { area, make };
    if (isAwaiting) return;
    isAwaiting = true;
    while (pending) await flush();
    isAwaiting = false;
  }

  function placeOf(area, event) {
    const box = area.getBoundingClientRect();
    return { x: event.clientX - box.left, y: box.bottom - event.clientY, w: box.width, h: box.height };
  }

  function mouse(type, area, event) {
    const down = (bit) => (event.buttons & bit ? 1 : 0);
    return {
      type, action: event.buttons ? "down" : "up", ...placeOf(area, event),
      buttonLeft: down(1), buttonRight: down(2), buttonMiddle: down(4),
      shiftKey: +event.shiftKey, altKey: +event.altKey, ctrlKey: +event.ctrlKey, metaKey: +event.metaKey,
    };
  }

  function onMouse(event) {
    const area = held.area || event.target.closest?.(AREA);
    if (under && under !== area) send(under, { type: "MouseLeave" });
    under = area;
    if (!area) return;
    event.stopImmediatePropagation();
    if (event.type === "pointermove") sendMove(area, () => [mouse("MouseMove", area, event)]);
    const isBegun = held.area || event.type === "pointerdown"; // a button that came along from elsewhere is none of ours
    const buttons = isBegun && event.type !== "pointercancel" ? event.buttons : 0;
    for (const [name, bit] of Object.entries(BUTTONS)) {
      if ((buttons ^ held.buttons) & bit) send(area, mouse(`${name}Button${buttons & bit ? "Press" : "Release"}`, area, event));
    }
    if (event.type === "pointerdown") area.setPointerCapture(event.pointerId);
    held = { area: buttons ? area : null, buttons };
  }

  function giveUp(area, event) {
    flush();
    call("trame.trigger", ["sammoe_key", ["give_up"], {}]);
    send(area, mouse("LeftButtonRelease", area, event));
  }

  function press() {
    touch.isPressed = true;
    send(touch.area, mouse("MouseMove", touch.area, touch.first), mouse("LeftButtonPress", touch.area, touch.first));
  }

  // What two fingers do: where their middle is, as parts of width and height, and how far apart they are.
  function gesture(phase) {
    const [a, b] = touch.pair.map((id) => placeOf(touch.area, fingers.get(id)));
    const apart = Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    touch.apart ||= apart;
    return { gesture: [phase, (a.x + b.x) / 2 / a.w, (a.y + b.y) / 2 / a.h, apart / touch.apart] };
  }

  function endGesture() {
    send(touch.area, gesture("End"));
    touch = {};
  }

  function onFingerDown(event, area) {
    fingers.set(event.pointerId, event);
    if (fingers.size === 1) {
      touch = { area, first: event, isPressed: false };
      return;
    }
    if (touch.isPressed) giveUp(touch.area, fingers.get(touch.first.pointerId));
    if (touch.pair) endGesture();
    else if (fingers.size === 2 && area === touch.area) {
      touch = { area, pair: [...fingers.keys()] };
      send(area, gesture("Start"));
    } else touch = {};
  }

  function onFingerMove(event) {
    fingers.set(event.pointerId, event);
    if (touch.pair) return sendMove(touch.area, () => [gesture("")]);
    if (!touch.first) return;
    const { clientX, clientY } = touch.first;
    if (!touch.isPressed && Math.hypot(event.clientX - clientX, event.clientY - clientY) > SLOP_PX) press();
    if (touch.isPressed) sendMove(touch.area, () => [mouse("MouseMove", touch.area, event)]);
  }

  function onFingerUp(event) {
    if (touch.pair) endGesture();
    else if (touch.first && event.type === "pointercancel") {
      if (touch.isPressed) giveUp(touch.area, event);
    } else if (touch.first) {
      const at = touch.isPressed ? event : touch.first;
      if (!touch.isPressed) press();
      send(touch.area, mouse("LeftButtonRelease", touch.area, at), { type: "MouseLeave" });
    }
    fingers.delete(event.pointerId);
    touch = {};
  }

  // The server draws the view under the mouse more often; a finger has touched it.
  function hover(area, type) {
    area.parentElement.dispatchEvent(new MouseEvent(type));
  }

  function onFinger(event) {
    const area = event.target.closest?.(AREA);
    if (event.type === "pointerdown" ? !area : !fingers.has(event.pointerId)) return;
    event.stopImmediatePropagation();
    event.preventDefault(); // no mouse is made of it
    if (event.type === "pointerdown") {
      area.setPointerCapture(event.pointerId);
      area.focus({ preventScroll: true });
      if (touched !== area) {
        if (touched) hover(touched, "mouseleave");
        hover(area, "mouseenter");
        touched = area;
      }
      onFingerDown(event, area);
    } else if (event.type === "pointermove") onFingerMove(event);
    else onFingerUp(event);
  }

  function onWheel(event) {
    const area = event.target.closest?.(AREA);
    if (!area) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    rolled += event.deltaY * (event.deltaMode ? NOTCH_PX : 1);
    if (Math.abs(rolled) < NOTCH_PX) return;
    send(area, { ...mouse("MouseWheel", area, event), spinY: Math.sign(rolled) });
    rolled = 0;
  }

  const options = { capture: true, passive: false };
  for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
    window.addEventListener(type, (event) => (event.pointerType === "touch" ? onFinger(event) : onMouse(event)), options);
  }
  window.addEventListener("wheel", onWheel, options);
})();
