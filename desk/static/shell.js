// Keyboard shortcuts and menus. Every page works without this file; shortcuts are switched off under /shortcuts.
const typing = (at) => at.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") !== null;
const rows = () => [...document.querySelectorAll("[data-row]")];
function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement.closest("[data-row]") ?? document.querySelector("[data-row].open"));
  const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by))];
  next.querySelector("a")?.focus();
  next.scrollIntoView({ block: "nearest" });
}
// Uses a control, also one behind "More"; a form that opens gets the focus in its first field.
function use(marked) {
  const own = marked.matches("summary") ? marked.parentElement : marked;
  for (let around = own.parentElement?.closest("details"); around; around = around.parentElement?.closest("details")) around.open = true;
  marked.click();
  const form = own.matches(".more details[open], .split[open]") ? own.querySelector("[data-first], select, textarea, input:not([type=hidden])") : null;
  if (form) form.focus();
  else if (marked.matches("summary, select, textarea, input[type=search]")) marked.focus();
}
let led = 0; // when G was pressed: the next key names a page
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll(".lens details[open], .bell[open]").forEach((one) => one.removeAttribute("open"));
  if (!document.body.dataset.shortcuts || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter" && event.target.closest("a, button, summary")) return; // Enter does what has the focus
  if (["Shift", "AltGraph", "CapsLock"].includes(key)) return;
  const leads = Date.now() - led < 2000;
  led = 0;
  const among = event.target.closest("[data-row]") ?? document;
  const wanted = `[data-key="${CSS.escape(leads ? `g ${key}` : key)}"]`;
  const all = [...among.querySelectorAll(wanted), ...document.querySelectorAll(wanted)];
  const marked = all.find((one) => one.offsetParent !== null) ?? all.find((one) => one.closest(".more"));
  if (marked) use(marked);
  else if (leads) return;
  else if (key === "g") led = Date.now();
  else if (key === "/") document.getElementById("everything")?.focus();
  else if (key === "?") location.href = "/shortcuts";
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === "x") document.activeElement.closest("[data-row]")?.querySelector("input[type=checkbox]")?.click();
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  document.querySelectorAll(".lens details[open], .bell[open]").forEach((one) => one.contains(event.target) || one.removeAttribute("open"));
});
// On a phone the rail is a bar that scrolls: show the page's own entry.
const here = document.querySelector(".rail [aria-current]"), bar = document.querySelector(".rail");
if (here && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
for (const chosen of document.querySelectorAll(".tabs [aria-current], .views [aria-current]")) { // in a line that scrolls on a telephone
  const line = chosen.closest("ul");
  line.scrollLeft = chosen.offsetLeft - line.offsetLeft - (line.clientWidth - chosen.offsetWidth) / 2;
}
