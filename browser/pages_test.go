package browser

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long anything may take in the browser.
const patience = 30 * time.Second

// names under which Chromium is found.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// The browser and the folder with the pages, which all tests share.
var (
	session context.Context // nil without a browser
	folder  string
)

// TestMain starts the browser. The testing package exits with what m.Run returned.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tailgate-browser-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	folder = dir
	path := find()
	if path == "" {
		m.Run()
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil { // starts it
		panic(err)
	}
	session = ctx
	m.Run()
}

// find returns the path of a Chromium, or "".
func find() string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// chromium returns the browser; a test without one is skipped.
func chromium(t testing.TB) context.Context {
	t.Helper()
	if session == nil {
		t.Skip("no Chromium here: make browser says how to get one")
	}
	return session
}

// tailgate builds the command once.
var tailgate = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "tailgate")
	return path, command("..", nil, "go", "build", "-o", path, "./cmd/tailgate")
})

func command(dir string, env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == objectivesMissed {
			return nil
		}
		return &failure{cmd.String(), string(out), err}
	}
	return nil
}

// objectivesMissed is the exit code of a run that is complete and misses some.
const objectivesMissed = 3

// failure is a command that failed.
type failure struct {
	command, output string
	err             error
}

func (f *failure) Error() string { return f.command + ": " + f.err.Error() + "\n" + f.output }

// report is a run's folder of reports.
type report struct{ dir string }

var (
	runs   = map[string]report{}
	runsMu sync.Mutex
)

// scenario runs a scenario, an embedded one or a file, once for all tests.
func scenario(t testing.TB, name string) report {
	t.Helper()
	chromium(t)
	runsMu.Lock()
	defer runsMu.Unlock()
	if r, ok := runs[name]; ok {
		return r
	}
	binary, err := tailgate()
	if err != nil {
		t.Fatal(err)
	}
	r := report{filepath.Join(folder, "out", filepath.Base(name))}
	if err := command(".", nil, binary, "run", name, "--out", r.dir, "--quiet"); err != nil {
		t.Fatal(err)
	}
	runs[name] = r
	return r
}

func (r report) address() string { return "file://" + filepath.Join(r.dir, "report.html") }

// document is what the tests read of report.json.
type document struct {
	Scenario struct {
		Faults []struct{} `json:"faults"`
	} `json:"scenario"`
	Verdict struct {
		Headline  string `json:"headline"`
		Recommend string `json:"recommend"`
	} `json:"verdict"`
	Objectives []struct {
		Verdict string `json:"verdict"`
	} `json:"objectives"`
	Strategies []struct {
		Name      string     `json:"name"`
		Succeeded int        `json:"succeeded"`
		Breakers  []struct{} `json:"breakers"`
		Agreement *struct{}  `json:"agreement"`
		LatencyMS struct {
			P95 struct {
				Value *float64 `json:"value"`
			} `json:"p95"`
		} `json:"latency_ms"`
	} `json:"strategies"`
}

func (r report) document(t testing.TB) document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}
