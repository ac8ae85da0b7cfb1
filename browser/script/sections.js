// Sections that should be there by the data and are not, or the other way round.
(() => {
  const d = JSON.parse(document.getElementById("data").textContent), some = (f) => d.strategies.some(f);
  const want = {
    scoreboard: true, run: true, reproduce: true, glossary: true, amplification: true,
    gates: d.objectives.length > 0,
    spectrum: some((s) => s.spectrum.ms.some((v) => v !== null)),
    cost: some((s) => s.cost.usd.value > 0),
    faults: some((s) => s.timeline.rows.length > 0),
    wins: some((s) => s.models.some((m) => m.won > 0)),
    agreement: some((s) => s.agreement),
    ab: some((s) => s.ab),
    judge: some((s) => s.judge),
    tasks: some((s) => s.tasks),
  };
  const out = [];
  for (const id in want) {
    const section = document.getElementById(id);
    if (Boolean(section) !== want[id]) out.push("#" + id + (section ? " is there without data" : " is missing"));
    else if (section && !(section.querySelector("h2") || {}).textContent) out.push("#" + id + " has no heading");
  }
  return out;
})()
