"use strict";
const stick = new Map([...document.querySelectorAll("[data-key]")].map((b) => [b.dataset.key, b]));
const buttons = new Map([...document.querySelectorAll("[data-press]")].map((b) => [b.dataset.press, b]));
const live = document.getElementById("live");
const post = (path, field, value) => fetch(path, { method: "POST", body: new URLSearchParams({ [field]: value }) }).catch(() => {});

// The whole state of the stick goes out with each change, in order, so that a lost message holds no key down.
const held = new Set();
let last = Promise.resolve();
function hold(key, down) {
  if (held.has(key) === down) return;
  down ? held.add(key) : held.delete(key);
  const keys = [...held].join(" ");
  last = last.then(() => post("stick", "keys", keys));
}
function letGo() {
  for (const key of [...held]) hold(key, false);
}
for (const [key, b] of stick) {
  b.addEventListener("pointerdown", (e) => { b.setPointerCapture(e.pointerId); hold(key, true); });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) b.addEventListener(end, () => hold(key, false));
}
addEventListener("blur", letGo);
addEventListener("pagehide", letGo);

const names = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", Enter: "enter" };
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  const key = names[e.key];
  if (e.key === "Enter" && e.target.dataset && "press" in e.target.dataset) return; // a click
  if (key) {
    e.preventDefault();
    if (!e.repeat) hold(key, true);
  } else if (buttons.has(e.key)) {
    e.preventDefault();
    post("press", "key", e.key);
  }
});
addEventListener("keyup", (e) => { if (names[e.key]) hold(names[e.key], false); });
for (const [key, b] of buttons) b.addEventListener("click", () => post("press", "key", key));

const rows = document.getElementById("readings");
function show(s) {
  const list = s.readings || [];
  while (rows.rows.length > list.length) rows.deleteRow(-1);
  list.forEach((r, i) => {
    let row = rows.rows[i];
    if (!row) {
      row = rows.insertRow();
      const th = document.createElement("th");
      th.scope = "row";
      row.append(th, document.createElement("td"), document.createElement("td"));
    }
    [r.name, r.value, r.mark || ""].forEach((text, j) => { if (row.cells[j].textContent !== text) row.cells[j].textContent = text; });
  });
  document.getElementById("note").textContent = s.note;
  document.getElementById("lamp").setAttribute("aria-label", "the LED matrix: " + s.matrix);
  for (const [key, b] of stick) b.classList.toggle("on", s.keys.includes(key));
}
// An image that ended does not come back by itself.
const matrix = document.getElementById("matrix");
matrix.onerror = () => setTimeout(() => { matrix.src = "matrix?" + Date.now(); }, 1000);

const events = new EventSource("events");
events.onopen = () => { live.textContent = "live"; };
events.onerror = () => { live.textContent = "connection lost"; };
events.onmessage = (e) => show(JSON.parse(e.data));
