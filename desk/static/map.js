// Zooms the map, draws an area on it, and follows the time slider. The page works without this file.
const MOST_CORNERS = 40;
function zoom(map, factor) {
  const whole = map.dataset.whole ?? (map.dataset.whole = map.getAttribute("viewBox"));
  const [, , width, height] = whole.split(" ").map(Number);
  const [x, y, w, h] = map.getAttribute("viewBox").split(" ").map(Number);
  const part = Math.min(1, Math.max(0.08, (w / width) * factor));
  const left = Math.min(width * (1 - part), Math.max(0, x + (w - width * part) / 2));
  const top = Math.min(height * (1 - part), Math.max(0, y + (h - height * part) / 2));
  map.setAttribute("viewBox", `${left} ${top} ${width * part} ${height * part}`);
  map.querySelectorAll(".case").forEach((one) => {
    one.dataset.r ??= one.getAttribute("r");
    one.setAttribute("r", one.dataset.r * part);
  });
  map.style.setProperty("--part", part);
  map.querySelectorAll("text:not(.streets text)").forEach((one) => { one.style.fontSize = part === 1 ? "" : `calc(var(--letters) * ${part})`; });
  map.classList.toggle("zoomed", part < 1);
  nearer(map, part);
}
// An enlarged map is moved by dragging; a drag is no click on what lies under it.
function drag(map, figure, here) {
  let from = null, moved = false;
  map.addEventListener("dragstart", (event) => event.preventDefault());
  map.addEventListener("pointerdown", (event) => {
    moved = false;
    if (map.classList.contains("zoomed") && !figure.classList.contains("drawing")) from = { at: here(event), x: event.clientX, y: event.clientY };
  });
  map.addEventListener("pointermove", (event) => {
    if (!from || (!moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 5)) return;
    if (!moved) map.setPointerCapture(event.pointerId);
    moved = true;
    const [, , width, height] = map.dataset.whole.split(" ").map(Number);
    const [x, y, w, h] = map.getAttribute("viewBox").split(" ").map(Number);
    const to = here(event);
    const left = Math.min(width - w, Math.max(0, x + from.at.x - to.x)), top = Math.min(height - h, Math.max(0, y + from.at.y - to.y));
    map.setAttribute("viewBox", `${left} ${top} ${w} ${h}`);
  });
  const end = () => {
    if (from && moved) nearer(map, 0);
    from = null;
  };
  map.addEventListener("pointerup", end);
  map.addEventListener("pointercancel", end);
  map.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
}
// An enlarged part gets its small streets and names from the desk; the newest part wins.
const asked = new WeakMap();
function nearer(map, part) {
  const address = map.dataset.streets, shown = map.querySelector(".streets");
  if (!address || !shown) return;
  const { whole } = asked.get(map) ?? { whole: shown };
  const view = map.getAttribute("viewBox").replaceAll(" ", ",");
  asked.set(map, { whole, view });
  if (part === 1) return shown.replaceWith(whole);
  setTimeout(async () => {
    if (asked.get(map).view !== view) return;
    const answer = await fetch(`${address}?frame=${map.dataset.frame}&view=${view}`);
    if (!answer.ok || answer.redirected || asked.get(map).view !== view) return;
    const found = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").querySelector(".streets");
    if (found) map.querySelector(".streets").replaceWith(document.adoptNode(found));
  }, 150);
}
// Where a point of the map lies on Earth: the inverse of gazetteer/city_map.py.
function onEarth(map, { x, y }) {
  const [west, east, south, north] = map.dataset.frame.split(",").map(Number);
  const across = Math.cos(((south + north) / 2) * Math.PI / 180);
  const scale = (1000 - 24) / ((east - west) * across);
  return [north - (y - 12) / scale, west + (x - 12) / (across * scale)];
}
function thinned(points) {
  const step = Math.ceil(points.length / MOST_CORNERS);
  return points.filter((_, at) => at % step === 0);
}
function follow(figure) {
  const map = figure.querySelector("svg#city-map");
  const button = figure.querySelector("[data-draw]");
  if (!map) return;
  figure.querySelector("[data-tools]").hidden = false;
  figure.querySelectorAll("[data-zoom]").forEach((one) => one.addEventListener("click", () => zoom(map, one.dataset.zoom === "in" ? 0.7 : 1 / 0.7)));
  button.addEventListener("click", () => {
    const on = figure.classList.toggle("drawing");
    button.setAttribute("aria-pressed", on);
    figure.querySelector("[data-hint]").hidden = !on;
  });
  let points = [], line = null;
  const here = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  drag(map, figure, here);
  map.addEventListener("pointerdown", (event) => {
    if (!figure.classList.contains("drawing")) return;
    event.preventDefault();
    map.setPointerCapture(event.pointerId);
    points = [here(event)];
    line = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    line.setAttribute("class", "drawn");
    map.append(line);
  });
  map.addEventListener("pointermove", (event) => {
    if (!line) return;
    points.push(here(event));
    line.setAttribute("points", points.map((one) => `${one.x},${one.y}`).join(" "));
  });
  map.addEventListener("pointerup", () => {
    if (!line) return;
    const corners = thinned(points);
    line.remove();
    line = null;
    if (corners.length < 3) return;
    const address = new URL(location.href);
    for (const name of ["barrio", "district", "step"]) address.searchParams.delete(name);
    address.searchParams.set("area", corners.map((one) => onEarth(map, one).map((n) => n.toFixed(5)).join(",")).join(","));
    location.href = address.href;
  });
  map.addEventListener("click", (event) => { if (figure.classList.contains("drawing")) event.preventDefault(); }, true);
}
// The slider shows each step's map and table without leaving the page; the newest answer wins.
function slide(form) {
  const range = form.querySelector("[type=range]");
  let asked = 0;
  form.querySelector("button").remove();
  range.addEventListener("input", async () => {
    const number = ++asked;
    const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address);
    if (!answer.ok || answer.redirected) return location.assign(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== asked) return;
    document.getElementById("map-part").replaceWith(page.getElementById("map-part"));
    const said = page.querySelector("[data-slider] output").textContent;
    form.querySelector("output").textContent = said;
    range.setAttribute("aria-valuetext", said);
    history.replaceState(null, "", address);
    follow(document.querySelector("figure.map"));
  });
}
document.querySelectorAll("figure.map").forEach(follow);
document.querySelectorAll("[data-slider]").forEach(slide);
