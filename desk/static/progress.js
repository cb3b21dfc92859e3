// Polls the progress of the pipeline every two seconds; role="status" announces it politely to screen readers.
// Note and card show the same numbers: what waits to be processed, then what waits to be indexed.
const line = document.getElementById("progress");
const written = (n) => n.toLocaleString(document.documentElement.lang, { useGrouping: "always" });
async function follow() {
  const answer = await fetch("/progress");
  if (!answer.ok || answer.redirected) return; // the session has ended
  const waiting = await answer.json();
  for (const step of ["processing", "indexing"]) document.getElementById(step).textContent = written(waiting[step]);
  const step = ["processing", "indexing"].find((one) => waiting[one] > 0);
  if (step) {
    line.hidden = false;
    const text = line.dataset[step + (waiting[step] === 1 ? "One" : "Many")];
    line.textContent = text.replace("{n}", written(waiting[step]));
    setTimeout(follow, 2000);
  } else if (!line.hidden) {
    line.textContent = line.dataset.done;
  } else {
    setTimeout(follow, 15000);
  }
}
setTimeout(follow, 1000);
