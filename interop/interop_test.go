package interop_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
)

// build returns the path of a program built for the test.
func build(t *testing.T, pkg string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "program")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, pkg).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// run runs a program and returns what it printed.
func run(t *testing.T, stdin []byte, bin string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// A run with failures, read by each.
func TestFormats(t *testing.T) {
	t.Parallel()
	tailgate := build(t, "github.com/tailgate-bench/tailgate/cmd/tailgate")
	dir := t.TempDir()
	run(t, nil, tailgate, "run", "primary-outage", "--requests", "4000", "--out", dir, "--quiet", "--only", "single,guarded")
	t.Run("prometheus", func(t *testing.T) {
		t.Parallel()
		prometheus(t, run(t, nil, tailgate, "report", dir, "--format", "prometheus"))
	})
	t.Run("vegeta", func(t *testing.T) {
		t.Parallel()
		vegeta(t, run(t, nil, tailgate, "report", dir, "--format", "vegeta"))
	})
}

func prometheus(t *testing.T, text []byte) {
	t.Helper()
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	requests := families["tailgate_requests"]
	if requests == nil || len(requests.GetMetric()) != 2 || requests.GetMetric()[0].GetGauge().GetValue() != 4000 {
		t.Errorf("tailgate_requests is %v", requests)
	}
	if len(families) < 12 {
		t.Errorf("only %d families", len(families))
	}
}

func vegeta(t *testing.T, results []byte) {
	t.Helper()
	bin := build(t, "github.com/tsenart/vegeta/v12")
	var report struct {
		Requests    int            `json:"requests"`
		StatusCodes map[string]int `json:"status_codes"`
	}
	if err := json.Unmarshal(run(t, results, bin, "report", "-type", "json"), &report); err != nil {
		t.Fatal(err)
	}
	if report.Requests != 8000 || report.StatusCodes["200"]+report.StatusCodes["0"] != 8000 || report.StatusCodes["0"] == 0 {
		t.Errorf("vegeta report says %+v", report)
	}
	for _, command := range [][]string{{"encode", "-to", "csv"}, {"plot"}, {"report", "-type", "hist[0,1s,5s]"}} {
		if out := run(t, results, bin, command...); !bytes.Contains(out, []byte("guarded")) && command[0] != "report" {
			t.Errorf("vegeta %s printed %d bytes without a strategy", command[0], len(out))
		}
	}
}
