(function () {
"use strict";
var root = document.documentElement, data = JSON.parse(document.getElementById("data").textContent);
var tip = document.getElementById("tip"), live = document.getElementById("live");
function all(selector, from) { return Array.prototype.slice.call((from || document).querySelectorAll(selector)); }
function on(target, names, f) { names.split(" ").forEach(function (n) { target.addEventListener(n, f); }); }
root.classList.add("on");

// Theme: auto, light, dark; kept where the browser allows it.
var themes = ["auto", "light", "dark"], button = document.getElementById("theme"), theme = "auto";
function setTheme(t) {
  theme = themes.indexOf(t) < 0 ? "auto" : t;
  if (theme === "auto") { root.removeAttribute("data-theme"); } else { root.setAttribute("data-theme", theme); }
  button.textContent = "Theme: " + theme;
}
try { setTheme(localStorage.getItem("tailgate-theme")); } catch (e) { setTheme("auto"); }
on(button, "click", function () {
  setTheme(themes[(themes.indexOf(theme) + 1) % themes.length]);
  try { localStorage.setItem("tailgate-theme", theme); } catch (e) { /* a file may have no storage */ }
});

// Sorting: each head of the scoreboard becomes a button.
var table = document.getElementById("score"), heads = all("thead th", table);
heads.forEach(function (head, column) {
  var b = document.createElement("button");
  b.type = "button";
  b.textContent = head.textContent;
  head.textContent = "";
  head.appendChild(b);
  on(b, "click", function () {
    var was = head.getAttribute("aria-sort");
    var down = was ? was === "ascending" : head.getAttribute("data-s") === "d";
    heads.forEach(function (h) { h.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0], rows = all("tr", body);
    function key(row) { return row.cells[column].getAttribute("data-v"); }
    rows.sort(function (x, y) {
      var a = key(x), b = key(y), order = column === 0 ? a.localeCompare(b) : a - b;
      return down ? -order : order;
    });
    rows.forEach(function (r) { body.appendChild(r); });
  });
});

// Tooltips: lines of text beside the pointer.
function show(lines, x, y) {
  tip.textContent = "";
  lines.forEach(function (line, i) {
    var el = document.createElement(i ? "span" : "b");
    el.textContent = line;
    tip.appendChild(el);
  });
  tip.hidden = false;
  var w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - w - 4)) + "px";
  tip.style.top = Math.max(4, y + 16 + h > innerHeight ? y - h - 12 : y + 16) + "px";
}
function hide() { tip.hidden = true; all(".cross").forEach(function (c) { c.hidden = true; }); }
all("[data-tip]").forEach(function (el) {
  on(el, "mousemove", function (e) { show(el.getAttribute("data-tip").split("|"), e.clientX, e.clientY); });
  on(el, "mouseleave", hide);
});
on(window, "scroll", hide);
on(document, "keydown", function (e) { if (e.key === "Escape") { hide(); } });

function time(ms) {
  if (ms === null || ms === undefined) { return "fails"; }
  return ms < 999.5 ? Number(ms.toPrecision(3)) + " ms" : Number((ms / 1000).toPrecision(3)) + " s";
}
function clock(ms) {
  var s = Math.round(ms / 1000), two = function (n) { return (n < 10 ? "0" : "") + n; };
  return s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60) : Math.floor(s / 60) + ":" + two(s % 60);
}

// A reading follows the pointer or the arrow keys and is spoken.
function reading(name, count, plot, place, lines) {
  var box = document.querySelector("[data-plot=" + name + "]");
  if (!box || !count) { return; }
  var cross = document.createElement("div"), at = -1;
  cross.className = "cross";
  cross.hidden = true;
  box.appendChild(cross);
  function read(i, y, speak) {
    at = Math.max(0, Math.min(count - 1, i));
    var r = plot(box).getBoundingClientRect(), outer = box.getBoundingClientRect();
    var x = r.left + place(at) * r.width, text = lines(at);
    show(text, x, y);
    cross.hidden = false;
    cross.style.left = x - outer.left + "px";
    if (speak) { live.textContent = text.join(", "); }
  }
  on(box, "mousemove", function (e) {
    var r = plot(box).getBoundingClientRect(), share = (e.clientX - r.left) / r.width, best = 0;
    for (var i = 1; i < count; i++) {
      if (Math.abs(place(i) - share) < Math.abs(place(best) - share)) { best = i; }
    }
    read(best, e.clientY, false);
  });
  on(box, "mouseleave blur", hide);
  on(box, "keydown", function (e) {
    var step = e.shiftKey ? 10 : 1;
    var to = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: count - 1 }[e.key];
    if (to === undefined) { return; }
    e.preventDefault();
    read(to, box.getBoundingClientRect().top + 40, true);
  });
}
function firstPlot(box) { return box.querySelector("svg.fx"); }
function rowPlot(box) { return box.querySelector(".tlr[data-k] svg.fx"); }

// The lines of a spectrum share their percentiles; the longest has them all.
function rarity(p) { return -Math.log10(1 - p / 100); }
function spectrum(name, of) {
  var curves = data.strategies.map(of), longest = { percentile: [], ms: [] }, right = 1;
  curves.forEach(function (c) {
    if (c.percentile.length > longest.percentile.length) { longest = c; }
    c.percentile.forEach(function (p, i) { if (c.ms[i] !== null && p < 100) { right = Math.max(right, rarity(p)); } });
  });
  var points = longest.percentile.filter(function (p) { return p < 100 && rarity(p) <= right + 1e-9; });
  reading(name, points.length, firstPlot, function (i) { return rarity(points[i]) / right; }, function (i) {
    return ["P" + Number(points[i].toFixed(points[i] < 99 ? 1 : 4))].concat(curves.map(function (c, k) {
      var j = c.percentile.indexOf(points[i]);
      return data.strategies[k].name + ": " + (j < 0 ? "not measured" : time(c.ms[j]));
    }));
  });
}
// The curves of a run; other documents have none.
if (data.strategies) {
  spectrum("spec", function (s) { return s.spectrum; });
  spectrum("first", function (s) { return s.first_token_spectrum || s.spectrum; });

  // Steps stand at their time, or at their number where that was left out.
  var line = data.strategies.length ? data.strategies[0].timeline : { rows: [], columns: [] };
  var begin = line.columns.indexOf("at_ms"), end = data.scenario.duration_ms;
  function start(i) { return begin < 0 ? i * line.step_ms : line.rows[i][begin]; }
  data.strategies.forEach(function (s) {
    var n = s.timeline.rows.length;
    if (n) { end = Math.max(end, (begin < 0 ? (n - 1) * s.timeline.step_ms : s.timeline.rows[n - 1][begin]) + s.timeline.step_ms); }
  });
  reading("tl", line.rows.length, rowPlot, function (i) { return (start(i) + line.step_ms / 2) / end; }, function (i) {
    return [clock(start(i))].concat(data.strategies.map(function (s) {
      var r = s.timeline.rows[i], c = s.timeline.columns;
      if (!r || !r[c.indexOf("requests")]) { return s.name + ": no requests"; }
      var failed = r[c.indexOf("failed")] / r[c.indexOf("requests")];
      return s.name + ": P95 " + time(r[c.indexOf("p95_ms")]) + (failed ? ", " + Number((failed * 100).toPrecision(3)) + "% failed" : "");
    }));
  });
}

all("[data-copy]").forEach(function (b) {
  on(b, "click", function () {
    var text = document.getElementById(b.getAttribute("data-copy")).textContent;
    function done(word) { return function () { b.textContent = word; }; }
    if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done("Copied"), done("Not allowed")); } else { b.textContent = "Not allowed"; }
  });
});
function save(name, type, text) {
  var a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([text], { type: type }));
  a.download = name;
  a.click();
  URL.revokeObjectURL(a.href);
}
on(document.getElementById("download"), "click", function (e) { save(e.target.getAttribute("data-name"), "application/json", document.getElementById("data").textContent); });
on(document.getElementById("csv"), "click", function () {
  var lines = all("tr", table).map(function (row, i) {
    return all("th, td", row).map(function (cell) {
      var v = i && cell.cellIndex ? cell.querySelector(".v") : cell.querySelector("bdi") || cell;
      return "\"" + v.textContent.trim().replace(/"/g, "\"\"").replace(/^[=+@\-\t]/, "'$&") + "\"";
    }).join(",");
  });
  save("scoreboard.csv", "text/csv", lines.join("\r\n") + "\r\n");
});
})();
