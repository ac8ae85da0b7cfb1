(function () {
"use strict";
var page = document.getElementById("page"), lost = document.getElementById("lost");
var source = new EventSource("events"), before = {};
function all(selector, from) { return Array.prototype.slice.call(from.querySelectorAll(selector)); }

// What the reader has opened, chosen, scrolled or focused outlives an exchange.
var focusable = "a, button, summary, input, [tabindex]";
function exchange(old, fresh) {
  var open = all("details", old).map(function (d) { return d.open; });
  var chosen = all("input:checked", old).map(function (i) { return i.id; });
  var scrolled = all(".scroll", old).map(function (s) { return s.scrollLeft; });
  var focused = all(focusable, old).indexOf(document.activeElement);
  old.innerHTML = fresh.innerHTML;
  all("details", old).forEach(function (d, i) { d.open = open[i] === undefined ? d.open : open[i]; });
  chosen.forEach(function (id) { var i = document.getElementById(id); if (i) { i.checked = true; } });
  all(".scroll", old).forEach(function (s, i) { s.scrollLeft = scrolled[i] || 0; });
  var target = focused < 0 ? null : all(focusable, old)[focused];
  if (target) { target.focus({ preventScroll: true }); }
}

// Only parts that have changed are exchanged; a page of other parts is as a whole.
var parts = "svg.defs, header, main > .banner, main section, footer";
function names(from) { return all(parts, from).map(function (p) { return p.localName + p.id; }).join(" "); }
function show(html) {
  var fresh = new DOMParser().parseFromString(html, "text/html").body;
  var title = fresh.querySelector("h1");
  if (title) { document.title = title.textContent.replace(/\.$/, "") + " – tailgate"; }
  if (names(fresh) !== names(page)) { before = {}; exchange(page, fresh); return; }
  var old = all(parts, page);
  all(parts, fresh).forEach(function (part, i) {
    if (before[i] !== part.innerHTML) { exchange(old[i], part); before[i] = part.innerHTML; }
  });
}

source.addEventListener("page", function (e) { lost.hidden = true; show(JSON.parse(e.data)); document.dispatchEvent(new Event("exchange")); });
source.addEventListener("end", function () { source.close(); location.reload(); });
source.onerror = function () { lost.hidden = false; };
})();
