package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tailgate-bench/tailgate/mockprovider/mocktest"
)

// needNPM skips a test where the packages of js are not installed, and returns
// the command node with the given arguments, to be run there.
func needNPM(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat("js/node_modules/.package-lock.json"); err != nil {
		t.Skip("the packages of js are not installed: run make conformance")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	scripts, err := filepath.Glob("js/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts { // so that go test runs again when one has changed
		if _, err := os.Stat(script); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), node, args...)
	cmd.Dir = "js"
	return cmd
}

// TestJavaScript runs the tests of js, each library against a mock of its own.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	for _, library := range []string{"openai", "responses", "anthropic", "gemini"} {
		t.Run(library, func(t *testing.T) {
			t.Parallel()
			cmd := needNPM(t, "--test", library+".test.js")
			srv := mocktest.Start(t, weather())
			cmd.Env = append(os.Environ(), "MOCK_URL="+srv.URL)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}
