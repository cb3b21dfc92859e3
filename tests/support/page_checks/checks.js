// Defines window.pageChecks, asked by the tests of pages in a browser. Each check returns what is wrong, as short pieces of HTML.
(() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const html = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";

  // Text under 11 px on the screen, also where a drawing is scaled or the text turned.
  const scale = (one) => {
    const ctm = one.getScreenCTM?.();
    return ctm ? Math.hypot(ctm.a, ctm.b) : 1;
  };
  const small = () =>
    [...document.querySelectorAll("body *")]
      .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
      .filter((one) => one.checkVisibility() && !one.closest(".picture, .unseen"))
      .map((one) => [parseFloat(getComputedStyle(one).fontSize) * scale(one), one])
      .filter(([size]) => size < 11)
      .map(([size, one]) => `${size.toFixed(1)} px: ${html(one)}`);

  const wide = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [`${scrollWidth} px of content on ${clientWidth} px`] : [];
  };

  // A control shows that it has the focus, and no bar that stays in place hides it.
  const marked = (one) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
    return (outlineStyle === "auto" || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2)) && outlineColor !== "rgba(0, 0, 0, 0)";
  };
  const stays = (one) => {
    for (let at = one; at; at = at.parentElement) if (["fixed", "sticky"].includes(getComputedStyle(at).position)) return at;
    return null;
  };
  const covered = (one) => {
    const box = one.getClientRects()[0];
    const points = [[0.5, 0.5], [0.05, 0.1], [0.95, 0.1], [0.05, 0.9], [0.95, 0.9]];
    return points.every(([across, down]) => {
      const at = document.elementFromPoint(box.x + box.width * across, box.y + box.height * down);
      const bar = at && stays(at);
      return bar && !one.contains(at) && !bar.contains(one);
    });
  };
  const unfocused = () => {
    const wrong = [];
    for (const one of document.querySelectorAll(CONTROLS)) {
      if (!seen(one) || one.disabled) continue;
      one.focus({ focusVisible: true });
      if (document.activeElement !== one) continue;
      if (!marked(one)) wrong.push(`no mark: ${html(one)}`);
      else if (covered(one)) wrong.push(`hidden by a bar: ${html(one)}`);
    }
    document.activeElement?.blur?.();
    scrollTo(0, 0);
    return wrong;
  };

  // Place, size and colours of every element: two ways to the same look must give the same.
  const drawing = () =>
    [...document.querySelectorAll("body, body *")].map((one) => {
      const style = getComputedStyle(one);
      return [one.tagName, one.offsetLeft, one.offsetTop, one.offsetWidth, one.offsetHeight, style.display, style.color, style.backgroundColor, style.fill].join(" ");
    });

  const broken = async (tags) => {
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    return violations.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 200)}`);
  };

  window.pageChecks = { small, wide, unfocused, drawing, broken };
})();
