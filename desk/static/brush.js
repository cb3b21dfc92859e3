// Chooses a period by dragging over the bars of a timeline. Bars are links: without this file, each opens its day.
document.querySelectorAll("svg.timeline[data-days]").forEach((line) => {
  const days = line.dataset.days.split(" ");
  let from = null, mark = null, dragged = false;
  const at = (event) => {
    const { x } = new DOMPoint(event.clientX, event.clientY).matrixTransform(line.getScreenCTM().inverse());
    return Math.min(days.length - 1, Math.max(0, Math.floor((x / line.viewBox.baseVal.width) * days.length)));
  };
  const sorted = (to) => [Math.min(from, to), Math.max(from, to)];
  line.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = at(event);
    dragged = false;
  });
  line.addEventListener("pointermove", (event) => {
    if (from === null || (at(event) === from && !mark)) return;
    dragged = true;
    const [first, last] = sorted(at(event));
    const { width, height } = line.viewBox.baseVal;
    if (!mark) {
      mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("class", "brush");
      mark.setAttribute("y", 0);
      mark.setAttribute("height", height);
      line.append(mark);
    }
    mark.setAttribute("x", (first / days.length) * width);
    mark.setAttribute("width", ((last - first + 1) / days.length) * width);
  });
  document.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const [first, last] = sorted(at(event));
    from = null;
    mark?.remove();
    mark = null;
    if (!dragged) return;
    const address = new URL(location.href);
    address.searchParams.delete("step");
    for (const [name, value] of [["period", "custom"], ["first", days[first]], ["last", days[last]]]) address.searchParams.set(name, value);
    location.href = address.href;
  });
  line.addEventListener("click", (event) => { if (dragged) event.preventDefault(); dragged = false; }, true);
  line.addEventListener("dragstart", (event) => event.preventDefault());
});
