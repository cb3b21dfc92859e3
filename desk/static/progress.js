// Polls the progress of the pipeline every two seconds; role="status" announces it politely to screen readers.
const line = document.getElementById("progress");
async function follow() {
  const answer = await fetch("/progress");
  if (!answer.ok || answer.redirected) return; // the session has ended
  const { waiting } = await answer.json();
  if (waiting > 0) {
    line.hidden = false;
    const text = waiting === 1 ? line.dataset.one : line.dataset.many;
    line.textContent = text.replace("{n}", waiting.toLocaleString(document.documentElement.lang, { useGrouping: "always" }));
    setTimeout(follow, 2000);
  } else if (!line.hidden) {
    line.textContent = line.dataset.done;
  } else {
    setTimeout(follow, 15000);
  }
}
setTimeout(follow, 1000);
