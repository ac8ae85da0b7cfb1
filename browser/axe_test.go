package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// axe is the version of axe-core that is fetched with npm, once for all runs.
const axe = "axe-core@4.14.1"

// axeCore returns the source of axe-core, or "" where npm cannot get it.
var axeCore = sync.OnceValue(func() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = folder
	}
	dir := filepath.Join(cache, "tailgate-browser", axe)
	path := filepath.Join(dir, "package", "axe.min.js")
	if source, err := os.ReadFile(path); err == nil {
		return string(source)
	}
	if _, err := exec.LookPath("npm"); err != nil || os.MkdirAll(dir, 0o755) != nil {
		return ""
	}
	if command(dir, nil, "npm", "pack", "--silent", axe) != nil || command(dir, nil, "sh", "-c", "tar -xzf axe-core-*.tgz package/axe.min.js") != nil {
		return ""
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(source)
})

func axeFindsNothing(t *testing.T) {
	chromium(t)
	if axeCore() == "" {
		t.Skip("no axe-core: npm is not here or cannot reach its registry")
	}
	each(t, func(_ *testing.T, b *tab) {
		eval[bool](b, axeCore()+";true")
		b.none(axeViolations)
	})
}

// axeViolations lists what axe-core finds.
const axeViolations = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.flatMap(v => v.nodes.map(n =>
	v.id + ": " + n.target.join(" ") + ": " + n.failureSummary.split("\n")[1])))`
