// Texts whose contrast to what lies behind them is too low (WCAG 2.1, 1.4.3).
(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    const m = color.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
    if (m) return [+m[1], +m[2], +m[3], m[4] === undefined ? 1 : +m[4]];
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data;
    return [d[0], d[1], d[2], d[3] / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const luminance = (c) => {
    const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = (el, box) => {
    const layers = [], svg = el.closest("svg") && el.ownerSVGElement;
    if (svg) { // rectangles drawn before the text, under its middle
      let root = svg; while (root.ownerSVGElement) root = root.ownerSVGElement;
      const x = box.left + box.width / 2, y = box.top + box.height / 2;
      for (const shape of [...root.querySelectorAll("rect")].reverse()) {
        if (!(shape.compareDocumentPosition(el) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
        const r = shape.getBoundingClientRect(), s = getComputedStyle(shape);
        if (s.fill === "none" || x < r.left || x > r.right || y < r.top || y > r.bottom) continue;
        const c = rgba(s.fill); c[3] *= +s.fillOpacity; layers.push(c);
      }
    }
    for (let e = el; e; e = e.parentElement) if (!(e instanceof SVGElement)) layers.push(rgba(getComputedStyle(e).backgroundColor));
    let color = rgba(getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "rgb(18, 18, 18)" : "rgb(255, 255, 255)").slice(0, 3);
    for (const l of layers.reverse()) color = over(l, color);
    return color;
  };
  const out = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const el = node.parentElement, text = node.nodeValue.trim();
    if (!text || /^(script|style|title|desc|noscript)$/i.test(el.localName) || el.closest(".vh, .skip, #tip")) continue;
    const box = el.getBoundingClientRect(), style = getComputedStyle(el);
    if (!box.width || !box.height || style.visibility === "hidden" || style.display === "none") continue;
    const ink = rgba(el instanceof SVGElement ? style.fill : style.color), paper = behind(el, box);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    const got = ratio(over(ink, paper), paper);
    if (got < (large ? 3 : 4.5)) out.push("“" + text.slice(0, 40) + "” has a contrast of " + got.toFixed(2) + " (" + (document.documentElement.dataset.theme || matchMedia("(prefers-color-scheme: dark)").matches && "dark" || "light") + ")");
  }
  return out;
})()
