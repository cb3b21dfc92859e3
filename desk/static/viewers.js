// Asks every 30 seconds who else has this case open; to ask also says that it is still open here.
const line = document.getElementById("viewers"), names = line.querySelector("span");
async function ask() {
  if (document.visibilityState === "visible") {
    const answer = await fetch(`/viewers?case=${encodeURIComponent(line.dataset.case)}`).catch(() => null); // away for a moment: asked again
    if (answer && (!answer.ok || answer.redirected)) return; // the session or the case has ended
    const said = answer && (await answer.json()).join(", ");
    if (answer && said !== names.textContent) {
      names.textContent = said;
      line.hidden = !said;
    }
  }
  setTimeout(ask, 30000);
}
setTimeout(ask, 30000);
