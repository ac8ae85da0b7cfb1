// Highlight: a chip dims all other strategies; a click keeps it, also when parts of
// the page are exchanged.
(function () {
"use strict";
var kept = null;
function each(selector, f) { Array.prototype.forEach.call(document.querySelectorAll(selector), f); }
function highlight(k) {
  each(".k", function (el) { el.classList.toggle("dim", k !== null && !el.classList.contains(k)); });
}
function on(names, f) {
  names.split(" ").forEach(function (name) {
    document.addEventListener(name, function (e) {
      var chip = e.target.closest && e.target.closest(".chip");
      if (chip) { f(chip.getAttribute("data-hl")); }
    });
  });
}
function keep() {
  each(".chip", function (c) { c.setAttribute("aria-pressed", String(c.getAttribute("data-hl") === kept)); });
  highlight(kept);
}
on("mouseover focusin", highlight);
on("mouseout focusout", function () { highlight(kept); });
on("click", function (k) { kept = kept === k ? null : k; keep(); });
document.addEventListener("exchange", keep);
})();
