// Texts of charts that overlap each other or are cut by the edge of the page.
(() => {
  const out = [], texts = [];
  for (const svg of document.querySelectorAll("svg.fx")) {
    for (const t of svg.querySelectorAll("text")) {
      const r = t.getBoundingClientRect();
      if (r.width === 0 || r.height === 0 || getComputedStyle(t).visibility === "hidden") continue;
      texts.push({ r, name: t.textContent.trim(), svg });
    }
  }
  const say = (t) => "“" + t.name + "” in " + (t.svg.getAttribute("aria-labelledby") || "an axis");
  const slack = 1; // boxes have some air above and below the letters
  for (let i = 0; i < texts.length; i++) {
    const a = texts[i];
    if (a.r.left < -0.5 || a.r.right > innerWidth + 0.5) out.push(say(a) + " is cut: " + Math.round(a.r.left) + " to " + Math.round(a.r.right));
    for (let j = i + 1; j < texts.length; j++) {
      const b = texts[j];
      if (a.r.left < b.r.right - slack && b.r.left < a.r.right - slack && a.r.top < b.r.bottom - slack && b.r.top < a.r.bottom - slack) {
        out.push(say(a) + " overlaps " + say(b));
      }
    }
  }
  return out;
})()
