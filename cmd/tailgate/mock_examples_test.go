package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every example of the mock, in its help and in the READMEs, works: curl is
// answered, and by no error.
func TestMock_examples(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s to run them", tool)
		}
	}
	for name, text := range map[string]string{
		"help":         mockCommand().Description,
		"README":       section(t, "README.md", "### Test a client against the mock"),
		"mockprovider": section(t, "mockprovider/README.md", "## Control while it runs"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args, script := mockExample(text)
			if len(args) < 3 || !strings.Contains(script, "curl -sf ") {
				t.Fatalf("no example: %q %q", args, script)
			}
			base, _ := startMock(t, append(args[2:], "--addr", "127.0.0.1:0", "--speed", "1000")...)
			script = strings.ReplaceAll(script, "127.0.0.1:8089", strings.TrimPrefix(base, "http://"))
			cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s\n%s", err, script, out)
			}
		})
	}
}

// section returns what stands under a heading of a file of the module.
func section(t *testing.T, file, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), heading+"\n")
	if !ok {
		t.Fatalf("%s has no %q", file, heading)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	body, _, _ = strings.Cut(body, "\n### ")
	return body
}

// mockExample returns the command that starts a mock, and those that ask it,
// which fail on the status of an error.
func mockExample(text string) (start []string, script string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "$ "), notRun)
		switch word, _, _ := strings.Cut(line, " "); {
		case strings.HasPrefix(line, "tailgate mock "):
			start = strings.Fields(line)
		case word == "curl", word == "-d", strings.HasPrefix(word, "api="):
			script += strings.Replace(line, "curl -s ", "curl -sf ", 1) + "\n"
		}
	}
	return start, script
}
